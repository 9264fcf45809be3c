import CDuckDB
import Runtime
private import Synchronization

/// One connection and the thread that runs its statements, one at a time.
///
/// Cancelling the task that waits for a statement interrupts it, within about 10 ms; the statement then
/// throws `cancelled`, and the session can be used again. A result that is still open makes the next
/// statement throw `busy`.
public final class Session: Sendable {
  public let database: Database
  let connection: SessionConnection

  init(_ database: Database, name: String) throws(ColumnarError) {
    self.database = database
    self.connection = try SessionConnection(database.handle, name: name)
  }

  deinit { self.connection.stop() }

  /// Ends the session once what runs has ended. Later statements throw `closed`.
  public func close() { self.connection.stop() }

  /// Interrupts the statement that runs, if one does, from any thread.
  public func interrupt() { self.connection.interrupt() }

  /// How far the statement that runs has come, in per cent; nil when the engine does not know. The
  /// setting `enable_progress_bar` must be on.
  public var progress: Progress? { self.connection.progress }

  public struct Progress: Sendable {
    public var percentage: Double
    public var rowsDone: UInt64
    public var rowsTotal: UInt64
  }

  /// Whether a result is open or a statement runs.
  public var isBusy: Bool { self.connection.isBusy }
}

/// The native connection with its thread and its state of interruption.
final class SessionConnection: @unchecked Sendable {
  // Sendable: the native handle is used on the session's thread, except for interrupting and progress,
  // which the engine allows from any and which are kept apart from disconnecting by `state`.
  let pool: BlockingPool
  private var native: duckdb_connection?
  private let database: DatabaseHandle
  private let state = Mutex(State())

  private struct State {
    /// The statement that runs or whose result is open, and whether it was cancelled.
    var current: UInt64?
    var isInterruptible = false
    var isCancelled = false
    var next: UInt64 = 1
    var isStopped = false
    var isConnected = true
  }

  init(_ database: DatabaseHandle, name: String) throws(ColumnarError) {
    self.database = database
    self.native = try database.connect()
    self.pool = BlockingPool(name: name, threads: 1)
  }

  /// Disconnects after what runs, without waiting for it; the thread ends by itself.
  func stop() {
    let isFirst = self.state.withLock { state in
      defer { state.isStopped = true }
      return !state.isStopped
    }
    guard isFirst else { return }
    let isQueued = self.pool.submit {
      self.state.withLock { $0.isConnected = false }
      duckdb_disconnect(&self.native)
    }
    self.pool.retire()
    precondition(isQueued, "BUG: a session's queue was full or had stopped")
  }

  func interrupt() {
    self.state.withLock { state in
      guard state.current != nil else { return }
      self.cancel(&state)
    }
  }

  var progress: Session.Progress? {
    self.state.withLock { state in
      guard state.isConnected, state.isInterruptible else { return nil }
      let progress = duckdb_query_progress(self.native)
      guard progress.percentage >= 0 else { return nil }
      return Session.Progress(
        percentage: progress.percentage, rowsDone: progress.rows_processed,
        rowsTotal: progress.total_rows_to_process)
    }
  }

  var isBusy: Bool { self.state.withLock { $0.current != nil } }

  // MARK: One statement

  /// Takes the connection for one statement; the number names it until `end`.
  func begin() throws(ColumnarError) -> UInt64 {
    try self.state.withLock { state throws(ColumnarError) in
      guard !state.isStopped else { throw ColumnarError(.closed, "the session is closed") }
      guard state.current == nil else {
        throw ColumnarError(.busy, "the session has a statement that runs or a result that is open")
      }
      let number = state.next
      state.next += 1
      state.current = number
      state.isCancelled = false
      return number
    }
  }

  func end(_ number: UInt64) {
    self.state.withLock { state in
      guard state.current == number else { return }
      state.current = nil
      state.isInterruptible = false
    }
  }

  /// From now on an interrupt reaches the engine, which forgets earlier ones when a statement begins. One
  /// that came before is given now. The statement must then be executed all the same: the engine's
  /// workers may have begun it, and stop only when it ends.
  func allowInterrupt(_ number: UInt64) {
    self.state.withLock { state in
      guard state.current == number else { return }
      state.isInterruptible = true
      if state.isCancelled { duckdb_interrupt(self.native) }
    }
  }

  func cancel(_ number: UInt64) {
    self.state.withLock { state in
      guard state.current == number else { return }
      self.cancel(&state)
    }
  }

  private func cancel(_ state: inout State) {
    state.isCancelled = true
    if state.isInterruptible, state.isConnected { duckdb_interrupt(self.native) }
  }

  /// Runs `work` on the session's thread as a part of statement `number`; cancelling the calling task
  /// interrupts it.
  func run<T>(
    _ number: UInt64,
    _ work: @escaping @Sendable (duckdb_connection?) throws(ColumnarError) -> sending T
  ) async throws(ColumnarError) -> T {
    let result: Result<T, ColumnarError> = await withTaskCancellationHandler {
      do {
        return try await self.pool.run { () -> Result<T, ColumnarError> in
          do throws(ColumnarError) { return .success(try work(self.native)) } catch {
            return .failure(error)
          }
        }
      } catch {
        return .failure(ColumnarError(.closed, "the session is closed"))
      }
    } onCancel: {
      self.cancel(number)
    }
    return try result.get()
  }

  /// Gives native memory back on the session's thread, without waiting for it.
  func release(_ work: @escaping @Sendable () -> Void) {
    // A session that has stopped has no statement open, and its memory can go from any thread.
    if !self.pool.submit(work) { work() }
  }
}
