import Bytes
import Cluster
import Crypto
import Iceberg
import JSON
import Values

/// Maintenance of a table, of all tables of a namespace, or of a warehouse, again and again.
///
/// The nearest counts: tables that have a schedule of their own for a task, or are below a namespace with
/// one, are left out by those above.
struct MaintenanceSchedule: Hashable, Sendable {
  enum Scope: String, Sendable { case table, namespace, warehouse }

  var warehouse: String
  var scope: Scope
  /// Of a namespace, or of the namespace and the name that a table had when this was set.
  var levels: [String]
  /// Of a table: it may be renamed.
  var object: ObjectID?
  var task: MaintenanceTask
  var everyMS: Int64
  var olderThanMS: Int64?
  var keepLast: Int?
  /// Who wants it.
  var owner: String
  var nextAtMS: Int64
  var lastAtMS: Int64?
  var lastJob: String?

  static let everyMinMS: Int64 = 60_000
  static let prefix = "catalog/schedules/"
  /// Schedules of all warehouses.
  static let countMax = 10_000

  /// Names may be longer than a key, and may hold anything.
  var key: FactKey {
    let what = self.object.map { [$0.description] } ?? self.levels
    let text = ([self.warehouse, self.scope.rawValue] + what).joined(separator: "\u{0}")
    let digest = SHA256.digest(of: Array(text.utf8).rawBytes)
    return FactKey(Self.prefix + "\(Hexadecimal.text(of: digest.bytes))/\(self.task.rawValue)")
  }

  var options: MaintenanceOptions {
    var options = MaintenanceOptions()
    options.olderThanMS = self.olderThanMS
    options.keepLast = self.keepLast
    return options
  }

  var namespace: Namespace? { self.scope == .namespace ? Namespace(self.levels) : nil }

  /// The same once it has begun a run.
  func ran(atMS now: Int64, job: String) -> MaintenanceSchedule {
    var next = self
    (next.lastAtMS, next.lastJob) = (now, job)
    // A clock that was wrong, or a node that slept, does not lead to runs one after the other.
    let due = self.nextAtMS + self.everyMS
    next.nextAtMS = due > now ? due : now + self.everyMS
    return next
  }
}

extension MaintenanceSchedule: JSONDecodable, JSONEncodable {
  init(json: JSONCursor) throws(JSONError) {
    let (scope, task): (String, String) = (try json.decode("scope"), try json.decode("task"))
    guard let scope = Scope(rawValue: scope), let task = MaintenanceTask(rawValue: task) else {
      throw JSONError(.outOfRange, "a schedule of \(scope) for \(task) is not known", path: "$")
    }
    self.init(
      warehouse: try json.decode("warehouse"), scope: scope, levels: try json.decode("levels"),
      object: scope == .table ? try json.uuid("object") : nil, task: task,
      everyMS: try json.decode("every-ms"),
      olderThanMS: try json.decodeIfPresent("older-than-ms"),
      keepLast: try json.decodeIfPresent("keep-last"), owner: try json.decode("owner"),
      nextAtMS: try json.decode("next-at-ms"), lastAtMS: try json.decodeIfPresent("last-at-ms"),
      lastJob: try json.decodeIfPresent("last-job"))
  }

  func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("warehouse", self.warehouse)
      json.member("scope", self.scope.rawValue)
      json.member("levels", self.levels)
      json.member("object", ifPresent: self.object?.description)
      json.member("task", self.task.rawValue)
      json.member("every-ms", self.everyMS)
      json.member("older-than-ms", ifPresent: self.olderThanMS)
      json.member("keep-last", ifPresent: self.keepLast)
      json.member("owner", self.owner)
      json.member("next-at-ms", self.nextAtMS)
      json.member("last-at-ms", ifPresent: self.lastAtMS)
      json.member("last-job", ifPresent: self.lastJob)
    }
  }

  init?(_ fact: Fact) {
    guard let schedule = try? MaintenanceSchedule(parsing: fact.value.rawBytes) else { return nil }
    self = schedule
  }
}
