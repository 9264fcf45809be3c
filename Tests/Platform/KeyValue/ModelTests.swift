import Bytes
import KeyValue
import Runtime
import Testing

/// Random operations on a store and on a dictionary, compared all along.
@Suite struct ModelTests {
  typealias Model = [String: [[UInt8]: [UInt8]]]

  struct Walk {
    var random: Seeded
    let options: StoreOptions
    var store: Store
    var model: Model = ["default": [:], "prefixed": [:]]
    var snapshots: [(snapshot: Snapshot, model: Model)] = []

    mutating func key() -> [UInt8] {
      // Few keys, so that they meet; some are prefixes of others, some all ones.
      switch Int.random(in: 0..<20, using: &self.random) {
      case 0: []
      case 1: [0xFF, 0xFF, 0xFF, UInt8.random(in: 0...3, using: &self.random)]
      default:
        [
          UInt8.random(in: 0...3, using: &self.random), 0, 1,
          UInt8.random(in: 0...40, using: &self.random),
        ].dropLast(Int.random(in: 0..<12, using: &self.random) == 0 ? 2 : 0)
      }
    }

    mutating func value() -> [UInt8] {
      let count = Int.random(in: 0..<30, using: &self.random) == 0 ? 5_000 : 12
      return (0..<Int.random(in: 0...count, using: &self.random)).map { UInt8($0 & 0xFF) }
    }

    mutating func familyName() -> String {
      Bool.random(using: &self.random) ? "default" : "prefixed"
    }

    mutating func write() async throws {
      var batch = WriteBatch()
      var changed = self.model
      for _ in 0..<Int.random(in: 1...12, using: &self.random) {
        let name = self.familyName()
        let family = try self.store.family(name)
        let key = self.key()
        switch Int.random(in: 0..<24, using: &self.random) {
        case 0:
          let end = self.key()
          guard key.lexicographicallyPrecedes(end) else { continue }
          batch.deleteRange(from: key, to: end, in: family)
          let range = KeyRange(from: key, to: end)
          changed[name] = changed[name, default: [:]].filter { !range.contains($0.key) }
        case 1..<6:
          batch.delete(key, in: family)
          changed[name]?[key] = nil
        default:
          let value = self.value()
          batch.put(value, for: key, in: family)
          changed[name]?[key] = value
        }
      }
      let durabilities: [Durability] = [.synced, .logged, .logged, .logged]
      try await self.store.commit(batch, self.random.pick(durabilities))
      self.model = changed
    }

    mutating func writeIf() async throws {
      let name = self.familyName()
      let family = try self.store.family(name)
      let key = self.key()
      let present = self.model[name]?[key]
      let requirements: [Condition.Requirement] = [
        .absent, .present, .equal(present ?? [1]), .startsWith(Array((present ?? [9]).prefix(3))),
        .equal([1, 2, 3, 4, 5, 6]),
      ]
      let condition = Condition(
        key, in: family, is: self.random.pick(requirements))
      let holds =
        switch condition.requirement {
        case .absent: present == nil
        case .present: present != nil
        case .equal(let expected): present == expected
        case .startsWith(let start): present.map { $0.starts(with: start) } ?? false
        }
      var batch = WriteBatch()
      let value = self.value()
      batch.put(value, for: key, in: family)
      let outcome = try await self.store.commit(batch, if: [condition], .logged)
      if holds {
        self.model[name]?[key] = value
        guard case .committed = outcome else {
          Issue.record("\(condition) holds for \(String(describing: present)), got \(outcome)")
          return
        }
      } else {
        #expect(outcome == .unmet(index: 0, found: present))
      }
    }

    mutating func compare(_ model: Model, at snapshot: Snapshot?) async throws {
      let name = self.familyName()
      let family = try self.store.family(name)
      let content = model[name] ?? [:]
      let sorted = content.keys.sorted { $0.lexicographicallyPrecedes($1) }

      let key = self.key()
      #expect(try await self.store.get(key, in: family, at: snapshot) == content[key])

      var asked = (0..<8).map { _ in self.key() }
      if Bool.random(using: &self.random) { asked.sort { $0.lexicographicallyPrecedes($1) } }
      let found = try await self.store.get(KeyList(asked), in: family, at: snapshot)
      for index in asked.indices {
        #expect(found.copy(index) == content[asked[index]], "\(name) \(asked) \(index)")
      }

      let ends = [self.key(), self.key()].sorted { $0.lexicographicallyPrecedes($1) }
      let ranges: [KeyRange] = [
        .all, .prefix(Array(key.prefix(3))), KeyRange(from: ends[0], to: ends[1]),
        KeyRange(from: ends[0]), KeyRange(to: ends[1]),
      ]
      let range = self.random.pick(ranges)
      let isReversed = Bool.random(using: &self.random)
      let onlyKeys = Int.random(in: 0..<4, using: &self.random) == 0
      let scan = try self.store.scan(
        range, in: family,
        ScanOptions {
          $0.isReversed = isReversed
          $0.onlyKeys = onlyKeys
          $0.staysInPrefix = true
        }, at: snapshot)
      var seen: [[UInt8]] = []
      let recordsMax = Int.random(in: 1...40, using: &self.random)
      while let batch = try await scan.next(recordsMax: recordsMax, bytesMax: 300) {
        for record in batch.records {
          seen.append(record.key)
          #expect(record.value == (onlyKeys ? [] : content[record.key]))
        }
      }
      let expected = sorted.filter { range.contains($0) }
      #expect(seen == (isReversed ? expected.reversed() : expected), "\(range) of \(name)")
    }

    mutating func step() async throws {
      switch Int.random(in: 0..<100, using: &self.random) {
      case 0..<45: try await self.write()
      case 45..<60: try await self.writeIf()
      case 60..<85: try await self.compare(self.model, at: nil)
      case 85..<88: self.snapshots.append((try self.store.snapshot(), self.model))
      case 88..<94:
        guard let past = self.snapshots.randomElement(using: &self.random) else { return }
        try await self.compare(past.model, at: past.snapshot)
      case 94..<96: try await self.store.flush(self.store.family(self.familyName()))
      case 96: try await self.store.compact(in: self.store.family(self.familyName()))
      case 97: self.snapshots = self.snapshots.suffix(2)
      default:
        guard Int.random(in: 0..<4, using: &self.random) == 0 else { return }
        self.snapshots = []
        try await self.store.close()
        self.store = try Store(self.options, pool: testPool)
      }
    }
  }

  @Test(
    "a store behaves like a sorted dictionary",
    arguments: [(11, false), (12, true), (13, false), (14, true)] as [(UInt64, Bool)])
  func walk(seed: UInt64, isEncrypted: Bool) async throws {
    let scratch = Scratch()
    var options = StoreOptions(
      path: scratch.path("store"),
      families: [
        FamilyOptions("prefixed") {
          $0.prefixBytes = 3
          $0.writeBufferBytes = 64 << 10
        }
      ])
    if isEncrypted { options.keys = [testKey(7)] }
    var walk = Walk(
      random: Seeded(state: seed), options: options, store: try Store(options, pool: testPool))
    for step in 0..<1_500 {
      do {
        try await walk.step()
      } catch {
        Issue.record("seed \(seed), step \(step): \(error)")
        return
      }
    }
    for _ in 0..<20 { try await walk.compare(walk.model, at: nil) }
  }
}
