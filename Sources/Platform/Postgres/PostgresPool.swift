private import CSystem
private import Glibc
public import Observability
private import Values

/// Connections to one PostgreSQL, each with a thread of its own, and one queue before them.
///
/// A batch is one transaction and one way to the server and back. Batches that only read share that way:
/// a thread takes several that wait and sends them in one pipeline. Nothing is bound to a connection, so
/// that a pooler in transaction mode may stand between.
public final class PostgresPool: @unchecked Sendable {
  // Sendable: `mutex` guards the queue and what is below it.
  public let options: PostgresOptions
  private let metrics: PostgresMetrics?
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  /// Changes, those that share a transaction, and reads wait apart.
  private var changes = JobQueue()
  private var shared = JobQueue()
  private var reads = JobQueue()
  /// Threads that read now, and those that make shared transactions.
  private var readerCount = 0
  private var sharerCount = 0
  /// What wakes the threads that rest. The last one is woken first, so that few of them and few of the
  /// server's processes have all the work, and their caches warm.
  private var resting: [Wake] = []
  private var isStopping = false
  private var isPreparing: Bool
  private var threads: [UInt64] = []
  /// Why no thread could connect, and until when none tries: the server was not there a moment ago.
  private var problem: PostgresError?
  private var downUntil: UInt64 = 0

  fileprivate typealias Wake = UnsafeMutablePointer<pthread_cond_t>
  typealias Outcome = Result<[PostgresRows], PostgresError>

  struct Job: Sendable {
    var batch: PostgresBatch
    var since: UInt64
    var waiter: UnsafeContinuation<Outcome, Never>
  }

  public init(_ options: PostgresOptions, metrics registry: MetricRegistry? = nil) {
    precondition(options.connectionsMax > 0, "a pool without connections")
    self.options = options
    self.metrics = registry.map(PostgresMetrics.init)
    self.isPreparing = options.prepares
    self.mutex = .allocate(capacity: 1)
    pthread_mutex_init(self.mutex, nil)
    for number in 0..<options.connectionsMax {
      var handle: UInt64 = 0
      // The thread keeps the pool alive until `stop`.
      let context = Unmanaged.passRetained(self).toOpaque()
      let code = csystem_thread_start(
        &handle, "lake-pg-\(number)",
        { context in
          let pool = Unmanaged<PostgresPool>.fromOpaque(context.unsafelyUnwrapped)
            .takeRetainedValue()
          PostgresWorker(pool).work()
        }, context)
      precondition(code == 0, "FATAL: cannot start a thread for PostgreSQL: errno \(-code)")
      self.threads.append(handle)
    }
  }

  deinit {
    pthread_mutex_destroy(self.mutex)
    self.mutex.deallocate()
  }

  /// Runs a batch; what its statements have answered, in their order.
  ///
  /// Once sent, it is waited for even when the task is cancelled.
  public func run(_ batch: PostgresBatch) async throws(PostgresError) -> [PostgresRows] {
    let outcome = await withUnsafeContinuation { waiter in
      let job = Job(batch: batch, since: csystem_monotonic_ns(), waiter: waiter)
      if let refusal = self.submit(job) { waiter.resume(returning: .failure(refusal)) }
    }
    return try outcome.get()
  }

  public func read(_ statement: PostgresStatement) async throws(PostgresError) -> PostgresRows {
    let rows = try await self.run(PostgresBatch([statement], isReading: true))
    guard let first = rows.first else { throw PostgresError(.unavailable, "no answer") }
    return first
  }

  /// Runs scripts one after the other on a connection of their own; blocks. Each gets what the one
  /// before it has given.
  public func scripts<R>(
    _ body: ((String) throws(PostgresError) -> String?) throws -> R
  ) throws -> R {
    let connection = try PostgresConnection(self.options)
    return try body { (text) throws(PostgresError) in try connection.script(text) }
  }

  private func submit(_ job: Job) -> PostgresError? {
    pthread_mutex_lock(self.mutex)
    defer { pthread_mutex_unlock(self.mutex) }
    if self.isStopping { return PostgresError(.unavailable, "the connections were closed") }
    let waiting = self.changes.count + self.shared.count + self.reads.count
    guard waiting < self.options.waitingMax else {
      return PostgresError(.overloaded, "\(self.options.waitingMax) batches wait for PostgreSQL")
    }
    // Where enough threads are busy with such jobs, they take it with them.
    switch job.batch.lane {
    case .reading:
      self.reads.append(job)
      guard self.readerCount < self.options.readersMax else { return nil }
    case .sharing:
      self.shared.append(job)
      guard self.sharerCount < self.options.sharersMax else { return nil }
    case .alone: self.changes.append(job)
    }
    if let wake = self.resting.popLast() { pthread_cond_signal(wake) }
    return nil
  }

