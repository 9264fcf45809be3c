import KeyValue
import Journal
import ObjectModel
import ObjectNamespace
import ObjectTesting
import Runtime
import Simulation
import TestSupport
import Testing
import Values

/// Our tree, RocksDB and the model in memory, asked the same: the object store's namespace over each.
@Suite("the engines of the namespace")
struct EnginesAgreeTests {
  @Test("answer alike whatever is asked", arguments: 1...6 as ClosedRange<UInt64>)
  func alike(seed: UInt64) async throws {
    let folder = TemporaryDirectory("engines")
    try await withLoops { group in
      let clock = group.loops[0]
      let pool = BlockingPool(name: "engines", threads: 2)
      let store = try Store(
        StoreOptions(path: folder.file("rocksdb"), families: RocksTree.families), pool: pool)
      let rocks = try RocksTree(store, clock: clock, readers: pool)
      let engine = try await TreeEngine.open(
        folder.file("tree"), on: group.disk, clock: clock,
        options: TreeEngineOptions {
          $0.frameBytes = 16 << 10
          $0.cacheBytes = 2 << 20
          $0.journalBytesTrigger = 64 << 10
          $0.journal.segmentBytes = 256 << 10
        })
      try await engine.running {
        let questions = Questions(
          seed: seed,
          [
            ModelNamespace(milliseconds: { UInt64(clock.wallNow.nanoseconds / 1_000_000) }),
            KeyedNamespace(engine), KeyedNamespace(rocks),
          ])
        try await questions.run(steps: 350)
        _ = try await engine.verify()
      }
      rocks.stop()
      try store.closeNow()
      pool.stop()
    }
  }
}
