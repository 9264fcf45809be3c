private import Bytes
package import KeyValue
package import ObjectModel
package import Runtime
private import Synchronization
private import Values

/// The same ordered map on RocksDB: the oracle of the tests, and for those who prefer it.
///
/// One thread decides: it takes what waits, lets each request see the store and every request before it,
/// and writes all of them with one sync. Sums are scans, and a rename writes every key again: beyond
/// `renameKeysMax` it is refused.
package final class RocksTree: KeyTree, Sendable {
  package typealias Transaction = RocksTransaction

  package static let families = [FamilyOptions("objects"), FamilyOptions("numbers")]
  package let renameKeysMax: Int
  let store: Store
  let objects: Family
  let numbers: Family
  package let clock: any TimeSource
  private let decider = BlockingPool(name: "lake-names", threads: 1)
  private let readers: BlockingPool
  private let state: Mutex<State>

  private struct State {
    var requests: [CommitRequest<RocksTransaction>] = []
    var isScheduled = false
    var number: UInt64
    var milliseconds: UInt64
  }

  /// - Parameter store: opened with `families`; closed by its owner after `stop`.
  package init(
    _ store: Store, clock: any TimeSource, readers: BlockingPool, renameKeysMax: Int = 100_000
  ) throws(StoreError) {
    self.store = store
    self.objects = try store.family("objects")
    self.numbers = try store.family("numbers")
    self.clock = clock
    self.readers = readers
    self.renameKeysMax = renameKeysMax
    var state = State(number: 0, milliseconds: 0)
    if let kept = try store.readNow(Self.counterKey.rawBytes, in: self.numbers) {
      var reader = ByteReader(kept.bytes)
      state.number = reader.littleEndian(UInt64.self) ?? 0
      state.milliseconds = reader.littleEndian(UInt64.self) ?? 0
    }
    self.state = Mutex(state)
  }

  private static let counterKey: [UInt8] = Array("counters".utf8)

  package func stop() { self.decider.stop() }

  package func get(_ key: [UInt8]) async throws(NamespaceError) -> [UInt8]? {
    do {
      guard let value = try await self.store.get(key, in: self.objects) else { return nil }
      return Array(value.dropFirst(8))
    } catch { throw Self.error(error) }
  }

  package func scan(_ request: TreeScan) async throws(NamespaceError) -> TreePage {
    try await self.reading { view in try view.scan(request) }
  }

  package func sums(under prefix: [UInt8]) async throws(NamespaceError) -> TreeSums {
    try await self.reading { view in try view.sums(prefix) }
  }

  private func reading<R: Sendable>(
    _ body: @escaping @Sendable (RocksView) throws -> R
  ) async throws(NamespaceError) -> R {
    do {
      let result = try await self.readers.run { () -> Result<R, any Error> in
        Result {
          try body(try RocksView(self))
        }
      }
      return try result.get()
    } catch { throw Self.error(error) }
  }

  package func commit<R: Sendable>(
    _ decide: @escaping @Sendable (inout RocksTransaction) throws -> R
  ) async throws(NamespaceError) -> R {
    let result = CommitResult<R>()
    let error = await withUnsafeContinuation { waiter in
      let request = CommitRequest<RocksTransaction>(waiter) { transaction in
        result.value = try decide(&transaction)
      }
      let isFirst = self.state.withLock { state in
        state.requests.append(request)
        defer { state.isScheduled = true }
        return !state.isScheduled
      }
      guard isFirst else { return }
      if !self.decider.submit({ self.drain() }) {
        self.refuseAll(NamespaceError(.slowDown, "too many changes wait"))
      }
    }
    if let error { throw error }
    guard let value = result.value else { preconditionFailure("a commit without a result") }
    return value
  }

  private func refuseAll(_ error: NamespaceError) {
    let requests = self.state.withLock { state in
      defer {
        state.requests = []
        state.isScheduled = false
      }
      return state.requests
    }
    for request in requests { request.resume(error) }
  }

  // MARK: The deciding thread

  private func drain() {
    while true {
      let (requests, number, milliseconds) = self.state.withLock {
        state -> ([CommitRequest<RocksTransaction>], UInt64, UInt64) in
        let requests = state.requests
        state.requests = []
        if requests.isEmpty { state.isScheduled = false }
        return (requests, state.number, state.milliseconds)
      }
      if requests.isEmpty { return }
      let wall = UInt64(max(0, self.clock.wallNow.nanoseconds / 1_000_000))
      let failure = self.decide(requests, number, max(milliseconds, wall))
      for request in requests { request.resume(failure) }
    }
  }

  private func decide(
    _ requests: [CommitRequest<RocksTransaction>], _ number: UInt64, _ milliseconds: UInt64
  ) -> NamespaceError? {
    do {
      var transaction = RocksTransaction(
        try RocksView(self), number: number, milliseconds: milliseconds,
        renameKeysMax: self.renameKeysMax)
      for request in requests {
        let before = transaction.view.changes
        do {
          try request.decide(&transaction)
        } catch {
          transaction.view.restore(before)
          request.failure = Self.error(error)
        }
      }
      self.state.withLock { state in
        state.number = transaction.number
        state.milliseconds = milliseconds
      }
      guard !transaction.view.changes.isEmpty else { return nil }
      var batch = WriteBatch(capacity: 4096)
      for (key, change) in transaction.view.changes {
        switch change {
        case .put(let value): batch.put(value, for: key, in: self.objects)
        case .remove: batch.delete(key, in: self.objects)
        }
      }
      var counters = ByteWriter(capacity: 16)
      counters.append(littleEndian: transaction.number)
      counters.append(littleEndian: milliseconds)
      batch.put(counters.bytes.array, for: Self.counterKey, in: self.numbers)
      _ = try self.store.commitNow(batch, .synced)
      return nil
    } catch {
      return Self.error(error)
    }
  }

  static func error(_ error: any Error) -> NamespaceError {
    if let error = error as? NamespaceError { return error }
    guard let error = error as? StoreError else { return NamespaceError(.internal, "\(error)") }
    return switch error.code {
    case .corruption: NamespaceError(.corrupted, "\(error)")
    case .fullDisk: NamespaceError(.noSpace, "\(error)")
    case .closed: NamespaceError(.shuttingDown, "\(error)")
    case .overloaded: NamespaceError(.slowDown, "\(error)")
    default: NamespaceError(.internal, "\(error)")
    }
  }
}
