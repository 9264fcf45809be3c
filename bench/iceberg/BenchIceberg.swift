import Bytes
import Iceberg
import JSON
import Values

/// Reading and writing of table metadata, manifests and plans; `run.py` beside this file runs Python's
/// json and fastavro on the same documents and files.
///
///     bench-iceberg METADATA MANIFEST      the two files are written when they are not there
@main
struct BenchIceberg {
  static func main() throws {
    let arguments = CommandLine.arguments
    guard arguments.count == 3 else { fatalError("bench-iceberg METADATA MANIFEST") }
    try self.metadata(arguments[1])
    try self.manifests(arguments[2])
  }

  // MARK: Metadata

  private static func document() throws -> TableMetadata {
    let schema = Schema(
      fields: (1...40).map { NestedField($0, "column_\($0)", $0 % 2 == 0 ? .long : .string) })
    var table = try TableMetadata.create(
      schema: schema, spec: nil, order: nil, location: "s3://lake/warehouse/db/events",
      properties: ["format-version": "2"], uuid: UUID(bits: 7),
      rules: CommitRules(nowMS: 1_700_000_000_000))
    for number in 0..<2100 {
      var snapshot = Snapshot(
        id: 3_055_729_675_574_597_004 &+ Int64(number) &* 7919, parentID: nil,
        sequenceNumber: Int64(number + 1), timestampMS: 1_700_000_000_000 + Int64(number),
        manifestList:
          "s3://lake/warehouse/db/events/metadata/snap-305572967557459700\(number).avro",
        schemaID: 0)
      snapshot.summary = SnapshotSummary(
        .append,
        [
          .init("added-data-files", "4"), .init("added-records", "\(number * 31)"),
          .init("added-files-size", "\(number * 7001)"), .init("changed-partition-count", "1"),
          .init("total-records", "\(number * 100_003)"), .init("total-files-size", "9\(number)"),
          .init("total-data-files", "\(number * 4)"), .init("total-delete-files", "0"),
          .init("total-position-deletes", "0"), .init("total-equality-deletes", "0"),
        ])
      table.snapshots.append(snapshot)
      table.lastSequenceNumber = snapshot.sequenceNumber
      table.currentSnapshotID = snapshot.id
    }
    return table
  }

  private static func metadata(_ path: String) throws {
    let table = try self.document()
    var text = ByteWriter()
    text.appendJSON(table)
    try Files.write(text.bytes, to: path)
    let bytes = text.bytes.array
    var sum = 0
    try Timing.report("metadata parse", bytes.count, rounds: 100) {
      let read: TableMetadata = try IcebergDocument.parse(
        bytes.rawBytes, limits: IcebergLimits.metadata)
      sum += read.snapshots.count
    }
    Timing.report("metadata write", bytes.count, rounds: 200) {
      text.removeAll()
      text.appendJSON(table)
      sum += text.count
    }
    let parent = table.currentSnapshotID
    try Timing.report("metadata commit", bytes.count, rounds: 500) {
      let snapshot = Snapshot(
        id: 5, parentID: parent, sequenceNumber: 5000, timestampMS: 1_700_000_010_000,
        manifestList: "s3://lake/l.avro", summary: SnapshotSummary(.append), schemaID: 0)
      let next = try TableMetadata.commit(
        table, requirements: [.currentSchemaID(0)],
        updates: [
          .addSnapshot(snapshot),
          .setSnapshotReference(name: "main", SnapshotReference(.branch, at: 5)),
        ], rules: CommitRules(nowMS: 1_700_000_010_000), previousLocation: "s3://lake/m.json")
      sum += next?.snapshots.count ?? 0
    }
    precondition(sum > 0)
  }

  // MARK: Manifests

  private static let fileCount = 10_000

  private static func entries() -> [ManifestEntry] {
    (0..<self.fileCount).map { number in
      var file = DataFile(
        path:
          "s3://lake/warehouse/db/events/data/day=2026-11-\(number % 28)/part-\(number).parquet",
        partition: PartitionValues([.date(Int32(20_000 + number % 28))]), recordCount: 100_000,
        fileSizeInBytes: 120_000_000)
      var (sizes, values, nulls) = (ColumnCounts(), ColumnCounts(), ColumnCounts())
      var (lower, upper) = (ColumnBounds(), ColumnBounds())
      for column in 1...10 {
        sizes.append(Int64(1_000_000 + number), for: column)
        values.append(100_000, for: column)
        nulls.append(Int64(number % 7), for: column)
        lower.append(.long(Int64(number) * 1000), for: column)
        upper.append(.long(Int64(number) * 1000 + 999), for: column)
      }
      (file.columnSizes, file.valueCounts, file.nullValueCounts) = (sizes, values, nulls)
      (file.lowerBounds, file.upperBounds, file.splitOffsets) = (lower, upper, [4, 67_108_864])
      return ManifestEntry(.added, file, snapshotID: 5)
    }
  }

  private static func write(
    _ entries: [ManifestEntry], _ compression: ManifestCompression
  ) throws -> (bytes: [UInt8], file: ManifestFile) {
    let schema = Schema(
      fields: [NestedField(1, "day", .date)] + (2...10).map { NestedField($0, "c\($0)", .long) })
    var writer = try ManifestWriter(
      path: "s3://lake/m.avro", spec: Self.spec, schema: schema, formatVersion: 2, snapshotID: 5,
      sync: 77, compression: compression)
    for entry in entries { try writer.add(entry) }
    let written = try writer.finish()
    return (written.bytes.bytes.array, written.manifest)
  }

  private static let spec = PartitionSpec(
    fields: [PartitionField(sourceID: 1, fieldID: 1000, name: "day", transform: .identity)])

  private static func manifests(_ path: String) throws {
    let entries = self.entries()
    var sum = 0
    for (name, compression) in [("null", ManifestCompression.none), ("deflate", .deflate)] {
      var (bytes, manifest) = try self.write(entries, compression)
      try Files.write(bytes.rawBytes, to: "\(path).\(name)")
      manifest.sequenceNumber = 1
      try Timing.report("manifest \(name) write", bytes.count, rounds: 10, items: self.fileCount) {
        sum += try self.write(entries, compression).bytes.count
      }
      let reader = ManifestReader(manifest, spec: Self.spec, partitionTypes: [.date])
      try Timing.report("manifest \(name) read", bytes.count, rounds: 20, items: self.fileCount) {
        try reader.read(bytes.rawBytes) { (entry) throws(IcebergError) in
          sum += Int(truncatingIfNeeded: entry.file.recordCount)
        }
      }
      try self.plan(bytes, manifest, name, &sum)
    }
    precondition(sum != 0)
  }

  /// A selective filter over one manifest: what a plan of a thousand costs is a thousand times this.
  private static func plan(
    _ bytes: [UInt8], _ manifest: ManifestFile, _ name: String, _ sum: inout Int
  ) throws {
    var table = try self.document()
    table.partitionSpecs = [Self.spec]
    let schema = Schema(
      fields: [NestedField(1, "day", .date)] + (2...10).map { NestedField($0, "c\($0)", .long) })
    let planner = try ScanPlanner(
      metadata: table, schema: schema,
      filter: .and(
        .compare("c2", .greaterThan, .long(5_000_000)), .compare("c3", .lessThan, .long(5_100_000)))
    )
    var found = 0
    try Timing.report("plan \(name)", bytes.count, rounds: 20, items: self.fileCount) {
      var plan = ScanPlan()
      try planner.plan(
        bytes.rawBytes, of: manifest, deletes: DeleteFileIndex(), into: &plan)
      found += plan.tasks.count
    }
    sum += found
  }
}
