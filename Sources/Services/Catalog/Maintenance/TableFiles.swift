import Bytes
import Iceberg
import Values

/// Files that snapshots lead to, by their folded locations: spellings of one place count as one.
struct TableFiles {
  private(set) var keys: Set<String> = []

  static func key(_ path: String) -> String {
    (try? Location(parsing: path).folded.description) ?? path
  }

  mutating func add(_ path: String) { self.keys.insert(Self.key(path)) }
  func contains(_ path: String) -> Bool { self.keys.contains(Self.key(path)) }
}

/// Walks from snapshots to their files.
extension IcebergCatalog {
  /// The manifests of some snapshots, each once, in the order of their paths.
  func manifests(
    of snapshots: [Snapshot], in warehouse: Warehouse
  ) async throws -> [ManifestFile] {
    var found: [String: ManifestFile] = [:]
    for snapshot in snapshots {
      for manifest in try await self.manifests(of: snapshot, in: warehouse) {
        found[manifest.path] = manifest
      }
    }
    return found.values.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  func manifests(
    of snapshot: Snapshot, in warehouse: Warehouse
  ) async throws -> [ManifestFile] {
    guard let list = snapshot.manifestList else {
      throw IcebergError(
        .unsupported, "snapshot \(snapshot.id) has no manifest list: it is of version 1")
    }
    try Task.checkCancellation()
    let bytes = try await self.stored(list, in: warehouse)
    return try ManifestListReader.manifests(bytes.rawBytes)
  }

  /// Reads a file of a table; what is wrong comes as the protocol's words.
  func stored(_ location: String, in warehouse: Warehouse) async throws -> [UInt8] {
    do throws(StorageError) {
      return try await warehouse.storage.read(location, limit: Self.manifestBytesMax)
    } catch {
      switch error.code {
      case .notFound: throw ErrorResponse(.notFound, "File does not exist: \(location)")
      case .unavailable: throw ErrorResponse.unavailable(error.message)
      case .notAllowed, .exists, .tooLarge: throw IcebergError(.validation, error.message)
      }
    }
  }

  /// Calls `take` with every entry of some manifests, without metrics.
  func entries(
    of manifests: [ManifestFile], in warehouse: Warehouse,
    _ take: (ManifestEntry) -> Void
  ) async throws {
    try await self.read(manifests, in: warehouse) { bytes, manifest in
      var reader = ManifestReader(manifest)
      reader.metrics = .none
      try reader.read(bytes.rawBytes) { (entry) throws(IcebergError) in take(entry) }
    }
  }

  /// Everything that a table's document leads to.
  func allFiles(
    of metadata: TableMetadata, at location: String, in warehouse: Warehouse
  ) async throws -> TableFiles {
    var files = TableFiles()
    files.add(location)
    for entry in metadata.metadataLog { files.add(entry.metadataFile) }
    for statistics in metadata.statistics { files.add(statistics.path) }
    for statistics in metadata.partitionStatistics { files.add(statistics.path) }
    for list in metadata.snapshots.compactMap(\.manifestList) { files.add(list) }
    let manifests = try await self.manifests(of: metadata.snapshots, in: warehouse)
    for manifest in manifests { files.add(manifest.path) }
    try await self.entries(of: manifests, in: warehouse) { files.add($0.file.path) }
    return files
  }
}
