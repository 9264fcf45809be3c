/// The delete files of a snapshot, by what they can apply to.
public struct DeleteFileIndex: Sendable {
  /// A delete file and its age.
  struct Delete: Sendable {
    let file: DataFile
    let sequenceNumber: Int64
    /// Where it stands among all.
    let position: Int
  }

  private struct Partition: Hashable {
    let specID: Int
    let values: PartitionValues
  }

  private var vectors: [ExactText: [Delete]] = [:]
  private var byPath: [ExactText: [Delete]] = [:]
  private var positionsByPartition: [Partition: [Delete]] = [:]
  private var equalitiesByPartition: [Partition: [Delete]] = [:]
  private var globalEqualities: [Delete] = []
  public private(set) var count = 0

  /// The metadata column that holds the paths of data files in position delete files.
  static let pathFieldID = 2_147_483_546

  public init() {}

  public var isEmpty: Bool { self.count == 0 }

  /// - Parameter isGlobal: whether the file's spec has no partitions, so that equality deletes reach all.
  mutating func insert(_ entry: ManifestEntry, isGlobal: Bool) throws(IcebergError) {
    let delete = Delete(
      file: entry.file, sequenceNumber: entry.sequenceNumber ?? 0, position: self.count)
    let partition = Partition(specID: entry.file.specID, values: entry.file.partition)
    self.count += 1
    switch entry.file.content {
    case .data:
      throw IcebergError(
        .corrupted, "data file \(quoted(entry.file.path)) is in a manifest of delete files")
    case .positionDeletes:
      if entry.file.isDeletionVector {
        guard let path = entry.file.referencedDataFile else {
          throw IcebergError(
            .corrupted, "deletion vector in \(quoted(entry.file.path)) names no data file")
        }
        self.vectors[ExactText(path), default: []].append(delete)
      } else if let path = Self.onlyPath(of: entry.file) {
        self.byPath[ExactText(path), default: []].append(delete)
      } else {
        self.positionsByPartition[partition, default: []].append(delete)
      }
    case .equalityDeletes:
      if isGlobal {
        self.globalEqualities.append(delete)
      } else {
        self.equalitiesByPartition[partition, default: []].append(delete)
      }
    }
  }

  /// The one data file that a position delete file is about, when it says so or its bounds do.
  private static func onlyPath(of file: DataFile) -> String? {
    if let path = file.referencedDataFile { return path }
    guard case .string(let lower)? = file.lowerBounds?.literal(self.pathFieldID, as: .string),
      case .string(let upper)? = file.upperBounds?.literal(self.pathFieldID, as: .string),
      ExactText(lower) == ExactText(upper)
    else { return nil }
    return lower
  }

  /// The deletes that apply to a data file.
  func deletes(
    for entry: ManifestEntry, types: (_ fieldID: Int) -> PrimitiveType?
  ) -> [Delete] {
    guard !self.isEmpty else { return [] }
    let age = entry.sequenceNumber ?? 0
    let partition = Partition(specID: entry.file.specID, values: entry.file.partition)
    var found: [Delete] = []
    for candidates in [self.globalEqualities, self.equalitiesByPartition[partition] ?? []] {
      for delete in candidates where delete.sequenceNumber > age {
        if EqualityOverlap.mayOverlap(delete.file, entry.file, types: types) {
          found.append(delete)
        }
      }
    }
    let path = ExactText(entry.file.path)
    // A vector takes the place of all position deletes before it.
    if let vector = self.vectors[path]?.last(where: { $0.sequenceNumber >= age }) {
      found.append(vector)
    } else {
      found += (self.byPath[path] ?? []).filter { $0.sequenceNumber >= age }
      found += (self.positionsByPartition[partition] ?? []).filter {
        $0.sequenceNumber >= age && Self.mayName(entry.file.path, $0.file)
      }
    }
    return found
  }

  /// Whether a path can be among those of a position delete file, by its bounds.
  private static func mayName(_ path: String, _ file: DataFile) -> Bool {
    BoundRange(
      file.lowerBounds?.literal(self.pathFieldID, as: .string),
      file.upperBounds?.literal(self.pathFieldID, as: .string)
    ).mayContain(.equal, .string(path))
  }
}

/// Whether an equality delete file and a data file can have a row in common, by their metrics.
enum EqualityOverlap {
  static func mayOverlap(
    _ delete: DataFile, _ data: DataFile, types: (_ fieldID: Int) -> PrimitiveType?
  ) -> Bool {
    for id in delete.equalityIDs ?? [] {
      guard let type = types(id) else { continue }
      // A null deletes a null, whatever the bounds are.
      if delete.nullValueCounts?[id] ?? 1 > 0, data.nullValueCounts?[id] ?? 1 > 0 { continue }
      if type == .float || type == .double { continue }
      guard let deleted = Self.bounds(delete, id, type), let kept = Self.bounds(data, id, type)
      else { continue }
      if deleted.1.isBefore(kept.0) ?? false || kept.1.isBefore(deleted.0) ?? false { return false }
    }
    return true
  }

  private static func bounds(
    _ file: DataFile, _ id: Int, _ type: PrimitiveType
  ) -> (Literal, Literal)? {
    guard let lower = file.lowerBounds?.literal(id, as: type),
      let upper = file.upperBounds?.literal(id, as: type)
    else { return nil }
    return (lower, upper)
  }
}
