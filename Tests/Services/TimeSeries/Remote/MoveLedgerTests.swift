import SeriesColumns
@testable import SeriesRemote
import SeriesStorage
import Testing

@Suite("what a node knows of moves")
struct MoveLedgerTests {
  private static func entry(
    _ times: ClosedRange<Int64>, _ epoch: UInt64, _ state: MoveLedger.State, shard: UInt32 = 1
  ) -> MoveLedger.Entry {
    MoveLedger.Entry(group: "g", shard: shard, times: times, epoch: epoch, state: state)
  }

  private static func batch(_ times: [Int64], shard: UInt32 = 1) -> RowBatch {
    var batch = RowBatch(
      group: "g", schema: TableSchema(name: "t", kind: .stream, columns: [], seriesColumns: []),
      shard: shard)
    for time in times {
      batch.seriesIDs.append(1)
      batch.timestamps.append(time)
      batch.versions.append(1)
    }
    return batch
  }

  @Test("rows are taken from who knows of the move, and of what was not moved from everybody")
  func takes() {
    var ledger = MoveLedger()
    ledger.set(Self.entry(.min...99, 5, .open))
    #expect(!ledger.takes(Self.batch([50]), 4))
    #expect(!ledger.takes(Self.batch([200, 99]), 4))
    #expect(ledger.takes(Self.batch([50]), 5))
    #expect(ledger.takes(Self.batch([100, 200]), 4))
    #expect(ledger.takes(Self.batch([50], shard: 2), 4))
    ledger.set(Self.entry(.min...99, 5, .held))
    #expect(!ledger.takes(Self.batch([50]), 4))
  }

  @Test("what was let go of is not answered for who does not know it")
  func answers() {
    func share(_ epoch: UInt64, _ times: ClosedRange<Int64>, _ shards: Set<UInt32>) -> GroupShare {
      GroupShare(epoch: epoch, shares: [ShardShare(times: times, shards: shards)])
    }
    var ledger = MoveLedger()
    ledger.set(Self.entry(.min...99, 5, .open))
    #expect(ledger.answers("g", share(4, .min ... .max, [1])))
    ledger.set(Self.entry(.min...99, 5, .released))
    #expect(!ledger.answers("g", share(4, .min ... .max, [1])))
    #expect(ledger.answers("g", share(4, 100 ... .max, [1])))
    #expect(ledger.answers("g", share(4, .min ... .max, [2])))
    #expect(ledger.answers("g", share(5, .min ... .max, [1])))
    #expect(ledger.answers("h", share(4, .min ... .max, [1])))
  }

  @Test("an entry goes when a newer one covers it, and neighbours become one")
  func joins() {
    var ledger = MoveLedger()
    ledger.set(Self.entry(.min...99, 1, .released))
    ledger.set(Self.entry(100...199, 2, .released))
    ledger.set(Self.entry(300...399, 3, .released))
    #expect(
      Set(ledger.entries) == [
        Self.entry(.min...199, 2, .released), Self.entry(300...399, 3, .released),
      ])
    // What is open stays apart: it may still become something else.
    ledger.set(Self.entry(200...299, 4, .open))
    #expect(ledger.entries.count == 3)
    ledger.set(Self.entry(.min ... .max, 5, .held))
    #expect(ledger.entries == [Self.entry(.min ... .max, 5, .held)])
    // An older one does not take the place of a newer one.
    ledger.set(Self.entry(.min ... .max, 4, .open))
    #expect(!ledger.takes(Self.batch([1]), 4))
  }

  @Test("it is read as it was written, and nothing else is")
  func bytes() throws {
    var ledger = MoveLedger()
    ledger.set(Self.entry(.min...99, 5, .open))
    ledger.set(Self.entry(0 ... .max, 7, .released, shard: 70_000))
    ledger.promise(MoveLedger.Promise(restore: GroupRestore("h", as: "b"), epoch: 300))
    #expect(ledger.openGroups == ["g", "h"])
    #expect(try MoveLedger(ledger.bytes) == ledger)
    for at in ledger.bytes.indices {
      var bytes = ledger.bytes
      bytes[at] ^= 1
      let damaged = bytes
      #expect(throws: ColumnError.self, "byte \(at)") { try MoveLedger(damaged) }
    }
  }
}
