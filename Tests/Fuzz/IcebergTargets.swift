import Avro
import Bytes
import Compression
import Fuzzing
import Iceberg
import JSON
import Values

extension FuzzTarget {
  /// No more comes out than is allowed, of any format.
  static let compression = FuzzTarget(
    "compression",
    seeds: [[0x1F, 0x8B, 8, 0], [0x28, 0xB5, 0x2F, 0xFD], [4, 0x22, 0x4D, 0x18], [3]]
  ) { input in
    for format in Compression.allCases {
      var plain = ByteWriter()
      try? format.decompress(input, to: &plain, byteCountMax: 1 << 16)
      try Fuzzer.require(plain.count <= 1 << 16, "\(plain.count) bytes of \(format)")
    }
  }

  /// An Avro file is refused, or its values are read and written again.
  static let avro = FuzzTarget("avro", seeds: [IcebergSeeds.avro]) { input in
    var limits = AvroLimits()
    limits.blockByteCountMax = 1 << 18
    guard var file = try? AvroFileReader(input, limits: limits) else { return }
    var block = ByteWriter()
    while let count = try? file.nextBlock(into: &block) {
      var items = AvroDecoder(block.bytes, limits: limits)
      for _ in 0..<count {
        guard let value = try? items.value(file.schema, in: file.types) else { return }
        var again = ByteWriter()
        try again.append(avro: value, as: file.schema, in: file.types)
      }
    }
  }

  /// Table metadata that is read is written and read again as the same.
  static let icebergMetadata = FuzzTarget(
    "iceberg-metadata", texts: [IcebergSeeds.metadata],
    words: ["\"snapshots\":[", "\"type\":\"struct\"", "decimal(9,2)", "-1", "null"]
  ) { input in
    guard let read = try? TableMetadata.parse(file: input, uuid: UUID(bits: 1)) else { return }
    try? read.check()
    let text = Array(read.text().utf8)
    let again = try TableMetadata.parse(file: text.rawBytes, uuid: UUID(bits: 1))
    try Fuzzer.require(again == read, "\(read) became \(again)")
  }

  /// A view likewise.
  static let icebergView = FuzzTarget(
    "iceberg-view",
    texts: [
      #"{"view-uuid":"9c12d441-03fe-4693-9a96-a0705ddf69c1","format-version":1,"location":"l","#
        + #""current-version-id":1,"versions":[{"version-id":1,"timestamp-ms":1,"schema-id":0,"#
        + #""summary":{},"representations":[{"type":"sql","sql":"x","dialect":"y"}],"#
        + #""default-namespace":["a"]}],"version-log":[],"schemas":[],"properties":{}}"#
    ]
  ) { input in
    guard let read: ViewMetadata = try? IcebergDocument.parse(input) else { return }
    let text = Array(read.text().utf8)
    let again: ViewMetadata = try IcebergDocument.parse(text.rawBytes)
    try Fuzzer.require(again == read, "\(read) became \(again)")
  }

  /// What a commit makes of a table can be read.
  static let icebergCommit = FuzzTarget(
    "iceberg-commit",
    texts: [
      #"{"requirements":[{"type":"assert-create"}],"updates":[{"action":"add-schema","schema":"#
        + #"{"type":"struct","fields":[{"id":1,"name":"x","required":true,"type":"long"}]}},"#
        + #"{"action":"set-current-schema","schema-id":-1},{"action":"add-spec","spec":{"fields":"#
        + #"[{"source-id":1,"name":"b","transform":"bucket[4]"}]}},{"action":"set-default-spec","spec-id":-1}]}"#
    ], words: ["\"action\":\"", "\"snapshot-id\":", "remove-snapshots", "set-properties", "-1"]
  ) { input in
    guard let request: CommitTableRequest = try? IcebergDocument.parse(input),
      let made = try? TableMetadata.commit(
        nil, requirements: [], updates: request.updates, rules: CommitRules(nowMS: 5),
        previousLocation: nil, uuid: UUID(bits: 1), location: "s3://b/t")
    else { return }
    let text = Array(made.text().utf8)
    let again: TableMetadata = try IcebergDocument.parse(text.rawBytes)
    try Fuzzer.require(again == made, "\(made) became \(again)")
  }

