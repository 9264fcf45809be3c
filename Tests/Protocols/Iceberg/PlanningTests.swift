import Bytes
import Iceberg
import JSON
import Testing

@Suite("Scan planning")
struct PlanningTests {
  static let spec = PartitionSpec(
    id: 1, fields: [PartitionField(sourceID: 1, fieldID: 1000, name: "id", transform: .identity)])

  static func table() throws -> TableMetadata {
    var table = try Documents.fresh()
    table.partitionSpecs.append(Self.spec)
    return table
  }

  static func file(
    _ path: String, partition: Int64?, content: DataFile.Content = .data
  ) -> DataFile {
    var file = DataFile(
      content: content, path: path, specID: 1,
      partition: PartitionValues([partition.map(Literal.long)]), recordCount: 10,
      fileSizeInBytes: 100)
    if content == .equalityDeletes { file.equalityIDs = [2] }
    return file
  }

  static func bounded(_ file: DataFile, _ lower: String, _ upper: String, id: Int = 2) -> DataFile {
    var file = file
    var (low, high) = (ColumnBounds(), ColumnBounds())
    low.append(.string(lower), for: id)
    high.append(.string(upper), for: id)
    (file.lowerBounds, file.upperBounds) = (low, high)
    file.valueCounts = [id: 10]
    file.nullValueCounts = [id: 0]
    return file
  }

  struct Manifest {
    var bytes: [UInt8]
    var file: ManifestFile
  }

  static func manifest(
    _ entries: [ManifestEntry], _ content: ManifestFile.Content = .data, sequence: Int64,
    spec: PartitionSpec = Self.spec, version: Int = 3
  ) throws -> Manifest {
    let schema = try #require(try Self.table().currentSchema)
    var (bytes, file) = try ManifestTests.write(
      entries, version: version, content: content, spec: spec, schema: schema)
    file.sequenceNumber = sequence
    return Manifest(bytes: bytes, file: file)
  }

  static func plan(
    _ manifests: [Manifest], _ filter: Expression = .alwaysTrue,
    metrics: MetricsSelection = .none, addedBy: Set<Int64>? = nil
  ) throws -> ScanPlan {
    let table = try Self.table()
    let schema = try #require(table.currentSchema)
    let planner = try ScanPlanner(
      metadata: table, schema: schema, filter: filter, metrics: metrics, addedBy: addedBy)
    let (data, deletes) = try planner.select(manifests.map(\.file))
    var index = DeleteFileIndex()
    for manifest in manifests where deletes.contains(manifest.file) {
      try planner.read(manifest.bytes.rawBytes, of: manifest.file, into: &index)
    }
    var plan = ScanPlan()
    for manifest in manifests where data.contains(manifest.file) {
      try planner.plan(manifest.bytes.rawBytes, of: manifest.file, deletes: index, into: &plan)
    }
    return plan
  }

  static func paths(_ plan: ScanPlan) -> [String] { plan.tasks.map(\.file.path) }

  @Test("files are skipped by partition, by metrics, and when they were deleted")
  func skipping() throws {
    let manifest = try Self.manifest(
      [
        ManifestEntry(.added, Self.bounded(Self.file("a", partition: 1), "a", "f")),
        ManifestEntry(.added, Self.bounded(Self.file("b", partition: 2), "g", "k")),
        ManifestEntry(.added, Self.bounded(Self.file("c", partition: nil), "a", "z")),
        ManifestEntry(
          .deleted, Self.file("d", partition: 1), sequenceNumber: 1, fileSequenceNumber: 1),
      ], sequence: 2)
    #expect(try Self.paths(Self.plan([manifest])) == ["a", "b", "c"])
    let byPartition = try Self.plan([manifest], .compare("id", .equal, .long(2)))
    #expect(Self.paths(byPartition) == ["b"])
    #expect(byPartition.tasks[0].residual == .alwaysTrue)
    #expect(byPartition.skippedFileCount == 2)
    let byMetrics = try Self.plan([manifest], .compare("data", .greaterThan, .string("h")))
    #expect(Self.paths(byMetrics) == ["b", "c"])
    #expect(byMetrics.tasks[0].residual != .alwaysTrue)
    #expect(byMetrics.tasks[0].file.lowerBounds == nil)
    let none = try Self.plan([manifest], .compare("id", .equal, .long(9)))
    #expect(none.tasks.isEmpty)
    // The summary of the manifest said so: it was not read.
    #expect(none.skippedFileCount == 0)
    let kept = try Self.plan([manifest], metrics: .columns([2]))
    #expect(kept.tasks[0].file.lowerBounds?.literal(2, as: .string) == .string("a"))
  }