  /// What a thread does next: one change, some that share a transaction, or some batches that read; nil
  /// when the pool ends.
  ///
  /// - Parameters:
  ///   - last: what it did before.
  ///   - wake: what wakes it.
  fileprivate func next(after last: PostgresBatch.Lane?, _ wake: Wake) -> [Job]? {
    pthread_mutex_lock(self.mutex)
    defer { pthread_mutex_unlock(self.mutex) }
    switch last {
    case .reading: self.readerCount -= 1
    case .sharing: self.sharerCount -= 1
    case .alone, nil: break
    }
    while true {
      if self.reads.count > 0, self.readerCount < self.options.readersMax {
        self.readerCount += 1
        return self.reads.take(self.options.sharedMax)
      }
      if self.shared.count > 0, self.sharerCount < self.options.sharersMax {
        self.sharerCount += 1
        return self.shared.take(self.options.sharedMax)
      }
      if self.changes.count > 0 { return self.changes.take(1) }
      if self.isStopping, self.reads.count + self.shared.count == 0 { return nil }
      self.resting.append(wake)
      pthread_cond_wait(wake, self.mutex)
      // One that woke by itself still stands there.
      self.resting.removeAll { $0 == wake }
    }
  }

  fileprivate func record(_ job: Job) {
    self.metrics?.time.record(csystem_monotonic_ns() &- job.since)
  }

  fileprivate var prepares: Bool {
    pthread_mutex_lock(self.mutex)
    defer { pthread_mutex_unlock(self.mutex) }
    return self.isPreparing
  }

  fileprivate func stopPreparing() {
    pthread_mutex_lock(self.mutex)
    self.isPreparing = false
    pthread_mutex_unlock(self.mutex)
  }

  /// What a thread that wants to connect need not find out again. Of all threads: what one knows, each does,
  /// so that nobody is refused by a server that has come back to another.
  fileprivate var recentProblem: PostgresError? {
    pthread_mutex_lock(self.mutex)
    defer { pthread_mutex_unlock(self.mutex) }
    return csystem_monotonic_ns() < self.downUntil ? self.problem : nil
  }

  fileprivate func wasReached(_ problem: PostgresError?) {
    pthread_mutex_lock(self.mutex)
    self.problem = problem
    self.downUntil = problem == nil ? 0 : csystem_monotonic_ns() + 200_000_000
    pthread_mutex_unlock(self.mutex)
  }

  fileprivate func countBroken() { self.metrics?.broken.add() }

  /// Lets what waits end, then the threads. Not called on an event loop: it waits for them.
  public func stop() {
    pthread_mutex_lock(self.mutex)
    self.isStopping = true
    for wake in self.resting { pthread_cond_signal(wake) }
    pthread_mutex_unlock(self.mutex)
    for thread in self.threads { _ = csystem_thread_join(thread) }
    self.threads = []
  }
}

/// Jobs in the order in which they came.
private struct JobQueue {
  private var jobs: [PostgresPool.Job] = []
  private var head = 0

  var count: Int { self.jobs.count - self.head }
  mutating func append(_ job: PostgresPool.Job) { self.jobs.append(job) }

  mutating func take(_ countMax: Int) -> [PostgresPool.Job] {
    let end = min(self.jobs.count, self.head + countMax)
    let taken = Array(self.jobs[self.head..<end])
    self.head = end
    if self.head == self.jobs.count || self.head >= 256 {
      self.jobs.removeFirst(self.head)
      self.head = 0
    }
    return taken
  }
}

struct PostgresMetrics: Sendable {
  let time: Histogram
  let broken: Counter

  init(_ registry: MetricRegistry) {
    self.time = registry.histogram(
      "lake_postgres_batch_seconds", "From asking to the answer of PostgreSQL.",
      scale: .nanoseconds)
    self.broken = registry.counter(
      "lake_postgres_broken_total", "Connections to PostgreSQL that broke under a batch.")
  }
}

/// A thread with its connection.
private final class PostgresWorker {
  private let pool: PostgresPool
  private var connection: PostgresConnection?

  init(_ pool: PostgresPool) { self.pool = pool }

