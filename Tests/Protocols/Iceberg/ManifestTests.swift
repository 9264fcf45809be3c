import Avro
import Bytes
import Iceberg
import JSON
import Testing
import Values

@Suite("Manifests")
struct ManifestTests {
  static let columns: [(String, PrimitiveType, Literal)] = [
    ("a", .boolean, .boolean(true)), ("b", .int, .int(-5)), ("c", .long, .long(.max)),
    ("d", .float, .float(-0.0)), ("e", .double, .double(1e300)),
    ("f", .decimal(precision: 9, scale: 2), .decimal(DecimalNumber(unscaled: -1420, scale: 2))),
    (
      "g", .decimal(precision: 38, scale: 0), .decimal(DecimalNumber(unscaled: .max >> 2, scale: 0))
    ),
    ("h", .date, .date(-1)), ("i", .time, .time(5)), ("j", .timestamp, .timestamp(-7)),
    ("k", .timestamptz, .timestamptz(7)), ("l", .string, .string("é/x")),
    ("m", .uuid, .uuid(LiteralTests.uuid)), ("n", .fixed(3), .fixed([1, 2, 3])),
    ("a b", .binary, .binary([0, 255])), ("2o", .timestampNanos, .timestampNanos(9)),
    ("p", .timestamptzNanos, .timestamptzNanos(-9)),
  ]

  static let schema = Schema(
    fields: Self.columns.enumerated().map { NestedField($0 + 1, $1.0, $1.1) })

  static let spec = PartitionSpec(
    id: 3,
    fields: Self.columns.enumerated().map {
      PartitionField(sourceID: $0 + 1, fieldID: 1000 + $0, name: $1.0, transform: .identity)
    })

  static func file(_ number: Int, version: Int, content: DataFile.Content = .data) -> DataFile {
    var file = DataFile(
      content: content, path: "s3://b/t/data/\(number).parquet", format: .parquet, specID: 3,
      partition: PartitionValues(
        number % 3 == 0 ? Self.columns.map { _ in nil } : Self.columns.map(\.2)),
      recordCount: 100, fileSizeInBytes: Int64(number) << 33)
    file.columnSizes = [1: 10, 2: .max]
    file.valueCounts = [1: 100]
    file.nullValueCounts = [:]
    file.nanValueCounts = [4: 7]
    var bounds = ColumnBounds()
    bounds.append(.int(5), for: 2)
    bounds.append(.string(""), for: 12)
    file.lowerBounds = bounds
    file.upperBounds = bounds
    file.keyMetadata = [1, 2]
    file.splitOffsets = [4, 1 << 40]
    file.sortOrderID = 1
    if version > 1, content == .equalityDeletes { file.equalityIDs = [1, 2] }
    if version > 1, content == .positionDeletes { file.referencedDataFile = "s3://b/t/1.parquet" }
    if version > 2, content == .positionDeletes {
      file.format = .puffin
      file.contentOffset = 4
      file.contentSizeInBytes = 50
    }
    return file
  }

  static func write(
    _ entries: [ManifestEntry], version: Int, content: ManifestFile.Content = .data,
    spec: PartitionSpec = Self.spec, schema: Schema = Self.schema
  ) throws -> (bytes: [UInt8], manifest: ManifestFile) {
    var writer = try ManifestWriter(
      path: "s3://b/t/metadata/m.avro", spec: spec, schema: schema, formatVersion: version,
      content: content, snapshotID: 77, sync: 5)
    for entry in entries { try writer.add(entry) }
    let written = try writer.finish()
    return (written.bytes.bytes.array, written.manifest)
  }

  static func reader(_ manifest: ManifestFile?) -> ManifestReader {
    ManifestReader(manifest, spec: Self.spec, partitionTypes: Self.columns.map { $0.1 })
  }

