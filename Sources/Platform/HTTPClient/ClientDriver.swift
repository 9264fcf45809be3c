private import CCurl
private import CSystem
internal import Runtime

/// The thread `lake-http-cli` with its curl handles: everything of curl's is touched there and nowhere
/// else. Other threads leave commands and wake it; what it finishes wakes the tasks that wait.
final class ClientDriver: @unchecked Sendable {
  // Sendable: `commands` is locked; what is below belongs to the thread.
  private enum Command {
    case start(Transfer)
    case cancel(Transfer)
    case unpause(Transfer)
    case wake(Sleeper)
  }
  private struct Commands {
    var list: [Command] = []
    var isStopping = false
    var transferCount = 0
  }
  private let commands = Guarded(Commands())
  private let requestsMax: Int
  private let multi: UnsafeMutableRawPointer
  private let thread = Guarded<UInt64>(0)

  private var active: [UnsafeMutableRawPointer: Transfer] = [:]
  private var idleHandles: [UnsafeMutableRawPointer] = []
  private var sleepers: [Sleeper] = []

  init(_ options: HTTPClientOptions) {
    precondition(curlStarted == CCURL_OK, "FATAL: libcurl cannot start: code \(curlStarted)")
    let multi = ccurl_multi_new(
      Int64(options.connectionsPerHostMax), Int64(options.connectionsMax),
      Int64(options.connectionsMax))
    guard let multi else { preconditionFailure("FATAL: out of memory for an HTTP client") }
    self.multi = multi
    self.requestsMax = options.requestsMax
    var handle: UInt64 = 0
    let code = csystem_thread_start(
      &handle, "lake-http-cli",
      { context in
        // The thread keeps the driver alive until it was stopped.
        Unmanaged<ClientDriver>.fromOpaque(context.unsafelyUnwrapped).takeRetainedValue().run()
      }, Unmanaged.passRetained(self).toOpaque())
    precondition(code == 0, "FATAL: cannot start the thread of an HTTP client: errno \(-code)")
    self.thread.withLock { $0 = handle }
  }

  deinit { ccurl_multi_free(self.multi) }

  // MARK: From other threads

  /// False when too many transfers are under way, or the client was stopped.
  func start(_ transfer: Transfer) throws(HTTPClientError) {
    let (isStopping, isFull, wakes) = self.commands.withLock { commands in
      if commands.isStopping { return (true, false, false) }
      if commands.transferCount >= self.requestsMax { return (false, true, false) }
      commands.transferCount += 1
      commands.list.append(.start(transfer))
      return (false, false, commands.list.count == 1)
    }
    if isStopping { throw HTTPClientError(.stopped, "the HTTP client was stopped") }
    if isFull {
      throw HTTPClientError(
        .overloaded, "\(self.requestsMax) requests are under way", hint: "try again later")
    }
    if wakes { ccurl_multi_wakeup(self.multi) }
  }

  func cancel(_ transfer: Transfer) { self.submit(.cancel(transfer)) }
  func unpause(_ transfer: Transfer) { self.submit(.unpause(transfer)) }

  /// Waits without an event loop; ends at once when the task is cancelled or the client stopped.
  func sleep(until deadline: UInt64) async {
    let sleeper = Sleeper(until: deadline)
    await withTaskCancellationHandler {
      await withUnsafeContinuation { waiter in
        sleeper.begin(waiter)
        self.submit(.wake(sleeper))
      }
    } onCancel: {
      sleeper.end()
    }
  }

  private func submit(_ command: Command) {
    let (isAccepted, wakes) = self.commands.withLock { commands in
      if commands.isStopping { return (false, false) }
      commands.list.append(command)
      return (true, commands.list.count == 1)
    }
    if wakes { ccurl_multi_wakeup(self.multi) }
    if !isAccepted, case .wake(let sleeper) = command { sleeper.end() }
  }

  /// Fails what is under way and ends the thread. Called from another one.
  func stop() {
    self.commands.withLock { $0.isStopping = true }
    ccurl_multi_wakeup(self.multi)
    let handle = self.thread.withLock { handle in
      defer { handle = 0 }
      return handle
    }
    if handle != 0 { _ = csystem_thread_join(handle) }
  }

