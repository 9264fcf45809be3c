private import Glibc
private import Synchronization

/// Prints which input was being parsed when the process traps, and ends a process whose parser does
/// not come back.
enum CrashWatch {
  /// One fuzz run. Written by the thread that runs it, read by the signal handler and the watchdog.
  final class Slot: Sendable {
    fileprivate let thread = Atomic<UInt>(0)
    fileprivate let iteration = Atomic<Int>(0)
    fileprivate let byteCount = Atomic<Int>(0)
    fileprivate let watchdogTicks = Atomic<Int>(0)
    /// What is printed, with `%` where the number of the input goes. Never freed: a handler may read
    /// it at any time.
    fileprivate nonisolated(unsafe) let message: UnsafeMutablePointer<CChar>
    fileprivate nonisolated(unsafe) let path: UnsafeMutablePointer<CChar>

    fileprivate init(message: String, path: String) {
      self.message = strdup(message).unsafelyUnwrapped
      self.path = strdup(path).unsafelyUnwrapped
    }

    func begin(_ iteration: Int, byteCount: Int) {
      self.byteCount.store(byteCount, ordering: .relaxed)
      self.iteration.store(iteration, ordering: .relaxed)
      self.watchdogTicks.store(0, ordering: .relaxed)
      self.thread.store(UInt(pthread_self()), ordering: .releasing)
    }

    func end() { self.thread.store(0, ordering: .releasing) }
  }

  static let slotCount = 64
  static let stuckAfterSeconds = 20

  /// Slots are found by the handler without a lock: the table is only ever appended to.
  fileprivate nonisolated(unsafe) static let slots =
    UnsafeMutablePointer<Unmanaged<Slot>?>.allocate(capacity: slotCount)
  fileprivate static let used = Atomic<Int>(0)
  fileprivate static let stopped: [Int32] = [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT]
  fileprivate nonisolated(unsafe) static let earlier =
    UnsafeMutablePointer<sigaction>.allocate(capacity: 65)

  private static let installed: Void = install()
  private static let registration = Mutex(())

  /// A slot for one run. With more than 64 runs in one process the later ones go unwatched.
  static func register(message: String, path: String) -> Slot {
    _ = installed
    let slot = Slot(message: message, path: path)
    registration.withLock { _ in
      let index = used.load(ordering: .acquiring)
      guard index < slotCount else { return }
      slots[index] = Unmanaged.passRetained(slot)
      used.store(index + 1, ordering: .releasing)
    }
    return slot
  }

  private static func install() {
    slots.initialize(repeating: nil, count: slotCount)
    earlier.initialize(repeating: sigaction(), count: 65)
    for signal in stopped {
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { crashed($0) }
      action.sa_flags = Int32(SA_NODEFER) | Int32(SA_ONSTACK)
      sigaction(signal, &action, earlier + Int(signal))
    }
    var thread = pthread_t()
    pthread_create(&thread, nil, { _ in watchdog() }, nil)
  }
}

/// Says which input it was, then lets the handler that was there before have the signal: the faulting
/// instruction runs again.
private func crashed(_ signal: Int32) {
  let thread = UInt(pthread_self())
  for index in 0..<CrashWatch.used.load(ordering: .acquiring) {
    guard let slot = CrashWatch.slots[index]?._withUnsafeGuaranteedRef({ $0 }),
      slot.thread.load(ordering: .acquiring) == thread
    else { continue }
    report(slot)
  }
  sigaction(signal, CrashWatch.earlier + Int(signal), nil)
  if signal == SIGABRT { raise(signal) }
}

private func report(_ slot: CrashWatch.Slot) {
  // Cuts the file to this input, so that it can be handed to the parser as it is.
  truncate(slot.path, slot.byteCount.load(ordering: .relaxed))
  var at = slot.message
  while at.pointee != 0 {
    if at.pointee == CChar(bitPattern: UInt8(ascii: "%")) {
      write(number: slot.iteration.load(ordering: .relaxed))
    } else {
      write(2, at, 1)
    }
    at += 1
  }
}

private func write(number: Int) {
  var divisor = 1
  while number / divisor >= 10 { divisor *= 10 }
  while divisor > 0 {
    var digit = UInt8(number / divisor % 10) + UInt8(ascii: "0")
    write(2, &digit, 1)
    divisor /= 10
  }
}

private func watchdog() -> UnsafeMutableRawPointer? {
  while true {
    sleep(1)
    for index in 0..<CrashWatch.used.load(ordering: .acquiring) {
      guard let slot = CrashWatch.slots[index]?.takeUnretainedValue(),
        slot.thread.load(ordering: .acquiring) != 0
      else { continue }
      let ticks = slot.watchdogTicks.add(1, ordering: .relaxed).newValue
      guard ticks > CrashWatch.stuckAfterSeconds else { continue }
      report(slot)
      abort()
    }
  }
}
