import Bytes
import JSON
import Protobuf
import SeriesSchema

/// A field of a request that stands in its path or its query.
struct GatewayField: Sendable, Hashable {
  /// As in `metadata.group`.
  var path: String
  var text: String
}

/// The JSON of the gateway: every field is written, members that nobody knows are skipped.
enum GatewayJSON {
  private static let writing: JSONEncodingOptions = {
    var options = JSONEncodingOptions()
    options.includesDefaults = true
    options.includesAbsentMessages = true
    return options
  }()

  private static let reading: JSONDecodingOptions = {
    var options = JSONDecodingOptions()
    options.ignoresUnknownFields = true
    options.refusesUnknownNames = true
    return options
  }()

  static func answer(_ message: any ProtobufMessage) throws(SeriesFault) -> [UInt8] {
    try self.answer(.message(message))
  }

  static func answer(_ answer: QueryAnswer) throws(SeriesFault) -> [UInt8] {
    var target = ByteWriter(capacity: 1024)
    do throws(ProtobufError) {
      try answer.encodeJSON(to: &target, self.writing)
    } catch {
      throw SeriesFault(.internalError, error.message)
    }
    return target.bytes.array
  }

  /// The body, and over it the fields of path and query.
  static func request<Request: ProtobufMessage>(
    _ body: [UInt8], _ fields: [GatewayField]
  ) throws(SeriesFault) -> Request {
    var request = Request()
    do throws(ProtobufError) {
      if !body.allSatisfy({ $0 == 32 || (9...13).contains($0) }) {
        request = try Request(json: body.rawBytes, self.reading)
      }
      for field in fields {
        let part: Request = try self.part(field)
        // Sub-messages are merged, so that a field of one leaves its neighbours.
        try request.merge(decoding: part.encoded().rawBytes)
      }
    } catch {
      throw SeriesFault(.invalidArgument, error.message)
    }
    return request
  }

  /// A message that has this field only. A text is tried first as the literal that it looks like: true
  /// and false are no texts for a field of truth.
  private static func part<Request: ProtobufMessage>(
    _ field: GatewayField
  ) throws(ProtobufError) -> Request {
    let truth = self.truth(field.text)
    if let truth, truth == field.text,
      let request = try? Request(json: self.nested(field.path, truth), self.reading)
    {
      return request
    }
    let text = JSONValue.string(field.text).text()
    if let request = try? Request(json: self.nested(field.path, text), self.reading) {
      return request
    }
    if let truth, let request = try? Request(json: self.nested(field.path, truth), self.reading) {
      return request
    }
    // A list: each of its texts stands alone.
    return try Request(json: self.nested(field.path, "[\(text)]"), self.reading)
  }

  /// What a text says of a field of truth, in the spellings that clients use.
  private static func truth(_ text: String) -> String? {
    switch text {
    case "1", "t", "T", "true", "True", "TRUE": "true"
    case "0", "f", "F", "false", "False", "FALSE": "false"
    default: nil
    }
  }

  private static func nested(_ path: String, _ value: String) -> String {
    var text = value
    for name in path.split(separator: ".").reversed() {
      text = "{\(JSONValue.string(String(name)).text()):\(text)}"
    }
    return text
  }

  static func error(_ fault: SeriesFault) -> String {
    let message = JSONValue.string(fault.message).text()
    return #"{"code":\#(fault.kind.rawValue),"message":\#(message),"details":[]}"#
  }
}
