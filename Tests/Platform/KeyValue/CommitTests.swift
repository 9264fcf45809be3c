import Bytes
import Glibc
import KeyValue
import Runtime
import Testing

@Suite struct CommitTests {
  let scratch = Scratch()

  func open(_ change: (inout StoreOptions) -> Void = { _ in }) throws -> Store {
    var options = StoreOptions(path: self.scratch.path("store"))
    change(&options)
    return try Store(options, pool: testPool)
  }

  @Test("callers that come together share one write of the log")
  func grouping() async throws {
    let store = try self.open()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for caller in 0..<64 {
        group.addTask {
          for round in 0..<20 { try await store.put("\(caller)/\(round)", "x", .synced) }
        }
      }
      try await group.waitForAll()
    }
    let commits = try store.statistics().commits
    #expect(commits.requests == 1_280)
    #expect(commits.groups < 640)
    #expect(try await store.all(store.family("default")).count == 1_280)
  }

  @Test("of many callers that put the same absent key, one wins and the others see its value")
  func putIfAbsent() async throws {
    let store = try self.open()
    let family = try store.family("default")
    let outcomes = try await withThrowingTaskGroup(of: ConditionalOutcome.self) { group in
      for caller in 0..<100 {
        group.addTask {
          var batch = WriteBatch()
          batch.put([UInt8(caller)], for: bytes("owner"), in: family)
          return try await store.commit(
            batch, if: [Condition(bytes("owner"), in: family, is: .absent)])
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    let owner = try await store.get(bytes("owner"), in: family)
    #expect(owner != nil)
    #expect(outcomes.filter { if case .committed = $0 { true } else { false } }.count == 1)
    #expect(outcomes.filter { $0 == .unmet(index: 0, found: owner) }.count == 99)
  }

  @Test("the index of the first condition that does not hold comes back, and nothing is written")
  func unmet() async throws {
    let store = try self.open()
    let family = try store.family("default")
    try await store.put("a", "1")
    var batch = WriteBatch()
    batch.put([1], for: bytes("b"), in: family)
    let outcome = try await store.commit(
      batch,
      if: [
        Condition(bytes("a"), in: family, is: .present),
        Condition(bytes("a"), in: family, is: .equal(bytes("2"))),
      ])
    #expect(outcome == .unmet(index: 1, found: bytes("1")))
    #expect(try await store.text("b") == nil)
  }

  @Test("a counter that many callers raise loses no step")
  func counter() async throws {
    let store = try self.open()
    let family = try store.family("default")
    let seen = try await withThrowingTaskGroup(of: [Int].self) { group in
      for _ in 0..<16 {
        group.addTask {
          var seen: [Int] = []
          for _ in 0..<50 {
            seen.append(
              try await store.commit(.logged) { decision in
                let old = try decision.get(bytes("n"), in: family)
                let next = (old.flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 0) + 1
                decision.batch.put(bytes("\(next)"), for: bytes("n"), in: family)
                return next
              })
          }
          return seen
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(seen.sorted() == Array(1...800))
    #expect(try await store.text("n") == "800")
  }

  @Test("a decision that throws writes nothing and gives its error back")
  func refusedDecision() async throws {
    struct Refusal: Error {}
    let store = try self.open()
    let family = try store.family("default")
    await #expect(throws: Refusal.self) {
      try await store.commit { decision in
        decision.batch.put([1], for: [1], in: family)
        throw Refusal()
      }
    }
    #expect(try await store.get([1], in: family) == nil)
  }

  @Test("range deletes and conditions of one moment stay in order")
  func rangesAmongConditions() async throws {
    let store = try self.open()
    let family = try store.family("default")
    for round in 0..<50 {
      async let put: UInt64 = {
        var batch = WriteBatch()
        batch.put([1], for: bytes("k"), in: family)
        return try await store.commit(batch, .logged)
      }()
      async let clear: UInt64 = {
        var batch = WriteBatch()
        batch.deleteRange(from: bytes("a"), to: bytes("z"), in: family)
        return try await store.commit(batch, .logged)
      }()
      async let add: ConditionalOutcome = {
        var batch = WriteBatch()
        batch.put([2], for: bytes("l"), in: family)
        return try await store.commit(
          batch, if: [Condition(bytes("k"), in: family, is: .present)], .logged)
      }()
      _ = try await (put, clear, add)
      let k = try await store.get(bytes("k"), in: family)
      let l = try await store.get(bytes("l"), in: family)
      // k survives only a clearing that came before it; l cannot be there with k never there.
      #expect([nil, [1]].contains(k) && [nil, [2]].contains(l), "round \(round)")
    }
    let error = await #expect(throws: StoreError.self) {
      var batch = WriteBatch()
      batch.deleteRange(from: bytes("a"), to: bytes("z"), in: family)
      _ = try await store.commit(batch, if: [])
    }
    #expect(error?.code == .unsupported)
  }

  @Test("a queue at its limit refuses the next commit")
  func overload() async throws {
    let store = try self.open { $0.commitQueueMax = 2 }
    let codes = await withTaskGroup(of: StoreError.Code?.self) { group in
      for number in 0..<200 {
        group.addTask {
          do {
            try await store.put("\(number)", "x", .synced)
            return nil
          } catch { return (error as? StoreError)?.code }
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(Set(codes).isSubset(of: [nil, .overloaded]))
    let kept = try await store.all(store.family("default")).count
    #expect(kept == codes.filter { $0 == nil }.count)
  }

  @Test("unlogged commits are there after a flush")
  func unlogged() async throws {
    let store = try self.open()
    try await store.put("a", "1", .unlogged)
    #expect(try await store.text("a") == "1")
    try await store.flush(store.family("default"))
    try await store.close()
    #expect(try await self.open().text("a") == "1")
  }

  @Test(
    "a full disk is an error by name; nothing acknowledged is lost, and writing goes on with room")
  func fullDisk() async throws {
    var store = try self.open()
    var kept: [String] = []
    store.simulateFreeBytes(20_000)
    var refused = 0
    for number in 0..<100 {
      do {
        try await store.put("key \(number)", String(repeating: "x", count: 1_000), .synced)
        kept.append("key \(number)")
      } catch let error as StoreError {
        #expect(error.code == .fullDisk)
        #expect(error.message.contains(store.path))
        refused += 1
      }
    }
    #expect(refused > 50)
    #expect(kept.count > 10)
    // Reads go on while the disk is full.
    #expect(try await store.text(kept[0]) != nil)
    store.simulateFreeBytes(nil)
    await eventually { (try? await store.put("after", "room", .synced)) != nil }
    for _ in 0..<2 {
      #expect(try await store.text("after") == "room")
      for key in kept { #expect(try await store.text(key)?.count == 1_000, "\(key)") }
      try await store.close()
      store = try self.open()
    }
  }

  @Test("a decision goes over a range as the commits before it have left it")
  func decidingOverRange() async throws {
    let store = try self.open()
    let family = try store.family("default")
    for key in ["a", "b1", "b2", "b3", "c"] { try await store.put(key, key) }
    let found = try await withThrowingTaskGroup(of: [String].self) { group in
      // In whatever group these end up, each sees the ones before it.
      for number in 4..<40 {
        group.addTask {
          try await store.commit(deciding: { decision in
            let records = try decision.records(
              .prefix(bytes("b")), in: family, countMax: 100)
            decision.batch.delete(records[0].key, in: family)
            decision.batch.put([], for: bytes("b\(number + 100)"), in: family)
            decision.batch.put([], for: bytes("b\(number + 200)"), in: family)
            return records.map { String(decoding: $0.key, as: UTF8.self) }
          })
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(found.map(\.count).sorted() == Array(3..<39))
    #expect(found.allSatisfy { $0 == $0.sorted() })
    let few = try await store.commit(deciding: { decision in
      try decision.records(KeyRange(from: bytes("b")), in: family, countMax: 2).count
    })
    #expect(few == 2)
  }

  @Test("nothing acknowledged is lost when the process is killed among commits")
  func killed() async throws {
    // 30 rounds on one store: each child adds to what the ones before have left.
    let path = self.scratch.path
    for round in 0..<30 {
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [path = path as String, round = round as Int] in
        try await commitUntilKilled(path, round)
      }
      let store = try self.open { $0.keys = [testKey(9)] }
      let family = try store.family("default")
      let acknowledged = String(decoding: content(of: path + "/acknowledged"), as: UTF8.self)
        .split(separator: "\n")
      #expect(acknowledged.count > round)
      for key in acknowledged.suffix(400) {
        #expect(try await store.get(bytes(String(key)), in: family) == bytes("value of \(key)"))
      }
      // What came whole comes whole: each batch has a partner record.
      let records = try await store.all(family)
      let plain = records.filter { !$0[0].starts(with: bytes("pair of ")) }
      #expect(records.count == plain.count * 2)
      try await store.close()
    }
  }
}

/// In a child process: many tasks commit and note what was acknowledged, until one kills the process.
func commitUntilKilled(_ path: String, _ round: Int) async throws {
  var options = StoreOptions(path: path + "/store")
  options.keys = [testKey(9)]
  let store = try Store(options, pool: testPool)
  let family = try store.family("default")
  let notes = Glibc.open(path + "/acknowledged", O_WRONLY | O_CREAT | O_APPEND, 0o600)
  var random = Seeded(state: UInt64(round))
  let killer = Int.random(in: 0..<16, using: &random)
  let lifetime = Int.random(in: 2...40, using: &random)
  try await withThrowingTaskGroup(of: Void.self) { group in
    for caller in 0..<16 {
      group.addTask {
        for number in 0... {
          let key = "\(round)/\(caller)/\(number)"
          var batch = WriteBatch()
          batch.put(bytes("value of \(key)"), for: bytes(key), in: family)
          batch.put([], for: bytes("pair of \(key)"), in: family)
          try await store.commit(batch, number % 3 == 0 ? .synced : .logged)
          let line = bytes(key + "\n")
          _ = write(notes, line, line.count)
          if caller == killer, number == lifetime { kill(getpid(), SIGKILL) }
        }
      }
    }
    try await group.waitForAll()
  }
}