  @Test("position deletes reach files of their partition or path that are not newer")
  func positionDeletes() throws {
    var byPath = Self.file("p2", partition: 1, content: .positionDeletes)
    byPath.referencedDataFile = "old"
    let bounds = Self.bounded(
      Self.file("p3", partition: 1, content: .positionDeletes), "new", "new", id: 2_147_483_546)
    let data = try Self.manifest(
      [
        ManifestEntry(
          .existing, Self.file("old", partition: 1), sequenceNumber: 1, fileSequenceNumber: 1),
        ManifestEntry(
          .existing, Self.file("new", partition: 1), sequenceNumber: 5, fileSequenceNumber: 5),
        ManifestEntry(
          .existing, Self.file("other", partition: 2), sequenceNumber: 1, fileSequenceNumber: 1),
      ], sequence: 5, version: 2)
    let deletes = try Self.manifest(
      [
        ManifestEntry(.added, Self.file("p1", partition: 1, content: .positionDeletes)),
        ManifestEntry(.added, byPath), ManifestEntry(.added, bounds),
      ], .deletes, sequence: 4, version: 2)
    let plan = try Self.plan([data, deletes])
    func names(_ position: Int) -> [String] {
      plan.tasks[position].deletePositions.map { plan.deleteFiles[$0].path }
    }
    #expect(names(0) == ["p2", "p1"])
    // Newer than all deletes.
    #expect(names(1) == [])
    #expect(names(2) == [])
  }

