import Avro
import Bytes
import Compression
import Fuzzing
import JSON
import Testing

@Suite("Avro files")
struct AvroFileTests {
  static let schema = #"""
    {"type":"record","name":"row","namespace":"lake","fields":[
      {"name":"id","type":"long","field-id":1},
      {"name":"name","type":["null","string"],"default":null,"field-id":2},
      {"name":"kind","type":{"type":"enum","name":"kind","symbols":["A","B"]}},
      {"name":"sums","type":{"type":"map","values":"double"}},
      {"name":"next","type":["null","row"]},
      {"name":"key","type":{"type":"fixed","name":"key","size":4,"logicalType":"x"}},
      {"name":"list","type":{"type":"array","items":["int","boolean","bytes","float"],"element-id":9}}
    ]}
    """#

  static func row(_ id: Int64, next: AvroValue? = nil) -> AvroValue {
    .record([
      .long(id), id % 2 == 0 ? .union(0, .null) : .union(1, .string("näme \(id)")),
      .enumeration(Int(id & 1)),
      .map([.init("a", .double(1.5)), .init("", .double(-.infinity))]),
      next.map { .union(1, $0) } ?? .union(0, .null),
      .fixed([1, 2, 3, 4]),
      .array([
        .union(0, .int(.min)), .union(1, .boolean(true)), .union(2, .bytes([])),
        .union(3, .float(0.1)),
      ]),
    ])
  }

  static func file(_ codec: AvroFile.Codec, count: Int64 = 3000) throws -> [UInt8] {
    let text = Array(Self.schema.utf8)
    let schema = try AvroSchema(parsing: text.rawBytes)
    let types = AvroTypes(schema)
    var file = AvroFileWriter(
      schema: schema, metadata: [("answer", "42")], codec: codec, sync: 0x1234_5678 << 64 | 77)
    for id in 0..<count {
      try file.items.append(avro: Self.row(id, next: Self.row(-id)), as: schema, in: types)
      try file.endItem()
    }
    let output = try file.finish()
    return output.bytes.array
  }

  static func values(_ bytes: RawSpan, limits: AvroLimits = .standard) throws -> [AvroValue] {
    var file = try AvroFileReader(bytes, limits: limits)
    var block = ByteWriter()
    var values: [AvroValue] = []
    while let count = try file.nextBlock(into: &block) {
      var items = AvroDecoder(block.bytes, limits: limits)
      for _ in 0..<count { values.append(try items.value(file.schema, in: file.types)) }
      var skipped = AvroDecoder(block.bytes, limits: limits)
      for _ in 0..<count { try skipped.skip(file.schema, in: file.types) }
      let left = [items.remaining, skipped.remaining]
      #expect(left == [0, 0])
    }
    return values
  }

  @Test("what is written is read back", arguments: AvroFile.Codec.allCases)
  func roundTrip(_ codec: AvroFile.Codec) throws {
    let bytes = try Self.file(codec)
    let file = try AvroFileReader(bytes.rawBytes)
    let (metadata, found) = (file.metadata, file.codec)
    #expect(metadata == ["answer": Array("42".utf8)])
    #expect(found == codec)
    let values = try Self.values(bytes.rawBytes)
    #expect(values.count == 3000)
    #expect(values[7] == Self.row(7, next: Self.row(-7)))
  }

  @Test("a schema keeps its attributes and its names")
  func schemaText() throws {
    let text = Array(Self.schema.utf8)
    let schema = try AvroSchema(parsing: text.rawBytes)
    let written = Array(schema.text().utf8)
    #expect(try AvroSchema(parsing: written.rawBytes) == schema)
    guard case .record("lake.row", let fields) = schema.shape else {
      Issue.record("\(schema)")
      return
    }
    #expect(fields[0].attributes["field-id"] == 1)
    #expect(fields[5].schema.logicalType == "x")
    #expect(fields[6].schema.attributes["element-id"] == 9)
    #expect(fields[1].schema.optional?.some.shape == .string)
  }

  @Test("a type may be defined again as it is")
  func sameTwice() throws {
    let text = Array(
      #"["null",{"type":"fixed","name":"f","size":1},{"type":"fixed","name":"f","size":1}]"#.utf8)
    let schema = try AvroSchema(parsing: text.rawBytes)
    let bytes: [UInt8] = [4, 7]
    var decoder = AvroDecoder(bytes.rawBytes)
    let value = try decoder.value(schema, in: AvroTypes(schema))
    #expect(value == .union(2, .fixed([7])))
  }

  /// Python's writers cut one byte of four off a checksum that is not wanted.
  @Test("bytes after the end of a deflated block are passed over")
  func trailing() throws {
    let text = Array("\"long\"".utf8)
    let schema = try AvroSchema(parsing: text.rawBytes)
    var item = ByteWriter()
    item.append(avroLong: 77)
    var packed = ByteWriter()
    try Compression.deflate.compress(item.bytes, to: &packed)
    packed.append([1, 2, 3])
    var file = ByteWriter()
    let header = AvroFileWriter(schema: schema, codec: .deflate, sync: 5)
    let empty = try header.finish()
    file.append(empty.bytes)
    file.append(avroLong: 1)
    file.append(avroBytes: packed.bytes)
    file.append(bigEndian: UInt128(5))
    #expect(try Self.values(file.bytes) == [.long(77)])
  }

  @Test(
    "a schema that is none is refused",
    arguments: [
      "", "[]", "{}", "\"nothing\"", "[[\"null\"]]", #"{"type":"record","name":"r"}"#,
      #"{"type":"array"}"#, #"{"type":"map"}"#, #"{"type":"fixed","name":"f","size":-1}"#,
      #"{"type":"fixed","name":"f"}"#, #"{"type":"enum","name":"f","symbols":[1]}"#, "17",
      #"[{"type":"fixed","name":"f","size":1},{"type":"fixed","name":"f","size":2}]"#,
      #"{"type":"record","name":"r","fields":[{"name":"a","type":{"type":"fixed","name":"r","size":1}}]}"#,
      String(repeating: #"{"type":"array","items":"#, count: 70) + "\"int\""
        + String(repeating: "}", count: 70),
    ])
  func badSchemas(_ text: String) {
    let bytes = Array(text.utf8)
    #expect(throws: AvroError.self) { try AvroSchema(parsing: bytes.rawBytes) }
  }

  /// A few bytes that would ask for 2^30 steps, or for an array of 2^60 nulls.
  @Test("bytes cannot ask for more work than they are worth")
  func work() throws {
    var schema = #"{"type":"record","name":"r0","fields":[{"name":"a","type":"null"}]}"#
    for level in 1...30 {
      schema =
        #"{"type":"record","name":"r\#(level)","fields":[{"name":"a","type":\#(schema)},"#
        + #"{"name":"b","type":"r\#(level - 1)"}]}"#
    }
    let nulls = #"{"type":"array","items":"null"}"#
    for (text, body) in [(schema, [0]), (nulls, [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10])]
      as [(String, [UInt8])]
    {
      let bytes = Array(text.utf8)
      let types = AvroTypes(try AvroSchema(parsing: bytes.rawBytes))
      #expect(throws: AvroError.self) {
        var decoder = AvroDecoder(body.rawBytes)
        _ = try decoder.value(types.root, in: types)
      }
      #expect(throws: AvroError.self) {
        var decoder = AvroDecoder(body.rawBytes)
        try decoder.skip(types.root, in: types)
      }
    }
  }

  @Test("numbers take the bytes that the specification gives them")
  func numbers() throws {
    for (value, bytes) in [
      (0, [0]), (-1, [1]), (1, [2]), (-64, [0x7F]), (64, [0x80, 0x01]),
      (.max, [0xFE, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]),
      (.min, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]),
    ] as [(Int64, [UInt8])] {
      var writer = ByteWriter()
      writer.append(avroLong: value)
      #expect(writer.bytes.array == bytes)
      var decoder = AvroDecoder(bytes.rawBytes)
      let read = try decoder.long()
      #expect(read == value)
    }
  }

  @Test("damaged files are refused or read, never more", arguments: AvroFile.Codec.allCases)
  func fuzz(_ codec: AvroFile.Codec) throws {
    var limits = AvroLimits()
    limits.blockByteCountMax = 1 << 18
    let seed = try Self.file(codec, count: 3)
    try Fuzzer.run(name: "avro-\(codec)", seeds: [seed], iterations: 4000, seconds: 2) { input in
      guard var file = try? AvroFileReader(input, limits: limits) else { return }
      var block = ByteWriter()
      while let count = try? file.nextBlock(into: &block) {
        var items = AvroDecoder(block.bytes, limits: limits)
        for _ in 0..<count {
          guard (try? items.value(file.schema, in: file.types)) != nil else { return }
        }
      }
    }
  }
}
