import Iceberg
import Testing
import Values

@Suite("Expiry of snapshots")
struct SnapshotExpiryTests {
  private static let day: Int64 = 86_400_000
  private static let now: Int64 = 100 * day

  /// Snapshots 1, 2, 3… in a chain, so many days old.
  private static func table(ages: [Int64], main: Int64?) -> TableMetadata {
    var metadata = TableMetadata(
      formatVersion: 2, uuid: UUID(bits: 1), location: "file:///t", lastUpdatedMS: Self.now)
    for (position, age) in ages.enumerated() {
      let id = Int64(position + 1)
      metadata.snapshots.append(
        Snapshot(
          id: id, parentID: id > 1 ? id - 1 : nil, sequenceNumber: id,
          timestampMS: Self.now - age * Self.day, manifestList: "file:///t/\(id).avro"))
    }
    if let main {
      metadata.currentSnapshotID = main
      metadata.references[SnapshotReference.main] = SnapshotReference(.branch, at: main)
    }
    return metadata
  }

  private static func policy(
    days: Int64, keep: Int = 1, refDays: Int64? = nil
  ) -> SnapshotExpiry.Policy {
    var policy = SnapshotExpiry.Policy()
    policy.maxSnapshotAgeMS = days * Self.day
    policy.minSnapshotsToKeep = keep
    if let refDays { policy.maxRefAgeMS = refDays * Self.day }
    return policy
  }

  private static func ids(_ metadata: TableMetadata, _ policy: SnapshotExpiry.Policy) -> [Int64] {
    SnapshotExpiry(metadata, policy, atMS: Self.now).snapshotIDs
  }

  @Test("the newest stay, however old; then those that are young")
  func main() {
    let table = Self.table(ages: [50, 40, 30, 20, 3], main: 5)
    #expect(Self.ids(table, Self.policy(days: 5)) == [1, 2, 3, 4])
    #expect(Self.ids(table, Self.policy(days: 5, keep: 3)) == [1, 2])
    #expect(Self.ids(table, Self.policy(days: 35)) == [1, 2])
    #expect(Self.ids(table, Self.policy(days: 60)).isEmpty)
    #expect(Self.ids(table, Self.policy(days: 0)) == [1, 2, 3, 4])
  }

  @Test("what a branch says of itself counts before the table's policy")
  func branches() {
    var table = Self.table(ages: [50, 40, 30, 20, 3], main: 5)
    table.references["audit"] = SnapshotReference(.branch, at: 3, minSnapshotsToKeep: 2)
    #expect(Self.ids(table, Self.policy(days: 5)) == [1, 4])
    table.references["audit"] = SnapshotReference(
      .branch, at: 3, maxSnapshotAgeMS: 45 * Self.day)
    #expect(Self.ids(table, Self.policy(days: 5)) == [1, 4])
    table.references["v1"] = SnapshotReference(.tag, at: 1)
    #expect(Self.ids(table, Self.policy(days: 5)) == [4])
  }

  @Test("references go by their age, main never")
  func references() {
    var table = Self.table(ages: [50, 40, 30], main: 3)
    table.references["old"] = SnapshotReference(.tag, at: 1, maxRefAgeMS: 45 * Self.day)
    table.references["kept"] = SnapshotReference(.tag, at: 2)
    let expiry = SnapshotExpiry(table, Self.policy(days: 5), atMS: Self.now)
    #expect(expiry.references == ["old"])
    #expect(expiry.snapshotIDs == [1])
    let all = SnapshotExpiry(table, Self.policy(days: 5, refDays: 1), atMS: Self.now)
    #expect(all.references == ["kept", "old"])
    #expect(all.snapshotIDs == [1, 2])
  }

  @Test("snapshots that nothing leads to go when they are old")
  func loose() {
    var table = Self.table(ages: [50, 40, 3], main: 1)
    table.snapshots[2].parentID = 1
    #expect(Self.ids(table, Self.policy(days: 5)) == [2])
    #expect(Self.ids(Self.table(ages: [50, 2], main: nil), Self.policy(days: 5)) == [1])
  }

  @Test("the table's properties are its policy")
  func properties() throws {
    let policy = try SnapshotExpiry.Policy([
      "history.expire.max-snapshot-age-ms": "7", "history.expire.min-snapshots-to-keep": "0",
      "history.expire.max-ref-age-ms": "9",
    ])
    #expect(policy.maxSnapshotAgeMS == 7)
    #expect(policy.minSnapshotsToKeep == 1)
    #expect(policy.maxRefAgeMS == 9)
    #expect(throws: IcebergError.self) {
      try SnapshotExpiry.Policy(["history.expire.max-ref-age-ms": "soon"])
    }
  }
}
