/// Roles that are always there. They say what one may do to the platform; only `admin` may look at data.
package enum BuiltInRoles {
  package struct Definition: Sendable {
    package var description: String
    /// Patterns of actions, each on everything.
    package var actions: [String]
    let rules: RuleSet

    init(_ name: String, _ description: String, _ actions: [String]) {
      self.description = description
      self.actions = actions
      var set = ActionSet()
      for pattern in actions {
        guard let named = ActionSet(pattern: pattern) else {
          preconditionFailure("the role \(name) names no action by \(pattern)")
        }
        set.formUnion(named)
      }
      self.rules = RuleSet(
        source: "role \(name)",
        allows: [
          Rule(text: "allow \(actions.joined(separator: " ")) on *", actions: set)
        ], denies: [])
    }
  }

  private static let reading = [
    "cluster:read", "node:read", "service:read", "job:read", "metrics:read", "logs:read",
    "config:read", "catalog:read", "series:read", "replication:read", "bucket:read",
  ]

  package static let all: [String: Definition] = [
    "admin": Definition("admin", "everything", ["*"]),
    "operator": Definition(
      "operator", "run the platform: all of reader, services, jobs, nodes, logs, backups, keys",
      Self.reading + [
        "cluster:operate", "node:operate", "service:operate", "job:operate", "backup:operate",
        "replication:operate", "object:operate", "logs:write", "identity:read", "audit:read",
        "facts:read", "keys:read",
      ]),
    "reader": Definition("reader", "look at the platform, change nothing", Self.reading),
    "none": Definition(
      "none", "nothing but log in", []),
  ]

  static func cannotChange(_ name: String) -> IdentityError {
    IdentityError(
      .builtIn, "role \(name) comes with the product and cannot be changed",
      tries: ["lakectl role create NAME --inherits \(name)"])
  }
}