  /// A filter that is read is written and read again as the same.
  static let icebergFilter = FuzzTarget(
    "iceberg-filter",
    texts: [
      #"{"type":"and","left":{"type":"in","term":"a","values":[1,2]},"right":{"type":"not","child":"#
        + #"{"type":"eq","left":{"type":"apply","function":"bucket","arguments":[4,{"type":"reference","id":1}]},"right":3}}}"#
    ], words: ["\"term\":", "\"left\":", "\"type\":\"or\"", "\"is-null\"", "\"literal\""]
  ) { input in
    guard let filter: Expression = try? IcebergDocument.parse(input) else { return }
    let text = Array(filter.text().utf8)
    let again: Expression = try IcebergDocument.parse(text.rawBytes)
    try Fuzzer.require(again == filter, "\(filter) became \(again)")
  }

  /// Manifests and manifest lists are refused or read.
  static let icebergManifest = FuzzTarget("iceberg-manifest", seeds: IcebergSeeds.manifests) {
    input in
    _ = try? ManifestReader().entries(input)
    _ = try? ManifestListReader.manifests(input)
  }

  /// A deletion vector that is read is written and read again as the same.
  static let icebergVector = FuzzTarget("iceberg-vector", seeds: IcebergSeeds.vectors) { input in
    _ = try? PuffinFooter(endOf: input, fileByteCount: Int64(input.byteCount))
    _ = try? DeletionVector(blob: input)
    guard let read = try? DeletionVector(input) else { return }
    var written = ByteWriter()
    read.append(to: &written)
    let isSame = try DeletionVector(written.bytes).isEqual(to: read)
    try Fuzzer.require(isSame, "a vector changed")
  }
}

/// Small documents and files of each kind.
enum IcebergSeeds {
  static let metadata =
    #"{"format-version":2,"table-uuid":"9c12d441-03fe-4693-9a96-a0705ddf69c1","location":"s3://b/t","#
    + #""last-sequence-number":1,"last-updated-ms":5,"last-column-id":1,"current-schema-id":0,"#
    + #""schemas":[{"type":"struct","schema-id":0,"fields":[{"id":1,"name":"x","required":true,"type":"long"}]}],"#
    + #""default-spec-id":0,"partition-specs":[{"spec-id":0,"fields":[{"source-id":1,"field-id":1000,"name":"x","transform":"identity"}]}],"#
    + #""last-partition-id":1000,"default-sort-order-id":0,"sort-orders":[{"order-id":0,"fields":[]}],"properties":{"a":"b"},"#
    + #""current-snapshot-id":5,"refs":{"main":{"snapshot-id":5,"type":"branch"}},"snapshots":[{"snapshot-id":5,"#
    + #""sequence-number":1,"timestamp-ms":5,"manifest-list":"l","summary":{"operation":"append"},"unknown":[1.5]}]}"#

  static let avro: [UInt8] = {
    let long = AvroSchema(.record(name: "r", fields: [AvroField("x", AvroSchema(.long))]))
    var file = AvroFileWriter(schema: long, codec: .deflate, sync: 5)
    file.items.append(avroLong: 300)
    return (try? file.endItem()) == nil ? [] : Self.bytes(file)
  }()

  private static func bytes(_ file: consuming AvroFileWriter) -> [UInt8] {
    guard let output = try? file.finish() else { return [] }
    return output.bytes.array
  }

  static let manifests: [[UInt8]] = [1, 2, 3].flatMap { version in
    (try? Self.manifest(version)) ?? []
  }

  private static func manifest(_ version: Int) throws -> [[UInt8]] {
    let schema = Schema(fields: [NestedField(1, "x", .long)])
    let spec = PartitionSpec(fields: [
      PartitionField(sourceID: 1, fieldID: 1000, name: "x", transform: .identity)
    ])
    var file = DataFile(
      path: "p", partition: PartitionValues([.long(5)]), recordCount: 1, fileSizeInBytes: 1)
    file.columnSizes = [1: 5]
    file.splitOffsets = [4]
    var writer = try ManifestWriter(
      path: "m", spec: spec, schema: schema, formatVersion: version, snapshotID: 7, sync: 5,
      compression: .none)
    try writer.add(ManifestEntry(.added, file))
    let written = try writer.finish()
    var list = try ManifestListWriter(
      formatVersion: version, snapshotID: 7, parentID: nil, sequenceNumber: 1, sync: 5,
      compression: .none)
    try list.add(written.manifest)
    let output = try list.finish()
    return [written.bytes.bytes.array, output.bytes.array]
  }

  static let vectors: [[UInt8]] = {
    var vector = DeletionVector()
    vector.insert(3..<9)
    for position in stride(from: UInt64(0), to: 9000, by: 2) { vector.insert(position) }
    var plain = ByteWriter()
    var blob = ByteWriter()
    vector.append(to: &plain)
    vector.append(blobTo: &blob)
    return [plain.bytes.array, blob.bytes.array]
  }()
}
