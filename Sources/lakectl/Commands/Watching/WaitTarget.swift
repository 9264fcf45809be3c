import Admin
import CommandTable
import JSON
import Values

/// What is waited on: `cluster`, `service/sql`, `job/01J9FZ`.
struct WaitTarget: ArgumentValue {
  enum Kind: String, CaseIterable, Sendable {
    case cluster, service, node, job, user, group, role, policy, key
  }

  var kind: Kind
  var name: String
  static let placeholder = "RESOURCE"

  var text: String { self.kind == .cluster ? "cluster" : "\(self.kind.rawValue)/\(self.name)" }

  init(argument: String) throws(ValueError) {
    let parts = argument.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    let kinds = Kind.allCases.map(\.rawValue)
    guard let kind = Kind(rawValue: String(parts[0])) else {
      let near = Suggestions.nearest(to: String(parts[0]), in: kinds)
      throw ValueError(
        .malformed,
        "\(String(parts[0]).visible.shortened.quoted) is not a kind of thing; "
          + (near.isEmpty
            ? "the kinds are \(kinds.joined(separator: ", "))" : "did you mean \(near[0])?"))
    }
    self.kind = kind
    self.name = parts.count == 2 ? String(parts[1]) : ""
    guard (kind == .cluster) == self.name.isEmpty else {
      throw ValueError(
        .malformed,
        kind == .cluster ? "cluster has no name" : "it is written \(kind.rawValue)/NAME")
    }
  }

  /// Conditions that a kind of thing does not know would be waited for in vain.
  func check(_ condition: WaitCondition) throws(CommandError) {
    let known: Bool =
      switch condition {
      case .healthy: self.kind == .cluster
      case .ready: self.kind == .service || self.kind == .node
      case .done: self.kind == .job
      case .exists, .gone: self.kind != .cluster
      case .state: ![.group, .role, .policy].contains(self.kind)
      }
    guard !known else { return }
    throw CommandError(
      .badValue, "--for \(condition.text.visible) does not go with \(self.text.visible)",
      why: "a \(self.kind.rawValue) is never that",
      try: ["lakectl wait --help"])
  }

  /// How it is now; nil when it does not exist.
  func state(_ call: Invocation) async throws(CommandError) -> String? {
    do throws(CommandError) {
      switch self.kind {
      case .cluster:
        return try await call.ask(ClusterAPI.show, AdminNothing()).item["state"]?.string ?? ""
      case .service:
        return try await self.worst(call)
      case .node:
        return self.word(try await call.ask(ClusterAPI.node, NodeInput(node: self.name)))
      case .job:
        return self.word(try await call.ask(JobsAPI.show, JobInput(job: self.name)))
      case .user: return self.word(try await call.ask(IdentityAPI.user, NameInput(self.name)))
      case .group: return self.word(try await call.ask(IdentityAPI.group, NameInput(self.name)))
      case .role: return self.word(try await call.ask(IdentityAPI.role, NameInput(self.name)))
      case .policy: return self.word(try await call.ask(IdentityAPI.policy, NameInput(self.name)))
      case .key: return self.word(try await call.ask(IdentityAPI.key, NameInput(self.name)))
      }
    } catch {
      guard error.exit == .notFound else { throw error }
      return nil
    }
  }

  private func word(_ answer: Answer) -> String { answer.item["state"]?.string ?? "there" }

  /// Of a service on several nodes the first that is not well.
  private func worst(_ call: Invocation) async throws(CommandError) -> String? {
    let answer = try await call.ask(ClusterAPI.service, ServiceInput(service: self.name))
    let states = answer.items.map { $0["state"]?.string ?? "" }
    return states.first { $0 != "ok" } ?? states.first
  }
}