  @Test("a deletion vector takes the place of position deletes")
  func vectors() throws {
    var vector = Self.file("v.puffin", partition: 1, content: .positionDeletes)
    vector.format = .puffin
    vector.referencedDataFile = "a"
    vector.contentOffset = 4
    vector.contentSizeInBytes = 40
    let data = try Self.manifest(
      [
        ManifestEntry(.added, Self.file("a", partition: 1)),
        ManifestEntry(.added, Self.file("b", partition: 1)),
      ], sequence: 1)
    let deletes = try Self.manifest(
      [
        ManifestEntry(.added, Self.file("p", partition: 1, content: .positionDeletes)),
        ManifestEntry(.added, vector),
      ], .deletes, sequence: 2)
    let plan = try Self.plan([data, deletes])
    #expect(
      plan.tasks.map { $0.deletePositions.map { plan.deleteFiles[$0].path } } == [
        ["v.puffin"], ["p"],
      ])
    var nameless = vector
    nameless.referencedDataFile = nil
    let broken = try Self.manifest([ManifestEntry(.added, nameless)], .deletes, sequence: 2)
    #expect(throws: IcebergError.self) { try Self.plan([data, broken]) }
  }

  @Test("equality deletes reach older files of their partition, or all when theirs has none")
  func equalityDeletes() throws {
    var global = Self.file("everywhere", partition: 1, content: .equalityDeletes)
    global.specID = 0
    global.partition = PartitionValues()
    let data = try Self.manifest(
      [
        ManifestEntry(.added, Self.bounded(Self.file("a", partition: 1), "a", "f")),
        ManifestEntry(.added, Self.bounded(Self.file("b", partition: 2), "a", "f")),
      ], sequence: 3)
    let deletes = try Self.manifest(
      [
        ManifestEntry(.added, Self.file("e", partition: 1, content: .equalityDeletes)),
        ManifestEntry(
          .added,
          Self.bounded(Self.file("far", partition: 1, content: .equalityDeletes), "x", "z")),
        ManifestEntry(
          .existing, Self.file("same age", partition: 1, content: .equalityDeletes),
          sequenceNumber: 3, fileSequenceNumber: 3),
      ], .deletes, sequence: 4)
    let all = try Self.manifest(
      [ManifestEntry(.added, global)], .deletes, sequence: 4, spec: .unpartitioned)
    let plan = try Self.plan([data, deletes, all])
    #expect(
      plan.tasks.map { Set($0.deletePositions.map { plan.deleteFiles[$0].path }) }
        == [["everywhere", "e"], ["everywhere"]])
    #expect(plan.deleteFiles.count == 2)
  }

  @Test("an incremental scan takes the new files of its snapshots")
  func incremental() throws {
    var table = try Documents.fresh()
    table.snapshots = (1...4).map { Documents.snapshot($0, parent: $0 - 1) }
    table.snapshots[2].summary = SnapshotSummary(.replace)
    #expect(try table.appendSnapshots(after: 1, through: 4).map(\.id) == [4, 2])
    #expect(try table.appendSnapshots(after: nil, through: 2).map(\.id) == [2, 1])
    #expect(throws: IcebergError.self) { try table.appendSnapshots(after: 9, through: 4) }
    #expect(throws: IcebergError.self) { try table.appendSnapshots(after: 1, through: 9) }
    let manifest = try Self.manifest(
      [
        ManifestEntry(.added, Self.file("new", partition: 1), snapshotID: 77),
        ManifestEntry(
          .existing, Self.file("old", partition: 1), snapshotID: 5, sequenceNumber: 1,
          fileSequenceNumber: 1),
      ], sequence: 2)
    #expect(try Self.paths(Self.plan([manifest], addedBy: [77])) == ["new"])
    #expect(try Self.paths(Self.plan([manifest], addedBy: [78])) == [])
  }

  @Test("a plan is written as clients read it")
  func response() throws {
    var vector = Self.file("v.puffin", partition: 1, content: .positionDeletes)
    vector.format = .puffin
    vector.referencedDataFile = "a"
    vector.contentOffset = 4
    vector.contentSizeInBytes = 40
    let data = try Self.manifest(
      [ManifestEntry(.added, Self.bounded(Self.file("a", partition: 1), "a", "f"))], sequence: 1)
    let deletes = try Self.manifest([ManifestEntry(.added, vector)], .deletes, sequence: 2)
    let plan = try Self.plan(
      [data, deletes], .compare("data", .equal, .string("b")), metrics: .all)
    var tasks = ScanTasks(
      plan, schema: try #require(try Self.table().currentSchema), planTasks: ["t1"])
    tasks.writesResiduals = true
    let text = PlanResponse.completed(tasks, planID: "p", credentials: []).text()
    #expect(
      text
        == #"{"status":"completed","plan-id":"p","file-scan-tasks":[{"data-file":{"content":"data","#
        + #""file-path":"a","file-format":"parquet","spec-id":1,"partition":[1],"file-size-in-bytes":100,"#
        + #""record-count":10,"value-counts":{"keys":[2],"values":[10]},"null-value-counts":{"keys":[2],"values":[0]},"#
        + #""lower-bounds":{"keys":[2],"values":["a"]},"upper-bounds":{"keys":[2],"values":["f"]}},"#
        + #""delete-file-references":[0],"residual-filter":{"type":"eq","term":"data","value":"b"}}],"#
        + #""delete-files":[{"content":"position-deletes","file-path":"v.puffin","file-format":"puffin","#
        + #""spec-id":1,"partition":[1],"file-size-in-bytes":100,"record-count":10,"#
        + #""referenced-data-file":"a","content-offset":4,"content-size-in-bytes":40}],"plan-tasks":["t1"]}"#
    )
    #expect(PlanResponse.submitted(planID: "p").text() == #"{"status":"submitted","plan-id":"p"}"#)
    #expect(
      PlanResponse.failed(ErrorResponse(.notFound, "gone")).text()
        == #"{"status":"failed","error":{"message":"gone","type":"NotFoundException","code":404}}"#)
  }

  @Test("a summary counts what a snapshot adds to its parent")
  func summary() throws {
    let parent = SnapshotSummary(
      .append, [.init("total-records", "50"), .init("total-data-files", "5")])
    let summary = SnapshotSummary.counting(
      .overwrite, added: [Self.file("a", partition: 1), Self.file("b", partition: 2)],
      removed: [Self.file("c", partition: 1)], parent: parent, hasParent: true)
    #expect(summary["added-data-files"] == "2")
    #expect(summary["deleted-records"] == "10")
    #expect(summary["changed-partition-count"] == "2")
    #expect(summary["total-records"] == "60")
    #expect(summary["total-data-files"] == "6")
    #expect(summary["total-files-size"] == nil)
    #expect(TableStatistics(summary).rowCount == 60)
    #expect(TableStatistics(summary).byteCount == nil)
  }

  @Test("a manifest of a spec that the table lacks, or of the other kind, fails the plan")
  func corruption() throws {
    var manifest = try Self.manifest(
      [ManifestEntry(.added, Self.file("a", partition: 1))], sequence: 1)
    var lost = manifest
    lost.file.specID = 9
    #expect(throws: IcebergError.self) { try Self.plan([lost]) }
    manifest.bytes.removeLast(20)
    let error = #expect(throws: IcebergError.self) { try Self.plan([manifest]) }
    #expect(error?.code == .corrupted)
    #expect(error?.message.contains("s3://b/t/metadata/m.avro") == true)
  }
}
