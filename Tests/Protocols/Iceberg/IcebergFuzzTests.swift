import Bytes
import Fuzzing
import Iceberg
import JSON
import Testing
import Values

/// Damaged documents and files: each is refused or read, and what is read is written again.
@Suite("Iceberg under damaged input")
struct IcebergFuzzTests {
  static let words = [
    "\"snapshot-id\":", "9223372036854775807", "-1", "null", "\"type\":", "\"struct\"", "\"list\"",
    "decimal(9,2)", "fixed[", "bucket[", "\"fields\":[", "1.0", "{}", "[]", "true",
  ]

  @Test("table metadata")
  func metadata() throws {
    try Fuzzer.run(
      name: "iceberg-metadata", seeds: (1...3).map { Array(Documents.table($0).utf8) },
      iterations: 3000, dictionary: Self.words.map { Array($0.utf8) }
    ) { input in
      guard let read = try? TableMetadata.parse(file: input, uuid: UUID(bits: 1)) else { return }
      try? read.check()
      let text = Array(read.text().utf8)
      let again = try TableMetadata.parse(file: text.rawBytes, uuid: UUID(bits: 1))
      try Fuzzer.require(again == read, "\(read) became \(again)")
    }
  }

  @Test("commits")
  func commits() throws {
    let base = try Documents.metadata(3)
    let seeds = [
      #"{"requirements":[{"type":"assert-ref-snapshot-id","ref":"main","snapshot-id":null}],"updates":[{"action":"add-schema","schema":{"type":"struct","fields":[{"id":1,"name":"x","required":true,"type":"long"}]}},{"action":"set-current-schema","schema-id":-1},{"action":"add-spec","spec":{"fields":[{"source-id":1,"name":"b","transform":"bucket[4]"}]}},{"action":"set-default-spec","spec-id":-1}]}"#,
      #"{"requirements":[],"updates":[{"action":"add-snapshot","snapshot":{"snapshot-id":5,"sequence-number":9007199254740999,"timestamp-ms":1555100955770,"manifest-list":"l","summary":{"operation":"append"},"first-row-id":9223372036854775806,"added-rows":1}},{"action":"set-snapshot-ref","ref-name":"main","type":"branch","snapshot-id":5},{"action":"remove-snapshots","snapshot-ids":[9223372036854775807]}]}"#,
    ]
    try Fuzzer.run(
      name: "iceberg-commit", seeds: seeds.map { Array($0.utf8) }, iterations: 5000,
      dictionary: (Self.words + ["\"action\":\"", "remove-snapshot-ref", "set-properties"])
        .map { Array($0.utf8) }
    ) { input in
      guard let request: CommitTableRequest = try? IcebergDocument.parse(input) else { return }
      guard
        let next = try? TableMetadata.commit(
          base, requirements: [], updates: request.updates, rules: Documents.rules,
          previousLocation: "x")
      else { return }
      let text = Array(next.text().utf8)
      let again: TableMetadata = try IcebergDocument.parse(
        text.rawBytes, limits: IcebergLimits.metadata)
      try Fuzzer.require(again == next, "a commit made what cannot be read")
    }
  }

  @Test("filters")
  func filters() throws {
    let seeds = ExpressionTests.forms.flatMap { [Array($0.0.utf8), Array($0.1.utf8)] }
    try Fuzzer.run(
      name: "iceberg-filter", seeds: seeds, iterations: 5000,
      dictionary: (Self.words + ["\"term\":", "\"left\":", "\"and\"", "\"apply\""])
        .map { Array($0.utf8) }
    ) { input in
      guard let filter: Expression = try? IcebergDocument.parse(input) else { return }
      let text = Array(filter.text().utf8)
      let again: Expression = try IcebergDocument.parse(text.rawBytes)
      try Fuzzer.require(again == filter, "\(filter) became \(again)")
      _ = try? filter.bound(to: ExpressionTests.index)
    }
  }

  @Test("manifests and manifest lists")
  func manifests() throws {
    var seeds: [[UInt8]] = []
    for version in 1...3 {
      let entries = (0..<3).map {
        ManifestEntry(.added, ManifestTests.file($0, version: version), snapshotID: 7)
      }
      let (bytes, manifest) = try ManifestTests.write(entries, version: version)
      seeds.append(bytes)
      var list = try ManifestListWriter(
        formatVersion: version, snapshotID: 77, parentID: nil, sequenceNumber: 4, sync: 7,
        compression: .none)
      try list.add(manifest)
      let output = try list.finish()
      seeds.append(output.bytes.array)
    }
    try Fuzzer.run(name: "iceberg-manifest", seeds: seeds, iterations: 4000) { input in
      _ = try? ManifestReader().entries(input)
      _ = try? ManifestListReader.manifests(input)
      _ = try? ManifestTests.reader(nil).entries(input)
    }
  }

  @Test("deletion vectors and Puffin files")
  func vectors() throws {
    var writer = PuffinWriter()
    var vector = DeletionVector()
    vector.insert(3..<9)
    for position in stride(from: UInt64(0), to: 9000, by: 2) { vector.insert(position) }
    try writer.add(vector, referencing: "s3://b/1.parquet")
    let file = writer.finish()
    var plain = ByteWriter()
    vector.append(to: &plain)
    try Fuzzer.run(
      name: "iceberg-vector", seeds: [plain.bytes.array, file.bytes.bytes.array], iterations: 4000
    ) { input in
      _ = try? PuffinFooter(endOf: input, fileByteCount: Int64(input.byteCount))
      guard let read = try? DeletionVector(input) else { return }
      var again = ByteWriter()
      read.append(to: &again)
      let same = try DeletionVector(again.bytes).isEqual(to: read)
      try Fuzzer.require(same, "a vector changed")
    }
  }
}
