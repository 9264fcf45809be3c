import Bytes
import ObjectModel
import ObjectNamespace
import Runtime
import Simulation

/// One namespace on a simulated disk and its model, over one or more lives.
final class NamespaceRun: @unchecked Sendable {
  // Sendable: touched only by the thread that drives the simulation.
  let world: World
  let plan: NamespacePlan
  let model = NamespaceModel()
  private var generator: SeededGenerator
  private(set) var operationCount = 0
  /// Changes that were under way when the power went: each is there or not.
  private var pending: [Change] = []

  struct Change {
    var key: [UInt8]
    var value: NamespaceModel.Value?
    /// Of a renaming: to where.
    var destination: [UInt8]?
  }

  init(_ world: World, _ plan: NamespacePlan) {
    self.world = world
    self.plan = plan
    self.generator = world.generator("operations")
  }

  /// One life of `operations` steps. Returns whether it ended without a power cut.
  func live(operations: Int, cutAfter limit: Int? = nil, isKill: Bool = false) async throws -> Bool
  {
    let disk = self.world.disk
    disk.cutAfterChange = limit.map { disk.changeCount + $0 }
    defer {
      if disk.isCut { if isKill { disk.kill() } else { disk.restart() } }
      disk.cutAfterChange = nil
    }
    do {
      let engine = try await self.open()
      try await engine.running {
        for _ in 0..<operations { try await self.step(engine) }
      }
      return true
    } catch let error as NamespaceError {
      guard disk.isCut, error.code != .corrupted else {
        throw CheckFailure("without a power cut: \(error)")
      }
      return false
    }
  }

  /// Opens the namespace and holds everything in it against the model.
  func open() async throws -> TreeEngine {
    let engine = try await TreeEngine.open(
      "/namespace", on: self.world.disk, clock: self.world.clock, random: self.world.random,
      options: self.plan.engine)
    try await self.checkAll(engine)
    return engine
  }

  func checkAll(_ engine: TreeEngine) async throws {
    _ = try await engine.verify()
    var found: [[UInt8]: [UInt8]] = [:]
    var after: [UInt8] = []
    var isFirst = true
    while true {
      // The empty key is before every other: a page cannot begin behind it by naming it.
      let page = try await engine.scan(TreeScan(prefix: [], after: after, limit: 200))
      page.forEach { _, key, value, _ in found[key.array] = value.array }
      guard page.isTruncated else { break }
      page.forEach { _, key, _, _ in after = key.array }
      guard !after.isEmpty || isFirst else { throw CheckFailure("a scan does not go on") }
      isFirst = false
    }
    try self.settle(found)
    guard found.count == self.model.count else {
      throw CheckFailure("\(found.count) keys instead of \(self.model.count)")
    }
    for (key, value) in self.model.values where found[key] != value.bytes {
      throw CheckFailure("\(key) has another value")
    }
    let sums = try await engine.sums(under: [])
    guard sums == self.model.sums([]) else { throw CheckFailure("the sums are \(sums)") }
  }

  /// Decides by what was found which of the changes under way took place.
  private func settle(_ found: [[UInt8]: [UInt8]]) throws {
    for change in self.pending {
      if let destination = change.destination {
        let first = self.model.below(change.key).first
        guard let first else { continue }
        let moved = destination + first[change.key.count...]
        if found[moved] != nil { self.model.rename(change.key, to: destination) }
      } else if found[change.key] == change.value?.bytes,
        found[change.key] != self.model[change.key]?.bytes
      {
        self.model[change.key] = change.value
      }
      if let told = self.seen[change.key], found[change.key] != told?.bytes {
        throw CheckFailure("a reader was told of \(change.key), and it is gone")
      }
    }
    self.pending = []
    self.seen = [:]
  }

  // MARK: Steps

  func step(_ engine: TreeEngine) async throws {
    self.operationCount += 1
    switch Int.random(in: 0..<100, using: &self.generator) {
    case 0..<50:
      let count = Int.random(in: 1...8, using: &self.generator)
      self.operationCount += count - 1
      try await self.change(engine, count)
    case 50..<70: try await self.read(engine)
    case 70..<82: try await self.list(engine)
    case 82..<90: try await self.sum(engine)
    case 90..<97: try await self.rename(engine)
    case 97: try await self.refuse(engine)
    case 98: try await engine.checkpoint()
    default: try await self.world.clock.sleep(for: .milliseconds(150))
    }
  }

