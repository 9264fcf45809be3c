import Bytes
import Iceberg
import Values

/// The files of one rewrite while they are made. Belongs to its task.
final class RewriteSession {
  private let metadata: TableMetadata
  private let current: Snapshot
  private let folder: String
  let id: ObjectID
  private let now: Int64
  private let snapshotID: Int64
  private var new: [ManifestFile] = []
  private var paths: [String] = []
  private var entryCount = 0
  /// Data files that are new, and those whose rows they have.
  private(set) var added: [DataFile] = []
  private var removed: [String: DataFile] = [:]
  private var snapshot: Snapshot?
  private var manifestCount = 0
  private let targetBytes: Int

  init(
    _ metadata: TableMetadata, after current: Snapshot, folder: String, id: ObjectID,
    atMS now: Int64
  ) {
    self.metadata = metadata
    self.current = current
    self.folder = folder
    self.id = id
    self.now = max(now, metadata.lastUpdatedMS)
    self.snapshotID = Int64(bitPattern: (id.high ^ id.low) & 0x7FFF_FFFF_FFFF_FFFF)
    self.targetBytes = Int(
      clamping: ManifestRewrite([], metadata).targetBytes)
  }

  private var sync: UInt128 { self.id.uuid.bits }

  private func schema() throws(IcebergError) -> Schema {
    guard let schema = self.metadata.schema(of: self.current) else {
      throw IcebergError(.validation, "the table has no schema")
    }
    return schema
  }

  private func spec(_ id: Int) throws(IcebergError) -> PartitionSpec {
    guard let spec = self.metadata.partitionSpec(id: id) else {
      throw IcebergError(.validation, "the table has no partition spec \(id)")
    }
    return spec
  }

  /// The sources of a spec's identity fields: their values may be in the partition and not in the file.
  func identitySources(specID: Int) throws(IcebergError) -> Set<Int> {
    Set(try self.spec(specID).fields.filter { $0.transform == .identity }.compactMap(\.sourceID))
  }

  func replace(_ files: [DataFile], with file: DataFile) {
    self.added.append(file)
    self.paths.append(file.path)
    self.remove(files)
  }

  func remove(_ files: [DataFile]) {
    for file in files { self.removed[Self.key(file)] = file }
  }

  /// Vectors share a file.
  private static func key(_ file: DataFile) -> String {
    file.contentOffset.map { "\(file.path)#\($0)" } ?? file.path
  }

  var hasChanges: Bool { !self.added.isEmpty || !self.removed.isEmpty }
  var removesDeletes: Bool { self.removed.values.contains { $0.content != .data } }
  var removedPaths: Set<String> {
    Set(self.removed.values.filter { $0.content == .data }.map(\.path))
  }

  /// Manifests of the new files, one for each spec.
  func addedManifests() throws(IcebergError) -> [(path: String, bytes: [UInt8])] {
    var files: [(path: String, bytes: [UInt8])] = []
    for (specID, added) in Dictionary(grouping: self.added, by: \.specID).sorted(by: {
      $0.key < $1.key
    }) {
      files += try self.manifests(of: added.map { ManifestEntry(.added, $0) }, specID: specID)
    }
    return files
  }

  /// The entries of a manifest some of whose files went; nil when none did.
  func entriesWithout(
    _ bytes: [UInt8], of manifest: ManifestFile
  ) throws(IcebergError) -> [ManifestEntry]? {
    var isTouched = false
    let entries = try self.liveEntries(bytes, of: manifest).map { entry in
      guard self.removed[Self.key(entry.file)] != nil else { return entry }
      isTouched = true
      var entry = entry
      entry.status = .deleted
      entry.snapshotID = self.snapshotID
      return entry
    }
    return isTouched ? entries : nil
  }

  func liveEntries(
    _ bytes: [UInt8], of manifest: ManifestFile
  ) throws(IcebergError) -> [ManifestEntry] {
    let spec = try self.spec(manifest.specID)
    let reader = ManifestReader(
      manifest, spec: spec, partitionTypes: spec.resultTypes(in: SchemaIndex(try self.schema())))
    return try reader.entries(bytes.rawBytes).filter(\.isLive).map { entry in
      var entry = entry
      entry.status = .existing
      return entry
    }
  }

  func manifests(
    of entries: [ManifestEntry], specID: Int, content: ManifestFile.Content = .data
  ) throws(IcebergError) -> [(path: String, bytes: [UInt8])] {
    var files: [(path: String, bytes: [UInt8])] = []
    var position = 0
    while position < entries.count {
      let path = "\(self.folder)/\(self.id)-m\(self.new.count).avro"
      var writer = try ManifestWriter(
        path: path, spec: try self.spec(specID), schema: try self.schema(),
        formatVersion: self.metadata.formatVersion, content: content,
        snapshotID: self.snapshotID, sync: self.sync)
      repeat {
        try writer.add(entries[position])
        position += 1
      } while position < entries.count && writer.byteCount < self.targetBytes
      let written = try writer.finish()
      self.new.append(written.manifest)
      self.paths.append(path)
      files.append((path, written.bytes.bytes.array))
    }
    self.entryCount += entries.count
    return files
  }

  /// The list with the new manifests before those that stay.
  func finish(
    keeping kept: [ManifestFile], replaced: Int
  ) throws(IcebergError) -> (path: String, bytes: [UInt8]) {
    let path = "\(self.folder)/snap-\(self.snapshotID)-1-\(self.id).avro"
    var list = try ManifestListWriter(
      formatVersion: self.metadata.formatVersion, snapshotID: self.snapshotID,
      parentID: self.current.id, sequenceNumber: self.metadata.lastSequenceNumber + 1,
      firstRowID: self.metadata.nextRowID, sync: self.sync)
    for manifest in self.new + kept { try list.add(manifest) }
    let next = list.nextRowID
    let bytes = try list.finish()
    self.paths.append(path)
    self.manifestCount = self.new.count + kept.count
    var summary = SnapshotSummary.counting(
      .replace, added: self.added, removed: Array(self.removed.values),
      parent: self.current.summary, hasParent: true)
    summary.entries += [
      SnapshotSummary.Entry("manifests-created", "\(self.new.count)"),
      SnapshotSummary.Entry("manifests-kept", "\(kept.count)"),
      SnapshotSummary.Entry("manifests-replaced", "\(replaced)"),
      SnapshotSummary.Entry("entries-processed", "\(self.entryCount)"),
    ]
    let isRowed = self.metadata.formatVersion > 2
    self.snapshot = Snapshot(
      id: self.snapshotID, parentID: self.current.id,
      sequenceNumber: self.metadata.formatVersion > 1 ? self.metadata.lastSequenceNumber + 1 : 0,
      timestampMS: self.now, manifestList: path, summary: summary,
      schemaID: self.current.schemaID ?? self.metadata.currentSchemaID,
      firstRowID: isRowed ? self.metadata.nextRowID : nil,
      addedRows: isRowed ? next - self.metadata.nextRowID : nil)
    return (path, bytes.bytes.array)
  }

  func written() throws(IcebergError) -> WrittenRewrite {
    guard let snapshot = self.snapshot else {
      throw IcebergError(.validation, "the rewrite was not finished")
    }
    return WrittenRewrite(
      snapshot: snapshot, manifestCount: Int64(self.manifestCount), paths: self.paths)
  }
}
