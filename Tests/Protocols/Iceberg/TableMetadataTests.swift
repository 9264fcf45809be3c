import Bytes
import Compression
import Iceberg
import JSON
import Testing
import Values

@Suite("Table metadata")
struct TableMetadataTests {
  @Test(
    "nothing of a document is lost, and no number passes through a double", arguments: [1, 2, 3])
  func lossless(_ version: Int) throws {
    let source = try JSONValue(parsing: Documents.table(version))
    let metadata = try Documents.metadata(version)
    let written = try JSONValue(parsing: metadata.text())
    // What is written in another form on purpose.
    var expected = try #require(source.object)
    expected["table-uuid"] = "9c12d441-03fe-4693-9a96-a0705ddf69c1"
    expected["location"] = "s3://bucket/test/location"
    var found = try #require(written.object)
    if version == 1 {
      for name in ["schema", "partition-spec"] {
        expected[name] = nil
        #expect(found[name] != nil)
        found[name] = nil
      }
    }
    for name in expected.names {
      let text = expected[name]?.description.replacing("decimal(9,2)", with: "decimal(9, 2)")
        .replacing(#","hint":null"#, with: "")
      let other = found[name]?.description.replacing(#","hint":null"#, with: "")
      #expect(
        try JSONValue(parsing: text ?? "null") == JSONValue(parsing: other ?? "null"), "\(name)")
    }
    #expect(Set(found.names) == Set(expected.names))
    #expect(try Documents.read(metadata.text(), as: TableMetadata.self) == metadata)
    #expect(metadata.text().contains("9223372036854775807"))
    #expect(metadata.text().contains("1e400"))
    try metadata.check()
  }

  @Test("a file of version 1 without later members gets them")
  func oldFile() throws {
    let metadata: TableMetadata = try Documents.read(
      #"""
      {"format-version":1,"location":"file:/t","last-updated-ms":5,"last-column-id":2,
       "schema":{"type":"struct","fields":[{"id":1,"name":"a","required":false,"type":"int"},{"id":2,"name":"b","required":false,"type":"date"}]},
       "partition-spec":[{"name":"a","transform":"identity","source-id":1},{"name":"d","transform":"day","source-id":2}],
       "properties":{},"current-snapshot-id":7,"snapshots":[{"snapshot-id":7,"timestamp-ms":4,"manifests":["m1.avro"]}]}
      """#)
    #expect(metadata.uuid.bits == 0)
    #expect(metadata.schemas.map(\.id) == [0])
    #expect(metadata.partitionSpecs[0].fields.map(\.fieldID) == [1000, 1001])
    #expect(metadata.lastPartitionID == 1001)
    #expect(metadata.sortOrders == [.unsorted])
    #expect(metadata.references["main"]?.snapshotID == 7)
    #expect(metadata.snapshots[0].manifests == ["m1.avro"])
    try metadata.check()
    let bytes = Array(metadata.text().utf8)
    let uuid = UUID(bits: 77)
    #expect(try TableMetadata.parse(file: bytes.rawBytes, uuid: uuid).uuid == uuid)
  }

  @Test("no snapshot is written as -1 or null, and read from either or nothing")
  func noSnapshot() throws {
    for version in 1...3 {
      let text = try Documents.fresh(version).text()
      let written = version == 3 ? #""current-snapshot-id":null"# : #""current-snapshot-id":-1"#
      #expect(text.contains(written))
      for form in ["-1", "null"] {
        let other = text.replacing(written, with: #""current-snapshot-id":"# + form)
        #expect(try Documents.read(other, as: TableMetadata.self).currentSnapshotID == nil)
      }
    }
  }

  @Test("a packed file is read, a bomb is not")
  func gzip() throws {
    let metadata = try Documents.metadata(2)
    var document = ByteWriter()
    document.appendJSON(metadata)
    let packed = try MetadataFile.pack(document, codec: .gzip)
    let read = try TableMetadata.parse(file: packed.bytes, uuid: UUID(bits: 1))
    #expect(read == metadata)
    var bomb = ByteWriter()
    let zeros = [UInt8](repeating: 0x20, count: 1 << 20)
    try Compression.gzip.compress(zeros.rawBytes, to: &bomb)
    let limits = JSONLimits(byteCountMax: 1 << 16, depthMax: 64)
    let error = #expect(throws: IcebergError.self) {
      try TableMetadata.parse(file: bomb.bytes, uuid: UUID(bits: 1), limits: limits)
    }
    #expect(error?.code == .tooLarge)
  }

  static let bad: [(String, String, String)] = [
    (#""format-version":2"#, #""format-version":4"#, "format-version: version 4 is not read"),
    (#""format-version":2"#, #""format-version":"2""#, "format-version: expected an integer"),
    (#""current-schema-id":1,"#, #""current-schema-id":1.0,"#, "current-schema-id"),
    (#""current-schema-id":1,"#, #""current-schema-id":2147483648,"#, "32 bits"),
    (
      #""snapshot-id":9223372036854775807,"timestamp"#,
      #""snapshot-id":9223372036854775808,"timestamp"#,
      "snapshots[0].snapshot-id: 9223372036854775808 does not fit 64 bits"
    ),
    (#""decimal(9,2)""#, #""decimal(99,2)""#, "schemas[1].fields[1].type.element"),
    (#""odd":"1""#, #""odd":1"#, "snapshots[0].summary.odd: expected a string"),
    (#""last-column-id":5,"#, "", "last-column-id: member is missing"),
    (#""é":"é""#, #""é":5"#, "properties"),
    (#""é":"é""#, #""\u0000":"x""#, "U+0000"),
    (#""é":"é""#, #""read.split.target.size":"x""#, "second member"),
  ]

  @Test("what is wrong is named with its path", arguments: Self.bad)
  func refused(_ from: String, _ to: String, _ reason: String) {
    let text = Documents.table(2).replacing(from, with: to)
    #expect(text != Documents.table(2))
    let error = #expect(throws: IcebergError.self) {
      try Documents.read(text, as: TableMetadata.self)
    }
    #expect(error?.message.contains(reason) == true, "\(String(describing: error))")
  }

  @Test(
    "a document that contradicts itself is refused with the reason",
    arguments: [
      (#""current-schema-id":1,"#, #""current-schema-id":8,"#, "current schema 8"),
      (#""default-spec-id":0"#, #""default-spec-id":8"#, "default partition spec 8"),
      (#""default-sort-order-id":3"#, #""default-sort-order-id":8"#, "default sort order 8"),
      (
        #""current-snapshot-id":3055729675574597004"#,
        #""current-snapshot-id":9223372036854775807"#, "disagree"
      ),
      (
        #""last-sequence-number":9007199254740993"#, #""last-sequence-number":9007199254740992"#,
        "above the last"
      ),
      (
        #""old":{"snapshot-id":9223372036854775807"#, #""old":{"snapshot-id":5"#,
        "points at snapshot 5"
      ),
      (
        #""snapshot-id":3055729675574597004,"timestamp-ms":1555100955770,"by""#,
        #""snapshot-id":3055729675574597004,"timestamp-ms":1515100895769,"by""#, "snapshot-log"
      ),
    ])
  func contradictions(_ from: String, _ to: String, _ reason: String) throws {
    let text = Documents.table(2).replacing(from, with: to)
    #expect(text != Documents.table(2))
    let metadata: TableMetadata = try Documents.read(text)
    let error = #expect(throws: IcebergError.self) { try metadata.check() }
    #expect(error?.message.contains(reason) == true, "\(String(describing: error))")
  }

  @Test("only snapshots that a branch or tag points at are kept when these are asked for")
  func referencedOnly() throws {
    var metadata = try Documents.metadata(2)
    metadata.references["old"] = nil
    let kept = metadata.withReferencedSnapshotsOnly()
    #expect(kept.snapshots.map(\.id) == [3_055_729_675_574_597_004])
    #expect(kept.statistics.count == 1)
    #expect(kept.snapshotLog.count == 2)
  }

  @Test(
    "names of metadata files count up",
    arguments: [
      ("s3://b/m/00012-9c12d441-03fe-4693-9a96-a0705ddf69c1.metadata.json", 13),
      ("/m/123456-x.gz.metadata.json", 123_457), ("v3.metadata.json", 0), ("", 0), ("/00001", 0),
    ])
  func names(_ location: String, _ next: Int) {
    #expect(MetadataFile.nextVersion(afterLocation: location) == next)
  }

  @Test("a name has five digits or more")
  func writtenNames() {
    let uuid = LiteralTests.uuid
    #expect(MetadataFile.name(version: 7, uuid: uuid) == "00007-\(uuid).metadata.json")
    #expect(
      MetadataFile.name(version: 123_456, uuid: uuid, codec: .gzip)
        == "123456-\(uuid).gz.metadata.json")
  }
}
