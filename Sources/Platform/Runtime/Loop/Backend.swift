/// What a loop asks of the kernel: operations whose answers arrive in completion slots.
///
/// Two implementations, `UringBackend` and `EpollBackend`, behind one interface and under the same
/// tests. Everything is called on the loop's thread, but for `wake`. An operation's memory stays until
/// its slot has its answer.
class Backend {
  /// Whether file operations go through `readFile` and its like; without, they belong on a pool.
  var doesFiles: Bool { false }
  /// System calls made so far.
  var systemCalls: UInt64 { 0 }

  /// Called first, on the loop's own thread.
  func start() throws(IOFailure) {}
  func stop() {}

  /// Hands over what was prepared, waits for answers at most `timeout` nanoseconds (`.max`: for ever),
  /// and puts the answers into their slots. `now` is when the turn began.
  func turn(timeout: UInt64, now: UInt64) throws(IOFailure) { fatalError("BUG: abstract") }
  /// Ends a wait of `turn` from any thread.
  func wake() {}

  /// Reads into `target`.
  func receive(_ fd: Int32, _ target: UnsafeMutableRawBufferPointer, _ slot: CompletionSlot) {}
  /// Reads into a provided buffer, which is taken when input is there. ENOBUFS when there is none left.
  func receiveProvided(_ fd: Int32, _ slot: CompletionSlot) {}
  /// Sends all of `source`.
  func send(_ fd: Int32, _ source: UnsafeRawBufferPointer, _ slot: CompletionSlot) {}
  /// Sends all of `source`, then reads into a provided buffer, or into `target` when it is given. One
  /// answer, that of the read; ECANCELED when the send failed.
  func sendAndReceive(
    _ fd: Int32, _ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer?,
    _ slot: CompletionSlot
  ) {}
  func accept(_ fd: Int32, _ slot: CompletionSlot) {}
  func connect(_ fd: Int32, _ address: UnsafeRawBufferPointer, _ slot: CompletionSlot) {}
  /// Waits until `fd` is readable or writable; the answer is the events.
  func poll(_ fd: Int32, _ events: UInt32, _ slot: CompletionSlot) {}
  /// Asks for an early end: the slot's answer is then ECANCELED, or what was done before.
  func cancel(_ slot: CompletionSlot) {}
  /// Forgets a descriptor that is about to be closed; it has no operation under way.
  func forget(_ fd: Int32) {}

  func readFile(
    _ fd: Int32, _ target: UnsafeMutableRawBufferPointer, _ offset: Int64, _ slot: CompletionSlot
  ) {}
  func writeFile(
    _ fd: Int32, _ source: UnsafeRawBufferPointer, _ offset: Int64, _ slot: CompletionSlot
  ) {}
  /// Writes, and syncs when all was written: `write` and `sync` get their answers.
  func writeAndSyncFile(
    _ fd: Int32, _ source: UnsafeRawBufferPointer, _ offset: Int64, write: CompletionSlot,
    sync: CompletionSlot
  ) {}
  func syncFile(_ fd: Int32, _ slot: CompletionSlot) {}

  /// The memory of a provided buffer.
  func provided(_ number: Int32) -> UnsafeMutableRawBufferPointer { .init(start: nil, count: 0) }
  func giveBack(_ number: Int32) {}

  /// Memory that file operations may use without pinning it each time.
  func register(_ memory: UnsafeMutableRawBufferPointer) -> Bool { false }
}

/// Which backend a group of loops runs on.
public enum BackendChoice: String, Sendable, CaseIterable {
  /// io_uring where the kernel allows it, else epoll; `LAKE_IO` decides when it is set.
  case automatic = "auto"
  case uring
  case epoll
}
