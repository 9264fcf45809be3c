private import Bytes
private import CSystem
private import Glibc
public import Values

/// Takes records from every thread, keeps the last ones and writes them with one thread, `log`.
///
/// Whoever logs never waits for the output: when `queueMax` records wait, further ones are counted and
/// dropped, and the count is written as a record of its own once there is room.
public final class LogSystem: @unchecked Sendable {
  // Sendable: `lock` guards everything that changes but `sink`, which is the writer's.
  public struct Options: Sendable {
    public var level = LogLevel.info
    public var format = LogFormat.text
    public var output = LogOutput.descriptor(2)
    public var queueMax = 8192
    /// How many records `recent` can look back.
    public var ringCapacity = 2048
    public var redaction = Redaction()

    public init() {}
    public init(_ change: (inout Options) -> Void) { change(&self) }
  }

  private let options: Options
  private let lock: LogLock
  private var levels: LogLevels
  private var ring: LogRing
  private var queue: [LogRecord] = []
  private var dropped: UInt64 = 0
  private var droppedTotal: UInt64 = 0
  /// Records that were queued, and those of them that reached the output: `flush` compares.
  private var queued: UInt64 = 0
  private var written: UInt64 = 0
  private var wantsReopen = false
  private var isStopping = false
  private var thread: UInt64 = 0
  private let wallNow: @Sendable () -> WallTime
  private let now: @Sendable () -> MonotonicTime

  /// Starts the writer.
  ///
  /// - Parameters:
  ///   - wallNow: the clock of the records; the kernel's unless a test hands in another.
  ///   - now: the clock by which level changes end; likewise.
  public init(
    _ options: Options = Options(),
    wallNow: (@Sendable () -> WallTime)? = nil, now: (@Sendable () -> MonotonicTime)? = nil
  ) {
    self.wallNow = wallNow ?? { WallTime(nanoseconds: csystem_wall_ns()) }
    self.now = now ?? { MonotonicTime(nanoseconds: csystem_monotonic_ns()) }
    self.options = options
    self.levels = LogLevels(base: options.level)
    self.ring = LogRing(capacity: options.ringCapacity)
    self.lock = LogLock()
    let context = Unmanaged.passRetained(self).toOpaque()
    let code = csystem_thread_start(
      &self.thread, "log",
      { context in
        Unmanaged<LogSystem>.fromOpaque(context.unsafelyUnwrapped).takeRetainedValue().work()
      }, context)
    precondition(code == 0, "FATAL: cannot start the thread log: errno \(-code)")
  }

  /// The voice of a component: `journal`, `object.namespace`. The same name gives the same level.
  public func logger(_ component: String) -> Logger {
    self.lock.locked { Logger(component: self.levels.component(component, system: self)) }
  }

  // MARK: Levels

  /// Changes the level of a component and of those below it, or with nil the base level of all. With
  /// `until` it goes back by itself.
  public func setLevel(_ level: LogLevel, for component: String?, until: MonotonicTime? = nil) {
    self.lock.locked {
      self.levels.set(level, for: component, until: until)
      self.lock.wakeWriter()
    }
  }

  public func clearLevel(for component: String) {
    self.lock.locked { self.levels.clear(component) }
  }

  public var components: [LogComponentState] { self.lock.locked { self.levels.states } }

  /// Ends the level changes whose time is over. The writer calls it; a simulation may.
  public func expireLevels() {
    self.lock.locked { _ = self.levels.expire(now: self.now()) }
  }

  // MARK: Records

  func write(_ level: LogLevel, _ component: String, _ message: String, _ fields: LogFields) {
    var record = LogRecord(
      sequence: 0, time: self.wallNow(), level: level, component: component, message: message,
      fields: fields)
    self.lock.locked {
      self.ring.append(&record)
      guard self.queue.count < self.options.queueMax else {
        self.dropped += 1
        self.droppedTotal += 1
        return
      }
      self.queue.append(record)
      self.queued += 1
      if self.queue.count == 1 { self.lock.wakeWriter() }
    }
  }

  /// Records from `cursor` on, oldest first, at most `limit`; 0 begins with the oldest that is kept.
  /// Ask again with `next` for what came since.
  public func recent(
    from cursor: UInt64 = 0, limit: Int = 1000, component: String? = nil,
    level: LogLevel = .trace
  ) -> LogBatch {
    self.lock.locked {
      self.ring.batch(from: cursor, limit: limit) { record in
        record.level >= level
          && (component.map {
            record.component == $0 || record.component.hasPrefix($0 + ".")
          } ?? true)
      }
    }
  }

  /// The cursor of whatever is said from now on.
  public var cursor: UInt64 { self.lock.locked { self.ring.next } }

  /// How many records never reached the output.
  public var droppedCount: UInt64 { self.lock.locked { self.droppedTotal } }

  /// Opens the file anew before the next record is written.
  public func reopen() {
    self.lock.locked {
      self.wantsReopen = true
      self.lock.wakeWriter()
    }
  }

  /// Returns once everything that was said before is written. Blocks: for the end of a process.
  public func flush() {
    self.lock.locked {
      let target = self.queued
      while self.written < target { self.lock.waitForProgress() }
    }
  }

  /// Writes what waits and ends the writer. Called once; what is said afterwards is kept in the ring only.
  public func stop() {
    self.lock.locked {
      self.isStopping = true
      self.lock.wakeWriter()
    }
    _ = csystem_thread_join(self.thread)
  }

  // MARK: The writer

  private struct Batch {
    var records: [LogRecord]
    var dropped: UInt64
    var reopens: Bool
  }

  private func work() {
    var sink = LogSink(self.options.output)
    var text = ByteWriter(capacity: 64 * 1024)
    while let batch = self.nextBatch() {
      if batch.reopens { sink.reopen() }
      for record in batch.records {
        self.options.format.append(record, redaction: self.options.redaction, to: &text)
        if text.count >= 48 * 1024 {
          text.withUnsafeBytes { sink.write($0) }
          text.removeAll()
        }
      }
      if batch.dropped > 0 {
        let note = LogRecord(
          sequence: 0, time: self.wallNow(), level: .warning, component: "log",
          message: "records were dropped: the queue was full",
          fields: ["count": .unsigned(batch.dropped), "queue_max": .integer(self.options.queueMax)])
        self.options.format.append(note, redaction: self.options.redaction, to: &text)
      }
      text.withUnsafeBytes { sink.write($0) }
      text.removeAll(keepingCapacityUpTo: 64 * 1024)
      self.lock.locked {
        self.written += UInt64(batch.records.count)
        self.lock.announceProgress()
      }
    }
  }

  /// What waits; nil when the system stops and nothing does.
  private func nextBatch() -> Batch? {
    self.lock.locked {
      while self.queue.isEmpty, self.dropped == 0, !self.wantsReopen {
        let deadline = self.levels.expire(now: self.now())
        if self.isStopping { return nil }
        self.lock.waitForWork(until: deadline, now: self.now())
      }
      let batch = Batch(
        records: self.queue, dropped: self.dropped, reopens: self.wantsReopen)
      self.queue = []
      self.dropped = 0
      self.wantsReopen = false
      return batch
    }
  }
}
