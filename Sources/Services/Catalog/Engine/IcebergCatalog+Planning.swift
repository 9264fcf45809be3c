import Bytes
import Iceberg
import Values

/// Scan planning: which files a scan must read, worked out here from the manifests. It is done when it is
/// answered: there are no plans that go on behind an answer.
extension IcebergCatalog {
  /// Manifests that are read at a time.
  private static let readsMax = 8
  static let manifestBytesMax = 256 << 20
  private static let manifestCountMax = 20_000

  func plan(
    _ request: PlanTableScanRequest, _ identifier: TableIdentifier, in warehouse: Warehouse,
    _ mode: LoadMode, by caller: Caller
  ) async throws -> PlanResponse {
    let entry = try await self.entry(.table, identifier, in: warehouse, .read, by: caller)
    let document = try await self.document(of: entry)
    let scan = try PlannedScan(request, try self.metadata(document))
    let access = try await self.storageAccess(
      to: document.location, identifier, in: warehouse, mode, by: caller)
    do {
      let tasks = try await self.tasks(of: scan, in: warehouse)
      return .completed(tasks, planID: nil, credentials: access.credentials)
    } catch let error as StorageError {
      let type: ErrorType =
        switch error.code {
        case .notFound: .notFound
        case .unavailable: .serviceUnavailable
        case .notAllowed, .tooLarge, .exists: .badRequest
        }
      return .failed(ErrorResponse(type, error.message))
    } catch let error as IcebergError {
      return .failed(ErrorResponse(error))
    }
  }

  private func tasks(of scan: PlannedScan, in warehouse: Warehouse) async throws -> ScanTasks {
    var manifests: [ManifestFile] = []
    for list in scan.manifestLists {
      let bytes = try await warehouse.storage.read(list, limit: Self.manifestBytesMax)
      manifests += try ManifestListReader.manifests(bytes.rawBytes)
    }
    let selection = try scan.planner.select(scan.without(doubles: manifests))
    let count = selection.data.count + selection.deletes.count
    guard count <= Self.manifestCountMax else {
      throw IcebergError(
        .tooLarge, "\(count) manifests match; a plan reads at most \(Self.manifestCountMax)")
    }
    var deletes = DeleteFileIndex()
    try await self.read(selection.deletes, in: warehouse) { bytes, manifest in
      try scan.planner.read(bytes.rawBytes, of: manifest, into: &deletes)
    }
    var plan = ScanPlan()
    let found = deletes
    try await self.read(selection.data, in: warehouse) { bytes, manifest in
      try scan.planner.plan(bytes.rawBytes, of: manifest, deletes: found, into: &plan)
    }
    return ScanTasks(plan, schema: scan.schema)
  }

  /// Reads manifests some at a time and hands each over in its order.
  func read(
    _ manifests: [ManifestFile], in warehouse: Warehouse,
    _ take: ([UInt8], ManifestFile) throws -> Void
  ) async throws {
    for start in stride(from: 0, to: manifests.count, by: Self.readsMax) {
      let part = manifests[start..<min(start + Self.readsMax, manifests.count)]
      let paths = part.map(\.path)
      var contents = [Result<[UInt8], any Error>?](repeating: nil, count: paths.count)
      await withTaskGroup(of: ReadManifest.self) { group in
        for (index, path) in paths.enumerated() {
          group.addTask { await Self.readManifest(index, path, in: warehouse) }
        }
        for await read in group { contents[read.index] = read.content }
      }
      for (content, manifest) in zip(contents, part) {
        guard let bytes = try content?.get() else { continue }
        try take(bytes, manifest)
      }
    }
  }

  // A function of its own, and a struct: with typed errors and tuples in the closure the optimiser
  // (6.3.1) made the index of another one.
  @inline(never)
  private static func readManifest(
    _ index: Int, _ path: String, in warehouse: Warehouse
  ) async -> ReadManifest {
    do {
      let bytes = try await warehouse.storage.read(path, limit: Self.manifestBytesMax)
      return ReadManifest(index: index, content: .success(bytes))
    } catch {
      return ReadManifest(index: index, content: .failure(error))
    }
  }
}

private struct ReadManifest: Sendable {
  var index: Int
  var content: Result<[UInt8], any Error>
}

/// What a request to plan means for a table.
final class PlannedScan: Sendable {
  let planner: ScanPlanner
  let schema: Schema
  let manifestLists: [String]
  private let isIncremental: Bool

  /// Throws 400 for what is not there: a snapshot, a column, a schema.
  init(_ request: PlanTableScanRequest, _ metadata: TableMetadata) throws(IcebergError) {
    var snapshots: [Snapshot] = []
    var addedBy: Set<Int64>?
    switch request.range {
    case .current: if let current = metadata.currentSnapshot { snapshots = [current] }
    case .snapshot(let id):
      guard let snapshot = metadata.snapshot(id: id) else {
        throw IcebergError(.badRequest, "there is no snapshot \(id)")
      }
      snapshots = [snapshot]
    case .increment(let start, let end):
      snapshots = try metadata.appendSnapshots(after: start, through: end)
      addedBy = Set(snapshots.map(\.id))
    }
    var schema = metadata.currentSchema
    if request.usesSnapshotSchema, let first = snapshots.first {
      schema = metadata.schema(of: first)
    }
    guard let schema else {
      throw IcebergError(.badRequest, "the table has no schema for the scan")
    }
    let index = SchemaIndex(schema)
    func ids(_ names: [String]) throws(IcebergError) -> Set<Int> {
      var ids: Set<Int> = []
      for name in names {
        guard let field = index.field(named: name, isCaseSensitive: request.isCaseSensitive)
        else {
          throw IcebergError(.badRequest, "there is no column \(name.prefix(200).debugDescription)")
        }
        ids.insert(field.id)
      }
      return ids
    }
    _ = try ids(request.select ?? [])
    self.planner = try ScanPlanner(
      metadata: metadata, schema: schema, filter: request.filter,
      isCaseSensitive: request.isCaseSensitive,
      metrics: .columns(try ids(request.statsFields ?? [])), addedBy: addedBy)
    self.schema = schema
    self.isIncremental = addedBy != nil
    var lists: [String] = []
    for snapshot in snapshots {
      guard let list = snapshot.manifestList else {
        throw IcebergError(
          .unsupported, "snapshot \(snapshot.id) has no manifest list: it is of version 1")
      }
      lists.append(list)
    }
    self.manifestLists = lists
  }

  /// Later lists name the manifests of earlier ones again.
  func without(doubles manifests: [ManifestFile]) -> [ManifestFile] {
    guard self.isIncremental else { return manifests }
    var seen: Set<String> = []
    return manifests.filter { seen.insert($0.path).inserted }
  }
}
