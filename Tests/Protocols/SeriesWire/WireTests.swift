import Bytes
import Glibc
import JSON
import Protobuf
import SeriesWire
import Testing

/// Every message beside Python's protobuf, which was given the public schema: `golden/messages.tsv` has
/// a message's name, its bytes in base64 and its canonical JSON per line, filled at random.
@Suite("The messages of the time series")
struct WireTests {
  struct Missing: Error { var path: String }

  struct Golden {
    var name: String
    var binary: [UInt8]
    var json: String
  }

  static let types: [String: any ProtobufMessage.Type] = {
    let files = [
      BanyandbModelV1ModelSchema.file, BanyandbCommonV1CommonSchema.file,
      BanyandbStreamV1StreamSchema.file, BanyandbMeasureV1MeasureSchema.file,
      BanyandbTraceV1TraceSchema.file, BanyandbPropertyV1PropertySchema.file,
      BanyandbBydbqlV1BydbqlSchema.file, BanyandbDatabaseV1SchemaSchema.file,
      BanyandbDatabaseV1RegistrySchema.file, BanyandbDatabaseV1DatabaseSchema.file,
      BanyandbSchemaV1BarrierSchema.file,
    ]
    return Dictionary(
      uniqueKeysWithValues: files.flatMap(\.types).map { ($0.table.name, $0) })
  }()

  static func golden() throws -> [Golden] {
    let folder = #filePath.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }
    let path = "\(folder)/golden/messages.tsv"
    guard let file = fopen(path, "r") else { throw Missing(path: path) }
    defer { fclose(file) }
    var text: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&chunk, 1, chunk.count, file)
      if count == 0 { break }
      text += chunk[..<count]
    }
    return try text.split(separator: UInt8(ascii: "\n")).map { line in
      let parts = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false).map {
        String(decoding: $0, as: UTF8.self)
      }
      guard parts.count == 3, let binary = Base64.bytes(of: parts[1]) else {
        throw Missing(path: path)
      }
      return Golden(name: parts[0], binary: binary, json: parts[2])
    }
  }

  /// Members sorted and numbers as doubles: two writers may differ in both.
  static func normal(_ value: JSONValue) -> String {
    switch value {
    case .object(let object):
      "{"
        + object.members.map { "\($0.name.debugDescription):\(Self.normal($0.value))" }.sorted()
        .joined(separator: ",") + "}"
    case .array(let values): "[" + values.map(Self.normal).joined(separator: ",") + "]"
    case .number: "\(value.double ?? .nan)"
    case .string(let text): text.debugDescription
    case .boolean(let truth): "\(truth)"
    case .null: "null"
    }
  }

  static func check<Message: ProtobufMessage>(_: Message.Type, _ golden: Golden) throws {
    let message = try Message(decoding: golden.binary.rawBytes)
    #expect(message.encoded(isDeterministic: true).count == golden.binary.count, "\(golden.name)")
    #expect(message.encoded() == golden.binary, "\(golden.name)")
    #expect(message.unknownFields.isEmpty, "\(golden.name)")
    let json = try message.json()
    #expect(
      try Self.normal(JSONValue(parsing: json)) == Self.normal(JSONValue(parsing: golden.json)),
      "\(golden.name)")
    let read = try Message(json: golden.json)
    #expect(read == message, "\(golden.name)")
  }

  @Test("have the bytes and the JSON that another implementation gives them")
  func golden() throws {
    let entries = try Self.golden()
    for entry in entries {
      guard let type = Self.types[entry.name] else {
        Issue.record("no message \(entry.name)")
        continue
      }
      try Self.check(type, entry)
    }
    let seen = Set(entries.map(\.name))
    for name in Self.types.keys { #expect(seen.contains(name), "\(name) is not compared") }
  }

  @Test(
    "absent messages are null in the gateway's JSON; members of a oneof and optional ones are not")
  func nulls() throws {
    var options = JSONEncodingOptions()
    options.includesDefaults = true
    options.includesAbsentMessages = true
    #expect(
      try CommonWire.Group().json(options)
        == #"{"metadata":null,"catalog":"CATALOG_UNSPECIFIED","resourceOpts":null,"#
        + #""updatedAt":null,"createdAt":null}"#)
    #expect(try ModelWire.TagValue().json(options) == "{}")
    let null = ModelWire.TagValue { $0.value = .null(ProtoNullValue()) }
    #expect(try null.json(options) == #"{"null":null}"#)
    #expect(
      try BydbQLWire.QueryResponse { $0.result = .measureResult(.init()) }.json(options)
        == #"{"measureResult":{"dataPoints":[],"trace":null,"groupStatuses":{}}}"#)
  }

  @Test("names of enumerations that nobody knows can be refused while unknown members pass")
  func names() throws {
    var options = JSONDecodingOptions()
    options.ignoresUnknownFields = true
    let text = #"{"catalog":"CATALOG_NOTHING","more":1}"#
    #expect(try CommonWire.Group(json: text, options) == CommonWire.Group())
    options.refusesUnknownNames = true
    #expect(throws: ProtobufError.self) { try CommonWire.Group(json: text, options) }
    #expect(try CommonWire.Group(json: #"{"more":1}"#, options) == CommonWire.Group())
  }
}
