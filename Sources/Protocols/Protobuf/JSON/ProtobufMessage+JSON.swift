public import Bytes
private import JSON

/// The canonical JSON mapping.
extension ProtobufMessage {
  /// Reads the JSON form: names in either spelling, numbers as numbers or strings.
  public init(
    json text: RawSpan, _ options: JSONDecodingOptions = JSONDecodingOptions()
  ) throws(ProtobufError) {
    self.init()
    let limits = JSONLimits(
      byteCountMax: min(options.limits.byteCountMax, JSONLimits.byteCountCeiling),
      depthMax: min(options.limits.depthMax * 2 + 28, JSONLimits.depthCeiling))
    let document: JSONDocument
    do {
      document = try JSONDocument(parsing: text, limits: limits)
    } catch {
      throw ProtobufError(.notJSON, "\(error)").decoding(Self.table.name)
    }
    var reader = FieldReader(document.root, options)
    do {
      try self.decodeJSON(from: &reader)
    } catch {
      throw error.decoding(Self.table.name)
    }
  }

  public init(
    json text: String, _ options: JSONDecodingOptions = JSONDecodingOptions()
  ) throws(ProtobufError) {
    try self.init(json: Array(text.utf8).rawBytes, options)
  }

  /// Appends the JSON form to `target`. Throws, with nothing appended, when a value in the message has
  /// none.
  public func encodeJSON(
    to target: inout ByteWriter, _ options: JSONEncodingOptions = JSONEncodingOptions()
  ) throws(ProtobufError) {
    let start = target.count
    var writer = FieldWriter(json: target, Self.table, options)
    self.encodeJSON(to: &writer)
    let failure = writer.failure
    target = writer.finishJSON()
    guard let failure else { return }
    target.truncate(to: start)
    throw failure.encoding(Self.table.name)
  }

  public func json(
    _ options: JSONEncodingOptions = JSONEncodingOptions()
  ) throws(ProtobufError) -> String {
    var target = ByteWriter()
    try self.encodeJSON(to: &target, options)
    return target.bytes.lossyText
  }
}
