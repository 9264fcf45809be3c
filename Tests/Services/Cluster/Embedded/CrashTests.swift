import Cluster
import ClusterTesting
import Glibc
import KeyValue
import TestSupport
import Testing

/// Embedded facts when the process is killed.
@Suite struct CrashTests {
  @Test("nothing acknowledged is lost when the process is killed")
  func killed() async throws {
    let directory = TemporaryDirectory("facts")
    let path = directory.path
    for round in 0..<10 {
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [path = path as String, round = round as Int] in
        try await changeUntilKilled(path, round)
      }
      try await withLoops { _ in
        let store = try Store(StoreOptions(path: path + "/store"), pool: storePool)
        let facts = try await EmbeddedFacts.open(store, time: ModelClock())
        let page = try await facts.listAll("")
        // A line that the kill cut off acknowledges nothing.
        let acknowledged = lines(of: path + "/acknowledged").filter {
          $0.split(separator: " ").count == 2
        }
        #expect(acknowledged.count > round)
        for line in acknowledged {
          // Its name, the revision, and the revision of the fact that was put with it.
          let words = line.split(separator: " ").map(String.init)
          let fact = try #require(try await facts.get(FactKey(words[0])), "\(line)")
          #expect(fact.modifiedAt.number == Int64(words[1]))
        }
        // Every revision is there whole: a pair of facts, and the last one is the store's.
        let pairs = Dictionary(grouping: page.facts, by: \.modifiedAt)
        #expect(pairs.values.allSatisfy { $0.count == 2 })
        #expect(pairs.keys.max() == page.revision)
        // What is told of the log is what is there.
        let watch = try await facts.watch("", after: .zero)
        let told = try await collect(watch, count: page.facts.count)
        #expect(Set(told.map(\.key)) == Set(page.facts.map(\.key)))
        await watch.stop()
        try await closeStore(store)
      }
    }
  }

  @Test("a lease survives the process, with its full time before it")
  func leases() async throws {
    let directory = TemporaryDirectory("facts")
    let options = StoreOptions(path: directory.file("store"))
    try await withLoops { _ in
      let clock = ModelClock()
      var store = try Store(options, pool: storePool)
      var facts = try await EmbeddedFacts.open(store, time: clock)
      let lease = try await facts.grantLease(for: .seconds(8))
      _ = try await facts.put("a", [], lease: lease)
      clock.advance(by: .seconds(7))
      try await closeStore(store)

      store = try Store(options, pool: storePool)
      facts = try await EmbeddedFacts.open(store, time: clock)
      clock.advance(by: .seconds(7))
      try await facts.keepAlive(lease)
      clock.advance(by: .seconds(8))
      await expect(.leaseEnded) { try await facts.keepAlive(lease) }
      let watch = try await facts.watch("", after: try await facts.list("").revision)
      await withTaskGroup(of: Void.self) { [facts] group in
        group.addTask { try? await facts.run() }
        let told = try? await watch.next()
        #expect(told?.changes.map(\.key) == ["a"])
        group.cancelAll()
      }
      let second = try await facts.grantLease(for: .seconds(8))
      #expect(second.number > lease.number)
      try await closeStore(store)
    }
  }

  @Test("facts of a newer format are refused")
  func newerFormat() async throws {
    let directory = TemporaryDirectory("facts")
    try await withLoops { _ in
      let store = try Store(StoreOptions(path: directory.file("store")), pool: storePool)
      _ = try await EmbeddedFacts.open(store, time: ModelClock())
      var batch = WriteBatch()
      batch.put(
        [2] + [UInt8](repeating: 0, count: 32), for: [0], in: try store.family("facts-state"))
      try await store.commit(batch)
      await expect(.damaged) { _ = try await EmbeddedFacts.open(store, time: ModelClock()) }
      try await closeStore(store)
    }
  }
}

/// In a child process: many tasks put pairs of facts and note what was acknowledged, until one kills the
/// process.
func changeUntilKilled(_ path: String, _ round: Int) async throws {
  try await withLoops { _ in
    let store = try Store(StoreOptions(path: path + "/store"), pool: storePool)
    let facts = try await EmbeddedFacts.open(store, time: ModelClock())
    let notes = open(path + "/acknowledged", O_WRONLY | O_CREAT | O_APPEND, 0o600)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for caller in 0..<16 {
        group.addTask {
          for number in 0... {
            let name = "\(round)/\(caller)/\(number)"
            let outcome = try await facts.commit(
              FactTransaction([
                .put(FactKey(name), bytes(name), lease: nil),
                .put(FactKey("pair/\(name)"), [], lease: nil),
              ]))
            let line = bytes("\(name) \(outcome.revision?.number ?? 0)\n")
            _ = write(notes, line, line.count)
            if caller == round % 16, number == 3 + round * 2 { kill(getpid(), SIGKILL) }
          }
        }
      }
      try await group.waitForAll()
    }
  }
}