  /// Some changes of different keys at once, with readers among them.
  private func change(_ engine: TreeEngine, _ count: Int) async throws {
    var changes: [[UInt8]: NamespaceModel.Value?] = [:]
    for _ in 0..<count {
      let key = self.plan.key(&self.generator)
      let removes = self.generator.chance(self.model.count > 2000 ? 0.8 : 0.35)
      changes[key] = .some(removes ? nil : self.plan.value(&self.generator))
    }
    let sorted = changes.sorted { $0.key.lexicographicallyPrecedes($1.key) }
    self.pending = sorted.map { Change(key: $0.key, value: $0.value) }
    let model = self.model
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (key, value) in sorted {
        let before = model[key]
        group.addTask {
          let wasThere = try await engine.commit { transaction in
            let present = try transaction.get(key)
            if let value {
              try transaction.put(key, value.bytes, weight: value.weight)
            } else {
              try transaction.remove(key)
            }
            return present
          }
          guard wasThere == before?.bytes else {
            throw CheckFailure("a commit at \(key) saw \(wasThere?.count ?? -1) bytes")
          }
        }
        group.addTask {
          // What a reader is told stays: either all of the old or all of the new.
          let seen = try await engine.get(key)
          guard seen == before?.bytes || seen == value?.bytes else {
            throw CheckFailure("a reader saw a value of \(key) that was never there")
          }
          if seen == value?.bytes, seen != before?.bytes { self.seen[key] = value }
        }
      }
      try await group.waitForAll()
    }
    for (key, value) in sorted { self.model[key] = value }
    self.pending = []
    self.seen = [:]
  }
  private var seen: [[UInt8]: NamespaceModel.Value?] = [:]

  private func read(_ engine: TreeEngine) async throws {
    let key = self.plan.key(&self.generator)
    let value = try await engine.get(key)
    guard value == self.model[key]?.bytes else {
      throw CheckFailure("get \(key): \(value?.count ?? -1) bytes")
    }
  }

  private func list(_ engine: TreeEngine) async throws {
    var scan = TreeScan(
      prefix: self.plan.folder(&self.generator),
      limit: [0, 1, 3, 50][Int.random(in: 0..<4, using: &self.generator)])
    if self.generator.chance(0.5) {
      scan.delimiter =
        self.generator.chance(0.7) ? [0x2F] : Array(self.plan.key(&self.generator).suffix(2))
    }
    if self.generator.chance(0.5) {
      scan.after = self.plan.folder(&self.generator)
      scan.skipsBelow = self.generator.chance(0.5)
    }
    let page = try await engine.scan(scan)
    var entries: [NamespaceModel.Entry] = []
    page.forEach { isPrefix, key, value, _ in
      entries.append(NamespaceModel.Entry(isPrefix: isPrefix, key: key.array, value: value.array))
    }
    let expected = self.model.scan(scan)
    // A page that needs more frames than fit ends early, and says that more follows.
    let isPart =
      page.isTruncated && !entries.isEmpty && entries.count < expected.entries.count
      && entries[...] == expected.entries.prefix(entries.count)
    let isWhole = entries == expected.entries && page.isTruncated == expected.isTruncated
    guard isWhole || isPart else {
      throw CheckFailure(
        "\(scan): \(entries.map(\.key)) \(page.isTruncated), not \(expected.entries.map(\.key)) "
          + "\(expected.isTruncated)")
    }
  }

  private func sum(_ engine: TreeEngine) async throws {
    let prefix = self.plan.folder(&self.generator)
    let sums = try await engine.sums(under: prefix)
    guard sums == self.model.sums(prefix) else {
      throw CheckFailure("sums of \(prefix): \(sums), not \(self.model.sums(prefix))")
    }
  }

  private func rename(_ engine: TreeEngine) async throws {
    let source = self.plan.folder(&self.generator)
    let destination = self.plan.folder(&self.generator)
    guard !source.starts(with: destination), !destination.starts(with: source) else { return }
    let moved = self.model.below(source)
    let isTooLong =
      (moved.map(\.count).max() ?? 0) - source.count + destination.count > self.plan.keyBytesMax
    let expected: NamespaceError.Code? =
      moved.isEmpty
      ? .noSuchKey
      : !self.model.below(destination).isEmpty
        ? .destinationExists : isTooLong ? .keyTooLong : nil
    let keyBytesMax = self.plan.keyBytesMax
    // One that must be refused is not there whenever the power goes.
    if expected == nil {
      self.pending = [Change(key: source, value: nil, destination: destination)]
    }
    do {
      let count = try await engine.commit { transaction in
        try transaction.rename(source, to: destination, keyBytesMax: keyBytesMax)
      }
      guard expected == nil, count == UInt64(moved.count) else {
        throw CheckFailure("renaming moved \(count) of \(moved.count)")
      }
      self.model.rename(source, to: destination)
    } catch let error as NamespaceError {
      guard !self.world.disk.isCut else { throw error }
      // A cache of a few frames may have no four runs in a row.
      let isTiny = self.plan.engine.cacheBytes <= 64 * self.plan.engine.frameBytes
      guard error.code == expected || (isTiny && error.code == .slowDown) else {
        throw CheckFailure("renaming: \(error)")
      }
    }
    self.pending = []
  }

  /// A change that is refused after it has changed much leaves nothing behind.
  private func refuse(_ engine: TreeEngine) async throws {
    let changes = (0..<20).map { _ in
      (self.plan.key(&self.generator), self.plan.value(&self.generator))
    }
    let source = self.plan.folder(&self.generator)
    let destination = self.plan.folder(&self.generator)
    do throws(NamespaceError) {
      try await engine.commit { transaction in
        for (index, change) in changes.enumerated() {
          if index % 3 == 0 {
            try transaction.remove(change.0)
          } else {
            try transaction.put(change.0, change.1.bytes, weight: change.1.weight)
          }
        }
        if !source.starts(with: destination), !destination.starts(with: source) {
          _ = try? transaction.rename(source, to: destination, keyBytesMax: 4096)
        }
        throw NamespaceError(.preconditionFailed, "on purpose")
      }
    } catch {
      // So many changes at once may need more memory than a small cache has.
      guard error.code == .preconditionFailed || error.code == .slowDown || self.world.disk.isCut
      else {
        throw CheckFailure("a refusal: \(error)")
      }
      if self.world.disk.isCut { throw error }
    }
  }
}
