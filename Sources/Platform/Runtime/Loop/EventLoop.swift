private import CSystem
private import Synchronization
public import Values

/// One thread, one ring, one task executor.
///
/// A task that was spawned on a loop runs all of its jobs on the loop's thread, and so do its child
/// tasks. What a loop owns is touched by that thread only, without locks. Code that could block belongs
/// on a `BlockingPool`.
public final class EventLoop: TaskExecutor, TimeSource, @unchecked Sendable {
  // Sendable: `inbox` is locked, `counts` is atomic, the rest belongs to the loop's thread.
  public let index: Int
  let backend: Backend
  private var readCount: UInt = 0
  private var ready = JobRing()
  private var timers: TimerWheel
  private var moment: MonotonicTime
  private let inbox = Guarded(Inbox())
  private let isAsleep = Atomic<Bool>(false)
  /// Whether `inbox` may hold something: looked at before its lock is taken.
  private let hasMail = Atomic<Bool>(false)
  private var isStopping = false
  private var freeSlots: [CompletionSlot] = []
  private var freeWindows: [UnsafeMutableRawPointer] = []
  private let counts = LoopCounts()
  /// Files of the loop's group when its backend has none of its own.
  let filePool: BlockingPool

  private struct Inbox: Sendable {
    var jobs: [UnownedJob] = []
    var errands: [@Sendable () -> Void] = []
  }

  init(index: Int, backend: Backend, filePool: BlockingPool) {
    self.index = index
    self.backend = backend
    self.filePool = filePool
    self.moment = MonotonicTime(nanoseconds: csystem_monotonic_ns())
    self.timers = TimerWheel(tick: self.moment.nanoseconds / 1_000_000)
  }

  deinit {
    for slot in self.freeSlots { slot.destroy() }
    for window in self.freeWindows { window.deallocate() }
  }

  /// The loop of the calling thread.
  public static var current: EventLoop? {
    guard let word = csystem_thread_word() else { return nil }
    return Unmanaged<EventLoop>.fromOpaque(word).takeUnretainedValue()
  }

  @inline(__always) var isCurrent: Bool {
    csystem_thread_word() == Unmanaged.passUnretained(self).toOpaque()
  }

  /// The time at which the present turn began; off the loop's thread, the clock's.
  public var now: MonotonicTime {
    self.isCurrent ? self.moment : MonotonicTime(nanoseconds: csystem_monotonic_ns())
  }

  public var wallNow: WallTime { WallTime(nanoseconds: csystem_wall_ns()) }

