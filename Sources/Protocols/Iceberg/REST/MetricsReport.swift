public import JSON

/// What a client says about a scan or a commit that it has made.
public struct MetricsReport: Hashable, Sendable {
  public var kind: Kind
  public var tableName: String?
  public var snapshotID: Int64?
  /// The whole report as it came.
  public var document: JSONValue

  public enum Kind: Hashable, Sendable {
    case scan(schemaID: Int?, projectedFieldNames: [String])
    case commit(sequenceNumber: Int64?, operation: String?)
    /// Of a kind that is not known here; it is kept all the same.
    case other(String)

    public var text: String {
      switch self {
      case .scan: "scan-report"
      case .commit: "commit-report"
      case .other(let text): text
      }
    }
  }

  /// A counter's value: `{"unit": "count", "value": 3}`; nil when there is none of that name.
  public func counter(_ name: String) -> Int64? { self.document["metrics"]?[name]?["value"]?.int64 }

  /// A timer's total: `{"time-unit": "nanoseconds", "count": 1, "total-duration": 12}`.
  public func duration(_ name: String) -> Int64? {
    self.document["metrics"]?[name]?["total-duration"]?.int64
  }
}

extension MetricsReport: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    let type = try json.string("report-type")
    switch type {
    case "scan-report":
      self.kind = .scan(
        schemaID: try json.intIfPresent("schema-id"),
        projectedFieldNames: try json.arrayIfPresent("projected-field-names") {
          (value) throws(JSONError) in try value.readString()
        })
    case "commit-report":
      self.kind = .commit(
        sequenceNumber: try json.longIfPresent("sequence-number"),
        operation: try json.stringIfPresent("operation"))
    default: self.kind = .other(type)
    }
    self.tableName = try json.stringIfPresent("table-name")
    self.snapshotID = try json.longIfPresent("snapshot-id")
    self.document = JSONValue(json: json)
  }

  public func encode(to json: inout JSONWriter) { json.value(self.document) }
}
