import Admin
import CommandTable
import JSON

/// What the cluster has of the kinds that documents speak of, as documents.
struct ApplyState: Sendable {
  private(set) var documents: [ApplyDocument.Kind: [ApplyDocument]] = [:]

  func find(_ wanted: ApplyDocument) -> ApplyDocument? {
    self.documents[wanted.kind]?.first { $0.name == wanted.name }
  }

  /// What is built in, inherited from a policy or a default is nobody's document.
  static func read(
    _ kinds: Set<ApplyDocument.Kind>, _ call: Invocation
  ) async throws(CommandError) -> ApplyState {
    var state = ApplyState()
    for kind in ApplyDocument.Kind.allCases where kinds.contains(kind) {
      state.documents[kind] = try await self.documents(kind, call)
    }
    return state
  }

  private static func documents(
    _ kind: ApplyDocument.Kind, _ call: Invocation
  ) async throws(CommandError) -> [ApplyDocument] {
    switch kind {
    case .role:
      return try await call.all(IdentityAPI.roles, AdminNothing()).filter {
        $0["built_in"]?.boolean != true
      }.map { Self.document(.role, $0, "role", ["inherits", "description"]) }
    case .group:
      return try await call.all(IdentityAPI.groups, AdminNothing()).map {
        Self.document(.group, $0, "group", ["roles", "users"])
      }
    case .user:
      return try await call.all(IdentityAPI.users, AdminNothing()).map {
        Self.document(.user, $0, "user", ["roles", "groups"])
      }
    case .policy:
      var found: [ApplyDocument] = []
      for policy in try await call.all(IdentityAPI.policies, AdminNothing()) {
        // Lists come without the documents.
        let name = policy["policy"]?.string ?? ""
        let answer = try await call.ask(IdentityAPI.policy, NameInput(name))
        found.append(
          Self.document(
            .policy, answer.item, "policy", ["document", "description", "attached_to"]))
      }
      return found
    case .grant:
      return try await call.all(IdentityAPI.grants, GrantsInput()).filter {
        $0["source"]?.string == "direct"
      }.map { Self.document(.grant, $0, nil, ["who", "privilege", "resource", "effect"]) }
    case .setting:
      return try await call.all(ClusterAPI.settings, AdminNothing()).filter {
        $0["source"]?.string != "default"
      }.map { Self.document(.setting, $0, nil, ["key", "value"]) }
    }
  }

  private static func document(
    _ kind: ApplyDocument.Kind, _ record: JSONValue, _ name: String?, _ members: [String]
  ) -> ApplyDocument {
    var object = JSONObject()
    object["kind"] = .string(kind.rawValue)
    if let name { object["name"] = record[name] ?? .null }
    for member in members {
      guard let value = record[member], !value.isNull else { continue }
      if let names = value.array, ApplyDocument.Kind.lists.contains(member) {
        object[member] = .array(
          names.compactMap(\.string).sorted().map { .string($0) })
      } else {
        object[member] = value
      }
    }
    return ApplyDocument(kind: kind, members: object, place: "the cluster")
  }
}

extension Invocation {
  static let thingCountMax = 100_000

  /// The items of all pages.
  func all<Input, Record>(
    _ api: AdminCall<Input, AdminList<Record>>, _ input: Input
  ) async throws(CommandError) -> [JSONValue] {
    var items: [JSONValue] = []
    var paging = AdminPaging(limit: AdminPaging.limitMax)
    repeat {
      let answer = try await self.ask(api, input, paging: paging)
      items += answer.items
      guard items.count <= Self.thingCountMax else {
        throw CommandError(
          .overLimit, "there are more than \(Self.thingCountMax) things",
          why: "\(api.route.summary) does not fit into memory")
      }
      paging.token = answer.next
    } while paging.token != nil
    return items
  }
}