  // MARK: Tasks

  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if self.isCurrent {
      self.ready.push(job)
    } else {
      self.inbox.withLock { $0.jobs.append(job) }
      self.announceMail()
    }
  }

  /// Runs `body` in a task of its own on this loop. The one way to start work that nobody waits for:
  /// its owner counts it (as `Listener` does its connections) or ends with the process.
  public func spawn(_ body: @escaping @Sendable () async -> Void) {
    Task(executorPreference: self) { await body() }
  }

  /// Runs `body` on the loop's thread, soon.
  func execute(_ body: @escaping @Sendable () -> Void) {
    self.inbox.withLock { $0.errands.append(body) }
    self.announceMail()
  }

  private func announceMail() {
    self.hasMail.store(true, ordering: .sequentiallyConsistent)
    // Only the first of many wakes the thread: a write to the kernel costs more than the list.
    if self.isAsleep.exchange(false, ordering: .sequentiallyConsistent) { self.backend.wake() }
  }

  // MARK: The turn

  /// Runs the loop until `stop`; the calling thread becomes the loop's.
  func run() {
    csystem_thread_set_word(Unmanaged.passUnretained(self).toOpaque())
    csystem_thread_set_shard(UInt32(self.index + 1))
    let executor = self.asUnownedTaskExecutor()
    while true {
      self.moment = MonotonicTime(nanoseconds: csystem_monotonic_ns())
      self.takeInbox()
      self.fireTimers()
      // What becomes ready meanwhile waits for the next turn, so that input is never starved.
      var budget = self.ready.count
      self.counts.jobs.add(UInt64(budget))
      while budget > 0, let job = self.ready.pop() {
        job.runSynchronously(on: executor)
        budget &-= 1
      }
      if self.isStopping, self.ready.count == 0 { break }
      do {
        try self.backend.turn(timeout: self.timeout(), now: self.moment.nanoseconds)
      } catch {
        preconditionFailure("FATAL: loop \(self.index) cannot wait for the kernel: \(error)")
      }
      self.isAsleep.store(false, ordering: .relaxed)
      self.counts.turns.add(1)
      self.counts.systemCalls.set(self.backend.systemCalls)
    }
    csystem_thread_set_word(nil)
  }

  /// How long the kernel may keep us: not at all when there is work, else until the next timer.
  private func timeout() -> UInt64 {
    if self.ready.count > 0 { return 0 }
    // Announced first, looked for afterwards: a job that arrives in between either is seen here or
    // finds the announcement and wakes us.
    self.isAsleep.store(true, ordering: .sequentiallyConsistent)
    if self.hasMail.load(ordering: .sequentiallyConsistent) { return 0 }
    guard let tick = self.timers.nextTick() else { return .max }
    let due = tick * 1_000_000
    let now = csystem_monotonic_ns()
    return due > now ? due - now : 0
  }

  private func takeInbox() {
    guard self.hasMail.load(ordering: .acquiring) else { return }
    // Lowered before the list is taken: what comes after raises it again.
    self.hasMail.store(false, ordering: .sequentiallyConsistent)
    let (jobs, errands) = self.inbox.withLock { inbox in
      let taken = (inbox.jobs, inbox.errands)
      inbox.jobs = []
      inbox.errands = []
      return taken
    }
    for job in jobs { self.ready.push(job) }
    for errand in errands { errand() }
  }

  func stop() {
    self.execute { self.isStopping = true }
  }

  // MARK: Time

  private func fireTimers() {
    let tick = self.moment.nanoseconds / 1_000_000
    while let entry = self.timers.takeDue(until: tick) { entry.pointee.action() }
  }

  /// Arms `entry`, or moves it when it is armed.
  func arm(_ entry: UnsafeMutablePointer<TimerEntry>, at deadline: MonotonicTime) {
    if entry.pointee.slot >= 0 { self.timers.remove(entry) }
    self.timers.insert(entry, at: deadline.nanoseconds / 1_000_000 + 1)
  }

  func disarm(_ entry: UnsafeMutablePointer<TimerEntry>) {
    if entry.pointee.slot >= 0 { self.timers.remove(entry) }
  }

  // MARK: Slots and windows

  /// Whether a read of what is in memory may go without a turn: most may, one of so many does not.
  func mayReadNow() -> Bool {
    self.readCount &+= 1
    return self.readCount % Self.readsPerTurn != 0
  }

  private static let readsPerTurn: UInt = 32

  func takeSlot() -> CompletionSlot { self.freeSlots.popLast() ?? .make() }

  func giveBack(_ slot: CompletionSlot) {
    if self.freeSlots.count < 1024 { self.freeSlots.append(slot) } else { slot.destroy() }
  }

  /// Memory for an input window that must grow or gather: of the size that most messages fit.
  static let windowBytes = 16_384

  func takeWindow() -> UnsafeMutableRawPointer {
    self.freeWindows.popLast()
      ?? .allocate(byteCount: Self.windowBytes, alignment: 64)
  }

  func giveBackWindow(_ window: UnsafeMutableRawPointer) {
    if self.freeWindows.count < 256 { self.freeWindows.append(window) } else { window.deallocate() }
  }

  public var statistics: LoopStatistics {
    LoopStatistics(
      turns: self.counts.turns.value, jobs: self.counts.jobs.value,
      systemCalls: self.counts.systemCalls.value)
  }
}

/// What a loop has done so far.
public struct LoopStatistics: Sendable {
  public var turns: UInt64
  public var jobs: UInt64
  public var systemCalls: UInt64
}

/// Counters that one thread writes and any may read.
private struct LoopCounts: ~Copyable {
  let turns = LoopCounter()
  let jobs = LoopCounter()
  let systemCalls = LoopCounter()
}

private struct LoopCounter: ~Copyable {
  private let count = Atomic<UInt64>(0)
  var value: UInt64 { self.count.load(ordering: .relaxed) }
  func set(_ number: UInt64) { self.count.store(number, ordering: .relaxed) }
  /// Not an atomic addition: there is one writer.
  func add(_ number: UInt64) {
    self.count.store(self.count.load(ordering: .relaxed) &+ number, ordering: .relaxed)
  }
}
