public import JSON

/// What a client wants to scan.
public struct PlanTableScanRequest: Hashable, Sendable {
  public var range: Range
  /// Full names of columns; nil: all.
  public var select: [String]?
  public var filter: Expression
  public var minRowsRequested: Int64?
  public var isCaseSensitive: Bool
  public var usesSnapshotSchema: Bool
  /// Columns whose metrics the answer keeps; nil: none.
  public var statsFields: [String]?

  public enum Range: Hashable, Sendable {
    /// Whatever main points at.
    case current
    case snapshot(Int64)
    /// What was appended after one snapshot and up to another.
    case increment(after: Int64, through: Int64)
  }

  public init(
    _ range: Range = .current, select: [String]? = nil, filter: Expression = .alwaysTrue
  ) {
    self.range = range
    self.select = select
    self.filter = filter
    self.isCaseSensitive = true
    self.usesSnapshotSchema = false
  }
}

extension PlanTableScanRequest: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    func names(_ value: JSONCursor) throws(JSONError) -> [String] {
      try value.readArray { (element) throws(JSONError) in try element.readString() }
    }
    self.init(
      try Self.range(json), select: try json.memberIfPresent("select", names),
      filter: try json.decodeIfPresent("filter") ?? .alwaysTrue)
    self.minRowsRequested = try json.longIfPresent("min-rows-requested")
    if let rows = self.minRowsRequested, rows < 0 {
      throw JSONError(.outOfRange, "\(rows) is negative", path: "$")
        .inside(member: "min-rows-requested")
    }
    self.isCaseSensitive = try json.boolIfPresent("case-sensitive") ?? true
    self.usesSnapshotSchema = try json.boolIfPresent("use-snapshot-schema") ?? false
    self.statsFields = try json.memberIfPresent("stats-fields", names)
  }

  private static func range(_ json: JSONCursor) throws(JSONError) -> Range {
    let snapshot = try json.longIfPresent("snapshot-id")
    let start = try json.longIfPresent("start-snapshot-id")
    let end = try json.longIfPresent("end-snapshot-id")
    switch (snapshot, start, end) {
    case (nil, nil, nil): return .current
    case (let snapshot?, nil, nil): return .snapshot(snapshot)
    case (nil, let start?, let end?): return .increment(after: start, through: end)
    case (_?, _, _):
      throw JSONError(
        .outOfRange, "snapshot-id goes with neither start-snapshot-id nor end-snapshot-id",
        path: "$")
    case (nil, _, _):
      throw JSONError(
        .outOfRange, "start-snapshot-id and end-snapshot-id go together", path: "$")
    }
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      switch self.range {
      case .current: break
      case .snapshot(let id): json.member("snapshot-id", id)
      case .increment(let start, let end):
        json.member("start-snapshot-id", start)
        json.member("end-snapshot-id", end)
      }
      json.member("select", ifPresent: self.select)
      if self.filter != .alwaysTrue { json.member("filter", self.filter) }
      json.member("min-rows-requested", ifPresent: self.minRowsRequested)
      json.member("case-sensitive", self.isCaseSensitive)
      json.member("use-snapshot-schema", self.usesSnapshotSchema)
      json.member("stats-fields", ifPresent: self.statsFields)
    }
  }
}

/// Asks for the files of a part of a plan.
public struct FetchScanTasksRequest: Hashable, Sendable, JSONDecodable, JSONEncodable {
  public var planTask: String

  public init(planTask: String) { self.planTask = planTask }

  public init(json: JSONCursor) throws(JSONError) {
    self.planTask = try json.string("plan-task")
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in json.member("plan-task", self.planTask) }
  }
}
