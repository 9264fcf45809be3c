import Admin
import Bytes
import CommandTable
import JSON
import Synchronization
import Values

/// A cluster that remembers what it is told about users, roles and the like: for what must be the same
/// after it was done twice.
final class LivingCluster: AdminClient {
  private struct State {
    var roles: [String: RoleRecord] = [:]
    var groups: [String: GroupRecord] = [:]
    var users: [String: UserRecord] = [:]
    var policies: [String: PolicyRecord] = [:]
    var grants: [GrantRecord] = []
    var settings: [String: SettingRecord] = [:]
    var writes: [String] = []
    var ids: [String?] = []
  }
  private let state = Mutex(State())

  var provider: ClientProvider { ClientProvider { _, _ throws(CommandError) in self } }
  /// What has changed it, in order.
  var writes: [String] { self.state.withLock { $0.writes } }
  var ids: [String?] { self.state.withLock { $0.ids } }

  func send(
    _ request: AdminRequest, until deadline: MonotonicTime
  ) async throws(CommandError) -> [UInt8] {
    let text = self.state.withLock { state -> String? in
      if request.isWrite, !request.isDryRun {
        state.writes.append("\(request.method) \(request.path.dropFirst(10))")
        state.ids.append(request.requestID)
      }
      return Self.answer(request, &state)
    }
    guard let text else {
      throw CommandError(
        ErrorCode(serverCode: "test.not_found", exit: .notFound), "there is no \(request.path)")
    }
    return Array(text.utf8)
  }

  private static func answer(_ request: AdminRequest, _ state: inout State) -> String? {
    let parts = request.path.split(separator: "/").dropFirst(2).map {
      String($0).replacing("%2F", with: "/")
    }
    let bytes = request.body ?? []
    let body = (try? JSONValue(parsing: bytes.rawBytes)) ?? .null
    switch (request.method, parts.count) {
    case ("GET", 1): return self.list(parts[0], state)
    case ("GET", 2) where parts[0] == "policies":
      return state.policies[parts[1]].map { AdminItem($0).text() }
    case ("GET", 2) where parts[0] == "cluster":
      return AdminList(state.settings.values.sorted { $0.key < $1.key }).text()
    case ("POST", 1): self.create(parts[0], body, &state)
    case ("PATCH", 2): self.setUser(parts[1], body, &state)
    case ("POST", 2) where parts == ["grants", "remove"]:
      state.grants.removeAll { $0 == self.grant(body) }
    case ("PUT", 2): self.setPolicy(parts[1], body, &state)
    case ("DELETE", 2): self.remove(parts[0], parts[1], &state)
    case ("PUT", 3):
      var record = SettingRecord()
      record.key = parts[2]
      record.value = body["value"]?.string
      record.source = "cluster"
      state.settings[parts[2]] = record
    case ("DELETE", 3): state.settings[parts[2]] = nil
    case ("POST", 3):
      let member = body["member"]?.string ?? ""
      if parts[2] == "attach" { state.policies[parts[1]]?.attachedTo.append(member) }
      if parts[2] == "detach" { state.policies[parts[1]]?.attachedTo.removeAll { $0 == member } }
      if parts[2] == "assign" { state.groups[String(member.dropFirst(6))]?.roles.append(parts[1]) }
    default: return nil
    }
    return AdminChange(UserRecord(), changed: true).text()
  }

  private static func list(_ kind: String, _ state: State) -> String? {
    switch kind {
    case "roles": AdminList(state.roles.values.sorted { $0.role < $1.role }).text()
    case "groups": AdminList(state.groups.values.sorted { $0.group < $1.group }).text()
    case "users": AdminList(state.users.values.sorted { $0.user < $1.user }).text()
    case "policies": AdminList(state.policies.values.sorted { $0.policy < $1.policy }).text()
    case "grants": AdminList(state.grants).text()
    case "whoami":
      {
        var record = WhoamiRecord()
        record.user = "root"
        return AdminItem(record).text()
      }()
    default: nil
    }
  }

  private static func names(_ value: JSONValue?) -> [String]? {
    value?.array.map { $0.compactMap(\.string) }
  }

  private static func create(_ kind: String, _ body: JSONValue, _ state: inout State) {
    switch kind {
    case "roles":
      var record = RoleRecord()
      record.role = body["role"]?.string ?? ""
      record.inherits = self.names(body["inherits"]) ?? []
      record.summary = body["description"]?.string ?? ""
      state.roles[record.role] = record
    case "groups":
      var record = GroupRecord()
      record.group = body["group"]?.string ?? ""
      record.roles = self.names(body["roles"]) ?? []
      state.groups[record.group] = record
    case "users":
      var record = UserRecord()
      record.user = body["user"]?.string ?? ""
      state.users[record.user] = record
      self.setUser(record.user, body, &state)
    case "policies": self.setPolicy(body["policy"]?.string ?? "", body, &state)
    case "grants": state.grants.append(self.grant(body))
    default: break
    }
  }

  private static func setUser(_ name: String, _ body: JSONValue, _ state: inout State) {
    if let roles = self.names(body["roles"]) { state.users[name]?.roles = roles }
    if let groups = self.names(body["groups"]) { state.users[name]?.groups = groups }
  }

  private static func setPolicy(_ name: String, _ body: JSONValue, _ state: inout State) {
    var record = state.policies[name] ?? PolicyRecord()
    record.policy = name
    record.document = body["document"] ?? .null
    record.summary = body["description"]?.string ?? ""
    state.policies[name] = record
  }

  private static func grant(_ body: JSONValue) -> GrantRecord {
    var record = GrantRecord()
    record.who = body["who"]?.string ?? ""
    record.privilege = body["privilege"]?.string ?? ""
    record.resource = body["resource"]?.string ?? ""
    record.effect = body["deny"]?.boolean == true ? "deny" : "allow"
    record.source = "direct"
    return record
  }

  private static func remove(_ kind: String, _ name: String, _ state: inout State) {
    switch kind {
    case "roles": state.roles[name] = nil
    case "groups": state.groups[name] = nil
    case "users": state.users[name] = nil
    case "policies": state.policies[name] = nil
    default: break
    }
  }
}
