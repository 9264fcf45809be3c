package import Bytes
internal import Journal
package import ObjectModel
package import Runtime
internal import Synchronization
internal import Values

/// Our own namespace engine: a persistent adaptive radix tree over a journal. DESIGN.md has its bytes.
///
/// Any thread reads, without a lock while what it needs is in memory. One task (`run`) commits: it takes
/// what waits, decides and applies each request in turn, makes all of them durable with one record of
/// the journal, and then answers. What a reader saw of a batch that is not durable yet is told when it
/// is. Checkpoints write what changed to new places beside it.
package final class TreeEngine: KeyTree, Sendable {
  package typealias Transaction = EngineTransaction

  let options: TreeEngineOptions
  package let clock: any TimeSource
  let directory: String
  let journal: Journal
  let files: EngineFiles
  let memory: TreeMemory
  /// Never held across a wait.
  let state: Mutex<Locked<EngineState>>
  let queue: Mutex<EngineQueue>
  /// The last batch whose changes are durable, or taken back.
  let durable: Atomic<UInt64>
  /// Questions and changes, and those of them for which a frame had to be read.
  let looks = Atomic<UInt64>(0)
  let looksOnDisk = Atomic<UInt64>(0)
  /// Keeps the frame table, to which `memory` points.
  private let table: Locked<FrameTable>

  init(
    options: TreeEngineOptions, clock: any TimeSource, directory: String, journal: Journal,
    files: EngineFiles, state: EngineState
  ) {
    self.options = options
    self.clock = clock
    self.directory = directory
    self.journal = journal
    self.files = files
    self.memory = state.memory
    self.table = Locked(state.tree.table)
    self.durable = Atomic(state.batch)
    self.state = Mutex(Locked(state))
    self.queue = Mutex(EngineQueue())
  }

  func withState<R, E: Error>(
    _ body: (EngineState) throws(E) -> R
  ) throws(E) -> R {
    let result: Result<R, E> = self.state.withLock { locked in
      // The value leaves the lock with its caller, who is the only one to have it.
      nonisolated(unsafe) let state = locked.value
      do throws(E) {
        nonisolated(unsafe) let value = try body(state)
        return .success(value)
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  // MARK: Reading

  package func get(_ key: [UInt8]) async throws(NamespaceError) -> [UInt8]? {
    var loads = 0
    self.looks.add(1, ordering: .relaxed)
    while true {
      try self.checkAlive()
      var value = ByteWriter(capacity: 512)
      switch self.lookup(key, into: &value) {
      case .found(_, let batch):
        if await self.isTold(batch) { return value.bytes.array }
      case .absent(let batch):
        if await self.isTold(batch) { return nil }
      case .missing(let id):
        try await self.load(id, &loads)
      case .contended:
        preconditionFailure("the owner of the tree is in its own way")
      }
    }
  }

  /// For benchmarks and callers that keep the memory: appends the value. Nil: ask `get`, which may wait.
  package func getNow(_ key: UnsafeRawBufferPointer, into value: inout ByteWriter) -> Bool? {
    let before = value.count
    switch self.memory.lookup(key, into: &value) {
    case .found(_, let batch):
      if batch <= self.durable.load(ordering: .acquiring) { return true }
      value.truncate(to: before)
      return nil
    case .absent(let batch):
      return batch <= self.durable.load(ordering: .acquiring) ? false : nil
    case .missing, .contended:
      return nil
    }
  }

  private func lookup(_ key: [UInt8], into value: inout ByteWriter) -> Lookup {
    let result = key.withUnsafeBytes { self.memory.lookup($0, into: &value) }
    guard result == .contended else { return result }
    return self.withState { state in
      key.withUnsafeBytes { state.memory.lookup($0, into: &value, isOwner: true) }
    }
  }

  package func scan(_ request: TreeScan) async throws(NamespaceError) -> TreePage {
    var scan = Scan.Request(request)
    var loads = 0
    self.looks.add(1, ordering: .relaxed)
    while true {
      try self.checkAlive()
      var output = ByteWriter(capacity: 4096)
      scan.endsWhereMissing = loads > max(4, self.options.framesMax / 4)
      switch self.page(scan, into: &output) {
      case .page(let count, let isTruncated, let batch):
        if await self.isTold(batch) {
          return TreePage(packed: output.bytes.array, count: count, isTruncated: isTruncated)
        }
      case .missing(let id):
        try await self.load(id, &loads)
      case .contended:
        preconditionFailure("the owner of the tree is in its own way")
      }
    }
  }

  private func page(_ scan: Scan.Request, into output: inout ByteWriter) -> Scan.Outcome {
    let keyBytesMax = self.options.keyBytesMax
    let outcome = self.memory.scan(scan, into: &output, keyBytesMax: keyBytesMax)
    guard outcome == .contended else { return outcome }
    return self.withState { state in
      state.memory.scan(scan, into: &output, keyBytesMax: keyBytesMax, isOwner: true)
    }
  }

  package func sums(under prefix: [UInt8]) async throws(NamespaceError) -> TreeSums {
    var loads = 0
    self.looks.add(1, ordering: .relaxed)
    while true {
      try self.checkAlive()
      let (result, batch) = self.withState {
        state -> (Result<Tree.Measure, TreeInterruption>, UInt64) in
        let result: Result<Tree.Measure, TreeInterruption>
        do throws(TreeInterruption) {
          result = .success(
            try withBytes(prefix, []) { bytes, _ throws(TreeInterruption) in
              try state.tree.statistics(bytes)
            })
        } catch {
          result = .failure(error)
        }
        return (result, state.batch)
      }
      switch result {
      case .success(let measure):
        if await self.isTold(batch) {
          return TreeSums(objects: measure.objects, weight: measure.weight)
        }
      case .failure(let interruption):
        guard case .missing(let id) = interruption else { throw Self.error(interruption) }
        try await self.load(id, &loads)
      }
    }
  }

  /// True once `batch` is durable. False when it was taken back and what was read is void.
  private func isTold(_ batch: UInt64) async -> Bool {
    if batch <= self.durable.load(ordering: .acquiring) { return true }
    return await withUnsafeContinuation { waiter in
      let isDurable = self.queue.withLock { queue in
        if batch <= self.durable.load(ordering: .acquiring) { return true }
        queue.readers.append(waiter)
        return false
      }
      if isDurable { waiter.resume(returning: true) }
    }
  }

  // MARK: Committing

  package func commit<R: Sendable>(
    _ decide: @escaping @Sendable (inout EngineTransaction) throws -> R
  ) async throws(NamespaceError) -> R {
    let result = CommitResult<R>()
    let error = await withUnsafeContinuation { waiter in
      let request = CommitRequest<EngineTransaction>(waiter) { transaction in
        result.value = try decide(&transaction)
      }
      self.enqueue(request)
    }
    if let error { throw error }
    guard let value = result.value else { preconditionFailure("a commit without a result") }
    return value
  }

  private func enqueue(_ request: CommitRequest<EngineTransaction>) {
    var idle: UnsafeContinuation<Void, Never>?
    let refusal = self.queue.withLock { queue -> NamespaceError? in
      if let error = queue.refusal { return error }
      guard queue.requests.count < self.options.queueMax else {
        return NamespaceError(.slowDown, "\(queue.requests.count) changes wait already")
      }
      queue.requests.append(request)
      idle = queue.idle.take()
      return nil
    }
    if let refusal { request.resume(refusal) }
    idle?.resume()
  }

  func checkAlive() throws(NamespaceError) {
    if let error = self.queue.withLock({ $0.failure }) { throw error }
  }

  static func error(_ interruption: TreeInterruption) -> NamespaceError {
    switch interruption {
    case .entryTooLarge:
      NamespaceError(.badRequest, "the record is larger than a quarter of a frame")
    case .keyTooLong: NamespaceError(.keyTooLong, "a key would be too long")
    case .destinationExists:
      NamespaceError(.destinationExists, "something is under the destination")
    case .sourceMissing: NamespaceError(.noSuchKey, "nothing is under the source")
    case .noMemory:
      NamespaceError(.slowDown, "the frame cache is full of frames that wait for a checkpoint")
    case .missing(let id): NamespaceError(.internal, "frame \(id) was not read")
    }
  }
}

/// A reference type behind a lock.
struct Locked<Value>: @unchecked Sendable {
  // Sendable: the value is touched under the lock only.
  let value: Value
  init(_ value: Value) { self.value = value }
}

/// Who waits for what.
struct EngineQueue: Sendable {
  var requests: [CommitRequest<EngineTransaction>] = []
  /// Readers of the batch under way.
  var readers: [UnsafeContinuation<Bool, Never>] = []
  /// The committing task, when it has nothing to do.
  var idle: UnsafeContinuation<Void, Never>?
  var isRunning = false
  var isClosing = false
  /// The disk failed, or the engine is closed: nothing works any more.
  var failure: NamespaceError?
  /// Those who wait for a whole checkpoint.
  var checkpointWaiters: [UnsafeContinuation<NamespaceError?, Never>] = []
  /// Of those, whom the running checkpoint answers.
  var servedWaiters: [UnsafeContinuation<NamespaceError?, Never>] = []
  /// Handed to the checkpointing task; nil while it works or nothing is to do.
  var plan: Locked<CheckpointPlan>?
  var checkpointIdle: UnsafeContinuation<Void, Never>?
  var isCheckpointing = false
  var isTicking = false
  /// Those who wait for the running checkpoint to end.
  var endWaiters: [UnsafeContinuation<Void, Never>] = []
  /// How the last checkpoint ended.
  var checkpointError: NamespaceError?
  var checkpoints = 0
  /// When the last one that went well was done, in this process.
  var checkpointAt: WallTime?

  var refusal: NamespaceError? {
    if let failure = self.failure { return failure }
    return self.isClosing ? NamespaceError(.shuttingDown, "the namespace closes") : nil
  }
}
