private import CSystem
private import Glibc
private import Synchronization

/// Named threads of our own for calls that block: RocksDB beyond its cache, DuckDB, libpq, file work
/// without io_uring. Nothing else may block, and nothing of a daemon runs on the global pool.
///
/// Work is taken in order of arrival. When `queueLimit` pieces wait, the next one is refused at once:
/// overload answers early instead of growing memory.
public final class BlockingPool: @unchecked Sendable {
  // Sendable: `mutex` guards the queue and the flags; the rest never changes.
  public let name: String
  public let threadCount: Int
  public let queueLimit: Int
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let wake: UnsafeMutablePointer<pthread_cond_t>
  private var queue: [@Sendable () -> Void] = []
  private var head = 0
  private var isStopping = false
  private var threads: [UInt64] = []
  private let counts = PoolCounts()

  /// - Parameter name: at most 13 bytes, so that the kernel shows it with a number behind it.
  public init(name: String, threads threadCount: Int, queueLimit: Int = 16_384) {
    precondition(threadCount > 0, "a pool of \(threadCount) threads")
    precondition(name.utf8.count <= 13, "the pool name \(name) is longer than 13 bytes")
    self.name = name
    self.threadCount = threadCount
    self.queueLimit = queueLimit
    self.mutex = .allocate(capacity: 1)
    self.wake = .allocate(capacity: 1)
    pthread_mutex_init(self.mutex, nil)
    pthread_cond_init(self.wake, nil)
    for number in 0..<threadCount {
      var handle: UInt64 = 0
      // The thread keeps the pool alive until `stop`.
      let context = Unmanaged.passRetained(self).toOpaque()
      let code = csystem_thread_start(
        &handle, "\(name)-\(number)",
        { context in
          let pool = Unmanaged<BlockingPool>.fromOpaque(context.unsafelyUnwrapped)
            .takeRetainedValue()
          pool.work()
        }, context)
      precondition(
        code == 0, "FATAL: cannot start thread \(number) of pool \(name): errno \(-code)")
      self.threads.append(handle)
    }
  }

  deinit {
    pthread_mutex_destroy(self.mutex)
    pthread_cond_destroy(self.wake)
    self.mutex.deallocate()
    self.wake.deallocate()
  }

  /// Runs `work` on a thread of the pool and comes back to the caller's executor.
  ///
  /// Once begun, work is waited for even when the task is cancelled: it may hold the caller's memory.
  /// What `work` holds, the pool has let go of when this returns.
  public func run<T>(_ work: @escaping @Sendable () -> sending T) async throws(PoolOverload) -> T {
    let errand = Errand(work)
    let accepted = await withUnsafeContinuation { (waiter: UnsafeContinuation<Bool, Never>) in
      let job: @Sendable () -> Void = {
        errand.run()
        waiter.resume(returning: true)
      }
      if !self.submit(job) { waiter.resume(returning: false) }
    }
    guard accepted else { throw PoolOverload(pool: self.name, queueLimit: self.queueLimit) }
    return errand.take()
  }

  /// The same for work that can fail.
  public func run<T, E: Error>(
    throwing work: @escaping @Sendable () throws(E) -> sending T
  ) async throws -> T {
    let result = try await self.run { () -> Result<T, E> in
      do throws(E) { return .success(try work()) } catch { return .failure(error) }
    }
    return try result.get()
  }

  /// Hands over work whose end nobody waits for here. False when the pool is full or stopping.
  public func submit(_ job: @escaping @Sendable () -> Void) -> Bool {
    pthread_mutex_lock(self.mutex)
    let waiting = self.queue.count - self.head
    guard !self.isStopping, waiting < self.queueLimit else {
      pthread_mutex_unlock(self.mutex)
      self.counts.refused.add(1, ordering: .relaxed)
      return false
    }
    self.queue.append(job)
    pthread_cond_signal(self.wake)
    pthread_mutex_unlock(self.mutex)
    return true
  }

  /// Lets queued work end, then the threads. Called once, from outside the pool.
  public func stop() {
    pthread_mutex_lock(self.mutex)
    self.isStopping = true
    pthread_cond_broadcast(self.wake)
    pthread_mutex_unlock(self.mutex)
    for thread in self.threads { _ = csystem_thread_join(thread) }
    self.threads = []
  }

  /// `stop` without waiting: queued work is done, then the threads end by themselves. For an owner that
  /// may go on an event loop, or on the pool's own thread.
  public func retire() {
    pthread_mutex_lock(self.mutex)
    self.isStopping = true
    let threads = self.threads
    self.threads = []
    pthread_cond_broadcast(self.wake)
    pthread_mutex_unlock(self.mutex)
    for thread in threads { pthread_detach(pthread_t(thread)) }
  }

  public var statistics: PoolStatistics {
    pthread_mutex_lock(self.mutex)
    let waiting = self.queue.count - self.head
    pthread_mutex_unlock(self.mutex)
    return PoolStatistics(
      waiting: waiting, running: self.counts.running.load(ordering: .relaxed),
      done: self.counts.done.load(ordering: .relaxed),
      refused: self.counts.refused.load(ordering: .relaxed))
  }

  private func work() {
    while let job = self.nextJob() {
      self.counts.running.add(1, ordering: .relaxed)
      job()
      self.counts.running.subtract(1, ordering: .relaxed)
      self.counts.done.add(1, ordering: .relaxed)
    }
  }

  private func nextJob() -> (@Sendable () -> Void)? {
    pthread_mutex_lock(self.mutex)
    defer { pthread_mutex_unlock(self.mutex) }
    while self.head == self.queue.count {
      if self.isStopping { return nil }
      pthread_cond_wait(self.wake, self.mutex)
    }
    let job = self.queue[self.head]
    self.queue[self.head] = {}
    self.head += 1
    if self.head == self.queue.count || self.head >= 1024 {
      self.queue.removeFirst(self.head)
      self.head = 0
    }
    return job
  }
}

/// A pool whose queue is full. Callers answer "slow down" in their protocol's words.
public struct PoolOverload: Error, Sendable, CustomStringConvertible {
  public var pool: String
  public var queueLimit: Int

  public var description: String {
    "the \(self.pool) pool has \(self.queueLimit) pieces of work waiting; try again later"
  }
}

public struct PoolStatistics: Sendable {
  public var waiting: Int
  public var running: Int
  public var done: Int
  public var refused: Int
}

private struct PoolCounts: ~Copyable {
  let running = Atomic<Int>(0)
  let done = Atomic<Int>(0)
  let refused = Atomic<Int>(0)
}

/// Carries work to the pool's thread and its result back to the waiter.
private final class Errand<T>: @unchecked Sendable {
  // Taken before it runs, so that the thread keeps nothing of the caller's once the waiter goes on: a
  // store could not be closed while the last scan's closure was still being let go of.
  private var work: (@Sendable () -> sending T)?
  nonisolated(unsafe) private var value: T?
  // The resume orders the two already; the thread sanitizer does not see that when the resume comes
  // before the waiter has gone to sleep.
  private let isSet = Atomic<Bool>(false)

  init(_ work: @escaping @Sendable () -> sending T) { self.work = work }

  @inline(never)
  func run() {
    // It is set: a job runs once.
    let work = self.work.take().unsafelyUnwrapped
    self.value = work()
    self.isSet.store(true, ordering: .releasing)
  }

  func take() -> sending T {
    precondition(self.isSet.load(ordering: .acquiring), "BUG: the waiter came before the result")
    nonisolated(unsafe) let taken = self.value.take().unsafelyUnwrapped  // It is set.
    return taken
  }
}
