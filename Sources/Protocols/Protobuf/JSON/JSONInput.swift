private import Bytes
internal import JSON

/// The JSON form's place in a `FieldReader`: the value that the next read takes.
struct JSONInput: ~Escapable {
  var cursor: JSONCursor
  /// Whether the last null was a value, not an absence.
  var tookNull = false
  let ignoresUnknownFields: Bool
  let ignoresUnknownNames: Bool
  let registry: TypeRegistry

  @_lifetime(copy cursor)
  init(_ cursor: JSONCursor, _ options: JSONDecodingOptions) {
    self.cursor = cursor
    self.ignoresUnknownFields = options.ignoresUnknownFields
    self.ignoresUnknownNames = options.ignoresUnknownFields && !options.refusesUnknownNames
    self.registry = options.registry
  }
}

extension FieldReader {
  @_lifetime(copy cursor)
  init(_ cursor: JSONCursor, _ options: JSONDecodingOptions) {
    self.bytes = RawSpan()
    self.at = 0
    self.end = 0
    self.depthLeft = options.limits.depthMax
    self.json = JSONInput(cursor, options)
  }

  /// The value that is being read.
  var cursor: JSONCursor {
    @_lifetime(copy self) get {
      guard let json = self.json else { preconditionFailure("BUG: no JSON is being read") }
      return json.cursor
    }
  }

  var isNull: Bool { self.cursor.isNull }

  /// False for null, which stands for absence.
  @_lifetime(self: copy self)
  mutating func takesValue() throws(ProtobufError) -> Bool { !self.isNull }

  func wrongValue(_ expected: String) -> ProtobufError {
    ProtobufError(.wrongValue, "\(expected) is expected, found \(self.found)")
  }

  private var numberText: String {
    guard let text = self.cursor.numberBytes else { return "a number" }
    return short(text.lossyText)
  }

  private var found: String {
    let cursor = self.cursor
    switch cursor.kind {
    case .null: return "null"
    case .boolean: return cursor.boolean == true ? "true" : "false"
    case .number: return self.numberText
    case .string: return cursor.string.map { "\"\(short($0))\"" } ?? "a string"
    case .array: return "an array"
    case .object: return "an object"
    }
  }
}

private func short(_ text: String) -> String {
  text.utf8.count <= 40 ? text : text.prefix(40) + "…"
}