  func work() {
    let wake = PostgresPool.Wake.allocate(capacity: 1)
    pthread_cond_init(wake, nil)
    defer {
      pthread_cond_destroy(wake)
      wake.deallocate()
    }
    var last: PostgresBatch.Lane?
    while let jobs = self.pool.next(after: last, wake) {
      last = jobs[0].batch.lane
      if last == .sharing, jobs.count > 1 {
        self.runTogether(jobs)
      } else {
        self.run(jobs, isRepeat: false)
      }
    }
  }

  /// Changes as one transaction; when it fails, each as one of its own, so that its own error is found.
  private func runTogether(_ given: [PostgresPool.Job]) {
    // Two processes that lock the same things do so in one order.
    let jobs = given.sorted { ($0.batch.sharing ?? "") < ($1.batch.sharing ?? "") }
    let connection: PostgresConnection
    do throws(PostgresError) { connection = try self.connected() } catch {
      for job in jobs { self.end(job, .failure(error)) }
      return
    }
    let all = PostgresBatch(jobs.flatMap(\.batch.statements), isReading: false)
    let answer =
      connection.send(all, prepares: self.pool.prepares).map { connection.receive(all, $0) }
      ?? .broken("the connection broke while sending")
    switch answer {
    case .answered(.success(let rows)):
      var start = 0
      for job in jobs {
        let end = start + job.batch.statements.count
        self.end(job, .success(Array(rows[start..<end])))
        start = end
      }
    case .answered(.failure):
      for job in jobs { self.run([job], isRepeat: false) }
    case .broken(let reason):
      self.connection = nil
      self.pool.countBroken()
      self.handle(jobs, brokenBy: reason, isRepeat: false)
    }
  }

  private func run(_ jobs: [PostgresPool.Job], isRepeat: Bool) {
    let connection: PostgresConnection
    do throws(PostgresError) { connection = try self.connected() } catch {
      for job in jobs { self.end(job, .failure(error)) }
      return
    }
    var sent: [PostgresConnection.Sent] = []
    for job in jobs {
      guard let one = connection.send(job.batch, prepares: self.pool.prepares) else { break }
      sent.append(one)
    }
    var again: [PostgresPool.Job] = []
    for (position, job) in jobs.enumerated() {
      let answer =
        position < sent.count
        ? connection.receive(job.batch, sent[position])
        : .broken("the connection broke while sending")
      guard case .broken(let reason) = answer else {
        guard case .answered(let outcome) = answer else { continue }
        // Nothing has happened: the transaction ended with this error.
        if case .failure(let error) = outcome, !isRepeat, Self.isOfPreparing(error) {
          again.append(job)
        } else {
          self.end(job, outcome)
        }
        continue
      }
      for job in again { self.end(job, .failure(PostgresError(.unavailable, reason))) }
      self.connection = nil
      self.pool.countBroken()
      self.handle(Array(jobs[position...]), brokenBy: reason, isRepeat: isRepeat)
      return
    }
    guard !again.isEmpty else { return }
    // A pooler is between, or the tables have changed: statements are sent whole from now on.
    self.pool.stopPreparing()
    self.connection = nil
    self.run(again, isRepeat: true)
  }

  /// A statement that is not there, is there already, or whose columns have changed.
  private static func isOfPreparing(_ error: PostgresError) -> Bool {
    ["26000", "42P05", "0A000"].contains(error.state)
  }

  /// Reads are done again, once; of a change nobody knows.
  private func handle(_ jobs: [PostgresPool.Job], brokenBy reason: String, isRepeat: Bool) {
    if jobs[0].batch.isReading, !isRepeat { return self.run(jobs, isRepeat: true) }
    for job in jobs {
      let code: PostgresError.Code = job.batch.isReading ? .unavailable : .unknownOutcome
      self.end(job, .failure(PostgresError(code, "the connection broke: \(reason)")))
    }
  }

  private func end(_ job: PostgresPool.Job, _ outcome: PostgresPool.Outcome) {
    self.pool.record(job)
    job.waiter.resume(returning: outcome)
  }

  private func connected() throws(PostgresError) -> PostgresConnection {
    if let connection, connection.isAlive { return connection }
    self.connection = nil
    if let problem = self.pool.recentProblem { throw problem }
    do throws(PostgresError) {
      let connection = try PostgresConnection(self.pool.options)
      self.connection = connection
      self.pool.wasReached(nil)
      return connection
    } catch {
      self.pool.wasReached(error)
      throw error
    }
  }
}
