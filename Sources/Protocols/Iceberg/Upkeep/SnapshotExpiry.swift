/// Which snapshots and references of a table are over: pure rules, like those of Iceberg's own action.
///
/// A branch keeps the newest of its snapshots, and those that are young; what is behind the first one that
/// is neither goes. Tags keep theirs. What no reference leads to goes when it is old. References other
/// than `main` go when their snapshot is older than they may become.
public struct SnapshotExpiry: Hashable, Sendable {
  /// In the order of the table's snapshots.
  public private(set) var snapshotIDs: [Int64] = []
  /// By name.
  public private(set) var references: [String] = []

  public var isEmpty: Bool { self.snapshotIDs.isEmpty && self.references.isEmpty }

  public struct Policy: Hashable, Sendable {
    public var maxSnapshotAgeMS: Int64 = 5 * 86_400_000
    public var minSnapshotsToKeep = 1
    public var maxRefAgeMS = Int64.max

    public init() {}

    /// What the table's properties say, where they do.
    public init(_ properties: Properties) throws(IcebergError) {
      func number(_ name: String) throws(IcebergError) -> Int64? {
        guard let text = properties["history.expire.\(name)"] else { return nil }
        guard let number = Int64(text), number >= 0 else {
          throw IcebergError(
            .validation, "history.expire.\(name) is \(text.prefix(80).debugDescription), no number")
        }
        return number
      }
      self.maxSnapshotAgeMS = try number("max-snapshot-age-ms") ?? self.maxSnapshotAgeMS
      self.maxRefAgeMS = try number("max-ref-age-ms") ?? self.maxRefAgeMS
      if let count = try number("min-snapshots-to-keep") {
        self.minSnapshotsToKeep = max(1, Int(clamping: count))
      }
    }
  }

  public init(_ metadata: TableMetadata, _ policy: Policy, atMS now: Int64) {
    var kept: Set<Int64> = []
    for (name, reference) in metadata.references.sorted {
      let age = metadata.snapshot(id: reference.snapshotID).map { now &- $0.timestampMS }
      let ageMax = reference.maxRefAgeMS ?? policy.maxRefAgeMS
      guard name == SnapshotReference.main || age.map({ $0 <= ageMax }) ?? false else {
        self.references.append(name)
        continue
      }
      switch reference.kind {
      case .tag: kept.insert(reference.snapshotID)
      case .branch: kept.formUnion(Self.kept(by: reference, of: metadata, policy, now))
      }
    }
    // Of those that were reachable the branches have decided; others go by their age.
    var reachable: Set<Int64> = []
    for (name, reference) in metadata.references.sorted where !self.references.contains(name) {
      reachable.formUnion(metadata.ancestors(of: reference.snapshotID).map(\.id))
    }
    for snapshot in metadata.snapshots where !kept.contains(snapshot.id) {
      let isOld = now &- snapshot.timestampMS > policy.maxSnapshotAgeMS
      if reachable.contains(snapshot.id) || isOld { self.snapshotIDs.append(snapshot.id) }
    }
  }

  private static func kept(
    by reference: SnapshotReference, of metadata: TableMetadata, _ policy: Policy, _ now: Int64
  ) -> [Int64] {
    let countMin = reference.minSnapshotsToKeep ?? policy.minSnapshotsToKeep
    let ageMax = reference.maxSnapshotAgeMS ?? policy.maxSnapshotAgeMS
    var kept: [Int64] = []
    for snapshot in metadata.ancestors(of: reference.snapshotID) {
      let isYoung = now &- snapshot.timestampMS <= ageMax
      guard kept.count < max(1, countMin) || isYoung else { break }
      kept.append(snapshot.id)
    }
    return kept
  }
}
