public import Runtime
public import Values

/// Virtual time: it stands still while a job runs and jumps to the next timer when none is ready.
///
/// Faults: the wall clock may be set forwards or backwards (`jumpWall`), and `view` gives a host a wall
/// clock that is off by a constant and drifts. Monotonic time is never wrong. Timers survive nothing:
/// a sleeping task that is cancelled wakes at once, in the order the executor chooses.
public final class SimulatedClock: TimeSource, @unchecked Sendable {
  // Sendable: touched only by the thread that drives the simulation.
  private struct Timer {
    var deadline: MonotonicTime
    var id: UInt64
    var action: Action
  }

  private enum Action {
    case wake(UnsafeContinuation<Bool, Never>)
    case call(() -> Void)

    func fire(isDue: Bool) {
      switch self {
      case .wake(let waiter): waiter.resume(returning: isDue)
      case .call(let body): if isDue { body() }
      }
    }
  }

  public private(set) var now = MonotonicTime(nanoseconds: 1_000_000_000)
  private var wallOffset: Duration
  private var timers: [Timer] = []  // The next one last.
  private var nextID: UInt64 = 0

  /// - Parameter start: the calendar's moment at the start of the simulation.
  public init(start: WallTime = WallTime(nanoseconds: 1_767_225_600_000_000_000)) {
    self.wallOffset = .nanoseconds(start.nanoseconds)
  }

  public var wallNow: WallTime {
    WallTime(nanoseconds: Int64(clamping: self.now.nanoseconds)) + self.wallOffset
  }

  /// Sets the wall clock by `step`, as an operator or a time daemon would.
  public func jumpWall(by step: Duration) { self.wallOffset += step }

  public func sleep(until deadline: MonotonicTime) async throws(CancellationError) {
    if Task.isCancelled { throw CancellationError() }
    guard deadline > self.now else { return }
    let id = self.makeID()
    let isDue = await withTaskCancellationHandler {
      await withUnsafeContinuation { waiter in
        // Cancelled before there was a timer to cancel.
        if Task.isCancelled { return waiter.resume(returning: false) }
        self.add(Timer(deadline: deadline, id: id, action: .wake(waiter)))
      }
    } onCancel: {
      self.cancel(id)
    }
    guard isDue else { throw CancellationError() }
  }

  /// Waits like an operation that the kernel has begun: cancellation does not shorten it.
  public func pause(for duration: Duration) async {
    guard duration > .zero else { return }
    let timer = (deadline: self.now + duration, id: self.makeID())
    _ = await withUnsafeContinuation { waiter in
      self.add(Timer(deadline: timer.deadline, id: timer.id, action: .wake(waiter)))
    }
  }

  /// Calls `body` at `moment`, between jobs. Returns what `cancel` takes.
  @discardableResult
  func schedule(at moment: MonotonicTime, _ body: @escaping () -> Void) -> UInt64 {
    let id = self.makeID()
    self.add(Timer(deadline: moment, id: id, action: .call(body)))
    return id
  }

  /// The deadline of the next timer.
  public var nextDeadline: MonotonicTime? { self.timers.last?.deadline }

  /// Moves time to `moment` and wakes everyone whose deadline has come.
  public func advance(to moment: MonotonicTime) {
    self.now = max(self.now, moment)
    while let timer = self.timers.last, timer.deadline <= self.now {
      self.timers.removeLast()
      timer.action.fire(isDue: true)
    }
  }

  /// The clock of one host: the same monotonic time, a wall clock of its own.
  public func view(offBy skew: Duration, driftPartsPerMillion drift: Int64 = 0) -> HostClock {
    HostClock(base: self, skew: skew, driftPartsPerMillion: drift)
  }

  private func makeID() -> UInt64 {
    self.nextID += 1
    return self.nextID
  }

  private func add(_ timer: Timer) {
    var low = 0
    var high = self.timers.count
    while low < high {
      let middle = (low + high) / 2
      let other = self.timers[middle]
      if (other.deadline, other.id) > (timer.deadline, timer.id) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    self.timers.insert(timer, at: low)
  }

  func cancel(_ id: UInt64) {
    guard let index = self.timers.firstIndex(where: { $0.id == id }) else { return }
    self.timers.remove(at: index).action.fire(isDue: false)
  }
}

/// A host's clock: simulated time with a wall clock that is off by a constant and drifts.
public final class HostClock: TimeSource, @unchecked Sendable {
  // Sendable: touched only by the thread that drives the simulation.
  private let base: SimulatedClock
  private var skew: Duration
  private let driftPartsPerMillion: Int64

  init(base: SimulatedClock, skew: Duration, driftPartsPerMillion: Int64) {
    self.base = base
    self.skew = skew
    self.driftPartsPerMillion = driftPartsPerMillion
  }

  public var now: MonotonicTime { self.base.now }

  public var wallNow: WallTime {
    let microseconds = Int64(clamping: self.base.now.nanoseconds / 1000)
    let drift = Duration.nanoseconds(microseconds / 1000 * self.driftPartsPerMillion)
    return self.base.wallNow + self.skew + drift
  }

  public func jumpWall(by step: Duration) { self.skew += step }

  public func sleep(until deadline: MonotonicTime) async throws(CancellationError) {
    try await self.base.sleep(until: deadline)
  }
}