  @Test("what is written is read back, with every type of partition value", arguments: [1, 2, 3])
  func roundTrip(_ version: Int) throws {
    var entries: [ManifestEntry] = []
    for number in 0..<200 {
      let status: ManifestEntry.Status = [.added, .existing, .deleted][number % 3]
      let sequence: Int64? = version == 1 ? nil : status == .added ? nil : Int64(number)
      entries.append(
        ManifestEntry(
          status, Self.file(number, version: version), snapshotID: 77, sequenceNumber: sequence,
          fileSequenceNumber: sequence))
    }
    let (bytes, manifest) = try Self.write(entries, version: version)
    #expect(manifest.length == Int64(bytes.count))
    #expect(manifest.addedFilesCount == 67)
    #expect(manifest.existingFilesCount == 67)
    #expect(manifest.deletedFilesCount == 66)
    #expect(manifest.addedRowsCount == 6700)
    #expect(manifest.minSequenceNumber == (version == 1 ? -1 : 1))
    #expect(manifest.partitions?.count == Self.columns.count)
    #expect(
      manifest.partitions?[1]
        == .init(
          containsNull: true, containsNaN: false, lowerBound: Literal.int(-5).bytes,
          upperBound: Literal.int(-5).bytes))
    #expect(try Self.reader(nil).entries(bytes.rawBytes) == entries)
    // Without the spec the values have the types that the writer gave them.
    var plain = ManifestReader()
    #expect(
      try plain.entries(bytes.rawBytes).map(\.file.partition) == entries.map(\.file.partition))
    plain.metrics = .columns([2])
    let few = try plain.entries(bytes.rawBytes)
    #expect(few[0].file.columnSizes == [2: .max])
    #expect(few[0].file.lowerBounds?[12] == nil)
    #expect(few[0].file.lowerBounds?.literal(2, as: .long) == .long(5))
  }

  @Test("delete files of both kinds, and deletion vectors", arguments: [2, 3])
  func deletes(_ version: Int) throws {
    let entries = [DataFile.Content.positionDeletes, .equalityDeletes].map {
      ManifestEntry(.added, Self.file(1, version: version, content: $0), snapshotID: 77)
    }
    let (bytes, manifest) = try Self.write(entries, version: version, content: .deletes)
    #expect(manifest.content == .deletes)
    #expect(try Self.reader(nil).entries(bytes.rawBytes) == entries)
    #expect(throws: IcebergError.self) { try Self.write(entries, version: version) }
    #expect(throws: IcebergError.self) { try Self.write(entries, version: 1, content: .deletes) }
  }

  @Test("entries inherit from their manifest what they leave open")
  func inheritance() throws {
    var numbered = Self.file(1, version: 3)
    numbered.firstRowID = 5
    let entries = [
      ManifestEntry(.added, Self.file(1, version: 3)),
      ManifestEntry(.existing, numbered, snapshotID: 7, sequenceNumber: 3, fileSequenceNumber: 4),
      ManifestEntry(.deleted, Self.file(2, version: 3), snapshotID: 8, sequenceNumber: 2),
      ManifestEntry(.added, Self.file(4, version: 3)),
    ]
    var (bytes, manifest) = try Self.write(entries, version: 3)
    manifest.sequenceNumber = 9
    manifest.firstRowID = 1000
    let read = try Self.reader(manifest).entries(bytes.rawBytes)
    #expect(read.map(\.sequenceNumber) == [9, 3, 2, 9])
    #expect(read.map(\.fileSequenceNumber) == [9, 4, nil, 9])
    #expect(read.map(\.snapshotID) == [77, 7, 8, 77])
    #expect(read.map(\.file.firstRowID) == [1000, 5, nil, 1100])
  }

  @Test("files of version 1 are as old as can be")
  func oldFiles() throws {
    var (bytes, manifest) = try Self.write(
      [ManifestEntry(.existing, Self.file(1, version: 1), snapshotID: 7)], version: 1)
    manifest.sequenceNumber = 0
    #expect(try Self.reader(manifest).entries(bytes.rawBytes).map(\.sequenceNumber) == [0])
  }

  @Test("a column that was promoted promotes its partition values")
  func promotion() throws {
    let narrow = Schema(fields: [NestedField(1, "x", .int), NestedField(2, "y", .date)])
    let spec = PartitionSpec(fields: [
      PartitionField(sourceID: 1, fieldID: 1000, name: "x", transform: .identity),
      PartitionField(sourceID: 2, fieldID: 1001, name: "y", transform: .identity),
    ])
    let file = DataFile(
      path: "p", partition: PartitionValues([.int(5), .date(1)]), recordCount: 1, fileSizeInBytes: 1
    )
    let (bytes, _) = try Self.write(
      [ManifestEntry(.added, file)], version: 2, spec: spec, schema: narrow)
    let reader = ManifestReader(nil, spec: spec, partitionTypes: [.long, .timestamp])
    #expect(
      try reader.entries(bytes.rawBytes)[0].file.partition.values
        == [.long(5), .timestamp(86_400_000_000)])
  }

  @Test("manifest lists give new manifests what they get from the snapshot", arguments: [1, 2, 3])
  func lists(_ version: Int) throws {
    let (_, fresh) = try Self.write(
      [ManifestEntry(.added, Self.file(1, version: version))], version: version)
    var old = fresh
    old.path = "old"
    old.sequenceNumber = version == 1 ? 0 : 2
    old.minSequenceNumber = version == 1 ? 0 : 1
    old.firstRowID = version > 2 ? 10 : nil
    old.partitions = nil
    old.keyMetadata = [9]
    old.addedSnapshotID = 5
    var list = try ManifestListWriter(
      formatVersion: version, snapshotID: 77, parentID: 5, sequenceNumber: 4, firstRowID: 500,
      sync: 7)
    var expected = [try list.add(old), try list.add(fresh), try list.add(fresh)]
    let next = list.nextRowID
    let output = try list.finish()
    if version > 2 {
      #expect(expected.map(\.firstRowID) == [10, 500, 600])
      #expect(next == 700)
    }
    if version > 1 { #expect(expected.map(\.sequenceNumber) == [2, 4, 4]) }
    if version == 1 { for index in expected.indices { expected[index].minSequenceNumber = 0 } }
    #expect(try ManifestListReader.manifests(output.bytes) == expected)
  }

  @Test("a manifest of another snapshot cannot be without a number")
  func foreignManifest() throws {
    let (_, manifest) = try Self.write([], version: 2)
    var list = try ManifestListWriter(
      formatVersion: 2, snapshotID: 78, parentID: nil, sequenceNumber: 4, sync: 7)
    let error = Result { () throws(IcebergError) in try list.add(manifest) }
    #expect((try? error.get()) == nil)
  }

  @Test("what does not fit its spec is not written")
  func badEntries() {
    var few = Self.file(1, version: 2)
    few.partition = PartitionValues([.int(1)])
    var wrong = Self.file(1, version: 2)
    wrong.partition.values[0] = .int(1)
    let unnumbered = ManifestEntry(.existing, Self.file(1, version: 2))
    for entry in [ManifestEntry(.added, few), ManifestEntry(.added, wrong), unnumbered] {
      let error = #expect(throws: IcebergError.self) { try Self.write([entry], version: 2) }
      #expect(error?.code == .validation)
    }
  }

  @Test(
    "a manifest whose schema is a trick is refused with the field named",
    arguments: [
      (#""name":"status","type":"int""#, #""name":"status","type":"string""#, "field 0"),
      (
        #""name":"file_path","type":"string""#,
        #""name":"file_path","type":["string","int","null"]"#, "union"
      ),
      (#""element-id":133"#, #""element-id":133,"x":1"#, ""),
      (#"{"type":"array","items":"long","element-id":133}"#, #""string""#, "field 132"),
      (#""field-id":2}"#, #""field-id":99}"#, "field 2"),
    ])
  func schemaTricks(_ from: String, _ to: String, _ reason: String) throws {
    let schema = Schema(fields: [NestedField(1, "x", .int)])
    let (bytes, _) = try Self.write([], version: 2, spec: .unpartitioned, schema: schema)
    let file = try AvroFileReader(bytes.rawBytes)
    let text = file.schema.text()
    #expect(text.contains(from), "\(text)")
    let changed = Array(text.replacing(from, with: to).utf8)
    let forged = AvroFileWriter(schema: try AvroSchema(parsing: changed.rawBytes), sync: 1)
    let output = try forged.finish()
    if reason.isEmpty {
      #expect(try ManifestReader().entries(output.bytes).isEmpty)
    } else {
      let error = #expect(throws: IcebergError.self) {
        try ManifestReader().entries(output.bytes)
      }
      #expect(error?.code == .corrupted)
      #expect(error?.message.contains(reason) == true, "\(String(describing: error))")
    }
  }

  @Test("the schema has the field ids of the specification")
  func fieldIDs() throws {
    let schema = Schema(fields: [NestedField(1, "x", .int)])
    for (version, ids) in [
      (1, "0 1 2 100 101 102 103 104 105 108 109 110 137 125 128 131 132 140"),
      (2, "0 1 3 4 2 134 100 101 102 103 104 108 109 110 137 125 128 131 132 135 140 143"),
      (
        3,
        "0 1 3 4 2 134 100 101 102 103 104 108 109 110 137 125 128 131 132 135 140 142 143 144 145"
      ),
    ] {
      let (bytes, _) = try Self.write([], version: version, spec: .unpartitioned, schema: schema)
      let file = try AvroFileReader(bytes.rawBytes)
      let root = file.schema
      guard case .record(_, let fields) = root.shape, let data = fields.last,
        case .record(_, let inner) = data.schema.shape
      else {
        Issue.record("\(root)")
        continue
      }
      let found = (fields + inner).map { $0.attributes["field-id"]?.description ?? "-" }
      #expect(found.joined(separator: " ") == ids)
    }
  }
}