  // MARK: The thread

  private func run() {
    while true {
      let (list, isStopping) = self.commands.withLock { commands in
        let list = commands.list
        commands.list = []
        return (list, commands.isStopping)
      }
      for command in list { self.handle(command) }
      if isStopping { break }
      _ = ccurl_multi_perform(self.multi)
      self.collectDone()
      self.wakeSleepers()
      _ = ccurl_multi_poll(self.multi, self.pollMilliseconds())
    }
    for transfer in self.active.values {
      self.release(transfer)
      transfer.finish(
        HTTPClientError(.stopped, "the HTTP client was stopped", mayHaveArrived: true))
    }
    for sleeper in self.sleepers { sleeper.end() }
    self.active = [:]
    self.sleepers = []
    for handle in self.idleHandles { ccurl_free(handle) }
  }

  private func handle(_ command: Command) {
    switch command {
    case .start(let transfer): self.begin(transfer)
    case .cancel(let transfer):
      guard transfer.handle != nil else { return }
      self.end(
        transfer, HTTPClientError(.cancelled, "the request was cancelled", mayHaveArrived: true))
    case .unpause(let transfer):
      // Calls back at once with what it has held.
      if let handle = transfer.handle { _ = ccurl_unpause(handle) }
    case .wake(let sleeper): self.sleepers.append(sleeper)
    }
  }

  private func begin(_ transfer: Transfer) {
    guard let handle = self.idleHandles.popLast() ?? ccurl_new() else {
      preconditionFailure("FATAL: out of memory for an HTTP request")
    }
    transfer.handle = handle
    self.active[handle] = transfer
    let code = transfer.prepare(handle)
    guard code == CCURL_OK, ccurl_multi_add(self.multi, handle) == 0 else {
      return self.end(transfer, transfer.error(of: code))
    }
  }

  private func collectDone() {
    var code: Int32 = 0
    while let handle = ccurl_multi_next_done(self.multi, &code) {
      guard let transfer = self.active[handle] else { continue }
      self.end(transfer, code == CCURL_OK ? nil : transfer.error(of: code))
    }
  }

  private func end(_ transfer: Transfer, _ failure: HTTPClientError?) {
    if let handle = transfer.handle { self.active[handle] = nil }
    self.release(transfer)
    transfer.finish(failure)
  }

  private func release(_ transfer: Transfer) {
    guard let handle = transfer.handle else { return }
    transfer.handle = nil
    ccurl_multi_remove(self.multi, handle)
    ccurl_reset(handle)
    ccurl_fields_free(transfer.lines)
    transfer.lines = nil
    if self.idleHandles.count < 64 { self.idleHandles.append(handle) } else { ccurl_free(handle) }
    self.commands.withLock { $0.transferCount -= 1 }
  }

  private func wakeSleepers() {
    guard !self.sleepers.isEmpty else { return }
    let now = csystem_monotonic_ns()
    for sleeper in self.sleepers where sleeper.deadline <= now { sleeper.end() }
    self.sleepers.removeAll { $0.deadline <= now }
  }

  private func pollMilliseconds() -> Int32 {
    guard let first = self.sleepers.map(\.deadline).min() else { return 60_000 }
    let now = csystem_monotonic_ns()
    return first > now ? Int32(clamping: (first - now) / 1_000_000 + 1) : 0
  }
}

/// One waiting task; woken once, by whoever comes first.
private final class Sleeper: Sendable {
  let deadline: UInt64
  private struct State {
    var waiter: UnsafeContinuation<Void, Never>?
    var isOver = false
  }
  private let state = Guarded(State())

  init(until deadline: UInt64) { self.deadline = deadline }

  func begin(_ waiter: UnsafeContinuation<Void, Never>) {
    let isOver = self.state.withLock { state in
      if !state.isOver { state.waiter = waiter }
      return state.isOver
    }
    if isOver { waiter.resume() }
  }

  func end() {
    let waiter = self.state.withLock { state in
      state.isOver = true
      return state.waiter.take()
    }
    waiter?.resume()
  }
}
