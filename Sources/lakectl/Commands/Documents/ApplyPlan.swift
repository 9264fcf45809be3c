import Admin
import CommandTable
import JSON
import Values

/// What `apply` does to one thing.
struct ApplyItem: Sendable {
  enum Action: String, Sendable { case create, update, unchanged, delete }
  typealias Step = @Sendable (Invocation, _ part: String) async throws(CommandError) -> Void

  var document: ApplyDocument
  var action: Action
  /// What is different, for people.
  var changes: [String]
  var steps: [Step]
}

/// Documents against the state of the cluster: pure.
enum ApplyPlan {
  static func items(_ documents: [ApplyDocument], _ state: ApplyState) -> [ApplyItem] {
    var items: [ApplyItem] = []
    for kind in ApplyDocument.Kind.allCases {
      let wanted = documents.filter { $0.kind == kind }
      for document in kind == .role ? self.inOrder(wanted) : wanted {
        items.append(self.item(document, state.find(document)))
      }
    }
    return items
  }

  /// What is there of the kinds of the documents, and in none of them; last made, first removed.
  static func prune(
    _ documents: [ApplyDocument], _ state: ApplyState, keeping user: String
  ) -> [ApplyItem] {
    let names = Set(documents.map { "\($0.kind.rawValue) \($0.name)" })
    return ApplyDocument.Kind.allCases.reversed().flatMap { kind in
      (state.documents[kind] ?? []).filter {
        !names.contains("\(kind.rawValue) \($0.name)") && !(kind == .user && $0.name == user)
      }.map { document in
        ApplyItem(
          document: document, action: .delete, changes: [], steps: [self.removal(document)])
      }
    }
  }

  private static func item(_ wanted: ApplyDocument, _ found: ApplyDocument?) -> ApplyItem {
    var changes: [String] = []
    for name in wanted.kind.required + wanted.kind.optional {
      guard let value = wanted.members[name], name != wanted.kind.key else { continue }
      let isSame =
        ApplyDocument.Kind.lists.contains(name)
        ? wanted.names(name) == (found?.names(name) ?? [])
        : Self.comparable(value, name) == Self.comparable(found?.members[name] ?? .null, name)
      if !isSame { changes.append(name) }
    }
    guard let found else {
      return ApplyItem(
        document: wanted, action: .create, changes: changes,
        steps: [self.creation(wanted)] + self.updates(wanted, nil))
    }
    if wanted.kind == .grant { changes = [] }
    return ApplyItem(
      document: wanted, action: changes.isEmpty ? .unchanged : .update, changes: changes,
      steps: changes.isEmpty ? [] : self.updates(wanted, found))
  }

  /// A setting is text on the wire, whatever YAML takes it for; no description is an empty one.
  private static func comparable(_ value: JSONValue, _ name: String) -> JSONValue {
    if name == "value" { return .string(value.string ?? value.text()) }
    if name == "description", value.isNull { return .string("") }
    return value
  }

  /// Roles that are inherited come before those that inherit them.
  static func inOrder(_ roles: [ApplyDocument]) -> [ApplyDocument] {
    var left = roles
    var done: [ApplyDocument] = []
    while !left.isEmpty {
      let names = Set(left.map(\.name))
      let free = left.filter { names.isDisjoint(with: $0.names("inherits") ?? []) }
      // A circle is the server's to refuse.
      guard !free.isEmpty else { return done + left }
      done += free
      left.removeAll { role in free.contains { $0.name == role.name } }
    }
    return done
  }
}
