public import JSON
internal import Values

/// A flat thing of the admin API, declared once: its JSON both ways, its place in paths and queries and
/// its schema are made from the list of its fields.
///
///     public struct NodeRecord: AdminRecord {
///       public var node = ""
///       public var roles: [String] = []
///       public init() {}
///       public static let kind = "Node"
///       public static let fields: [AdminField<NodeRecord>] = [
///         .required("node", \.node, "its name"),
///         AdminField("roles", \.roles, "what it runs"),
///       ]
///     }
///
/// Every field is always written, as `null` when it is not known. What is not known to a reader is passed
/// over, so that members can be added.
public protocol AdminRecord: AdminValue {
  init()
  static var kind: String { get }
  static var fields: [AdminField<Self>] { get }
}

public struct AdminField<Record>: Sendable {
  public let name: StaticString
  public let summary: String
  /// Must be given by whoever sends it.
  public let isRequired: Bool
  let schema: AdminSchema
  let encode: @Sendable (Record, inout JSONWriter) -> Void
  let decode: @Sendable (inout Record, JSONCursor) throws(JSONError) -> Void
  let texts: @Sendable (Record) -> [String]
  let take: @Sendable (inout Record, [String]) throws(ValueError) -> Void

  public init<Value: AdminValue>(
    _ name: StaticString, _ path: any WritableKeyPath<Record, Value> & Sendable, _ summary: String
  ) {
    self.init(name, path, summary, isRequired: false)
  }

  public static func required<Value: AdminValue>(
    _ name: StaticString, _ path: any WritableKeyPath<Record, Value> & Sendable, _ summary: String
  ) -> AdminField {
    AdminField(name, path, summary, isRequired: true)
  }

  private init<Value: AdminValue>(
    _ name: StaticString, _ path: any WritableKeyPath<Record, Value> & Sendable, _ summary: String,
    isRequired: Bool
  ) {
    self.name = name
    self.summary = summary
    self.isRequired = isRequired
    self.schema = Value.schema
    self.encode = { record, json in record[keyPath: path].encode(to: &json) }
    self.decode = { (record, json) throws(JSONError) in
      record[keyPath: path] = try Value(json: json)
    }
    self.texts = { $0[keyPath: path].texts }
    self.take = { (record, texts) throws(ValueError) in
      record[keyPath: path] = try Value.value(of: texts)
    }
  }
}

extension AdminRecord {
  public static var schema: AdminSchema { .record(Self.recordSchema) }

  static var recordSchema: AdminRecordSchema {
    AdminRecordSchema(
      kind: Self.kind,
      fields: Self.fields.map {
        AdminRecordSchema.Field(
          name: "\($0.name)", summary: $0.summary, schema: $0.schema, isRequired: $0.isRequired)
      })
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      for field in Self.fields {
        json.name(field.name)
        field.encode(self, &json)
      }
    }
  }

  public init(json: JSONCursor) throws(JSONError) {
    self.init()
    try self.take(json, otherThan: [])
  }

  /// Takes members of an object; those of `names` came another way.
  mutating func take(_ json: JSONCursor, otherThan names: Set<String>) throws(JSONError) {
    guard json.kind == .object else { throw json.mismatch("an object") }
    for field in Self.fields where !names.contains("\(field.name)") {
      guard let value = json.member(field.name) else {
        guard !field.isRequired else {
          throw JSONError(.missingMember, "member \"\(field.name)\" is missing", path: "$")
        }
        continue
      }
      // Absent and null are one, except where null is a value.
      if value.isNull, case .nullable = field.schema {
        try field.decode(&self, value)
      } else if !value.isNull || field.isRequired {
        do throws(JSONError) {
          try field.decode(&self, value)
        } catch {
          throw error.inside(member: "\(field.name)")
        }
      }
    }
  }
}

/// For calls that need nothing to be said.
public struct AdminNothing: AdminRecord {
  public init() {}
  public static let kind = "Nothing"
  public static let fields: [AdminField<AdminNothing>] = []
}
