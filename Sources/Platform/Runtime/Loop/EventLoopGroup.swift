private import CSystem
private import Glibc
private import Synchronization

/// The loops of a process, started together and stopped together.
public final class EventLoopGroup: Sendable {
  public let loops: [EventLoop]
  /// What the loops run on: never `.automatic`.
  public let backend: BackendChoice
  /// Why the other backend was not taken, for the log; nil when the choice was free.
  public let backendReason: String?
  /// The threads for path operations, and for file contents where there is no io_uring.
  public let filePool: BlockingPool
  public let disk: SystemDisk
  public let network: SystemNetwork
  private let threads: [UInt64]
  private let turn = Atomic<Int>(0)

  /// Starts `count` loops.
  ///
  /// - Parameter pinned: binds loop n to processor n.
  public init(loops count: Int, backend choice: BackendChoice = .automatic, pinned: Bool = false)
    throws(IOFailure)
  {
    precondition(count > 0, "a group of \(count) loops")
    (self.backend, self.backendReason) = try Self.choose(choice)
    // As many syncs may be under way at a time; the file system makes one of those that meet.
    let pool = BlockingPool(name: "lake-files", threads: 8)
    self.filePool = pool
    self.disk = SystemDisk(pool: pool)
    var loops: [EventLoop] = []
    for index in 0..<count {
      let backend: Backend = self.backend == .uring ? UringBackend() : EpollBackend()
      loops.append(EventLoop(index: index, backend: backend, filePool: pool))
    }
    self.loops = loops
    self.network = SystemNetwork()
    self.threads = try loops.map { loop throws(IOFailure) in
      try Self.start(loop, pinnedTo: pinned ? loop.index : nil)
    }
  }

  private static func choose(_ wish: BackendChoice) throws(IOFailure) -> (BackendChoice, String?) {
    var wish = wish
    if wish == .automatic, let text = getenv("LAKE_IO") {
      let word = String(cString: text)
      guard let named = BackendChoice(rawValue: word) else {
        throw IOFailure(code: EINVAL, operation: "LAKE_IO (auto, uring or epoll)", subject: word)
      }
      wish = named
    }
    if wish == .epoll { return (.epoll, "epoll was asked for") }
    let refusal = UringBackend.probe()
    if refusal == 0 { return (.uring, wish == .uring ? "io_uring was asked for" : nil) }
    guard wish == .automatic else {
      throw IOFailure(code: refusal, operation: "io_uring_setup")
    }
    return (.epoll, "the kernel refuses io_uring: \(String(cString: strerror(refusal)))")
  }

  private static func start(_ loop: EventLoop, pinnedTo processor: Int?) throws(IOFailure)
    -> UInt64
  {
    let launch = Launch(loop: loop, processor: processor)
    var handle: UInt64 = 0
    let code = csystem_thread_start(
      &handle, "lake-loop-\(loop.index)",
      { Unmanaged<Launch>.fromOpaque($0.unsafelyUnwrapped).takeRetainedValue().run() },
      Unmanaged.passRetained(launch).toOpaque())
    guard code == 0 else { throw IOFailure(code: -code, operation: "pthread_create") }
    if let failure = launch.waitUntilStarted() {
      _ = csystem_thread_join(handle)
      throw failure
    }
    return handle
  }

  /// The next loop, round robin.
  public func next() -> EventLoop {
    let number = self.turn.add(1, ordering: .relaxed).oldValue
    return self.loops[Int(UInt(bitPattern: number) % UInt(self.loops.count))]
  }

  /// Runs `body` on one of the loops, with its child tasks, and waits for it.
  public func run<T: Sendable, E: Error>(
    on loop: EventLoop? = nil, _ body: @Sendable () async throws(E) -> T
  ) async throws(E) -> T {
    let result: Result<T, E> = await withTaskExecutorPreference(loop ?? self.next()) {
      await Self.begin(body)
    }
    return try result.get()
  }

  /// `@concurrent` makes `body` begin on the loop; without, it would begin where the caller is.
  @concurrent private static func begin<T: Sendable, E: Error>(
    _ body: @Sendable () async throws(E) -> T
  ) async -> Result<T, E> {
    // Also what keeps the hop: the compiler drops one that is followed by nothing but an async call,
    // as if the callee would hop by itself, and a nonsending one does not.
    precondition(EventLoop.current != nil, "BUG: a body begins off its loop")
    do throws(E) { return .success(try await body()) } catch { return .failure(error) }
  }

  /// Ends the loops and the file pool. Tasks that still wait are not resumed: drain first. Called
  /// from a thread that is none of the group's.
  public func stop() {
    for loop in self.loops { loop.stop() }
    for thread in self.threads { _ = csystem_thread_join(thread) }
    self.filePool.stop()
  }
}

/// Brings a loop up on its thread and tells the starter how that went.
private final class Launch: @unchecked Sendable {
  // Sendable: `failure` is written before `gate` is opened and read after.
  private let loop: EventLoop
  private let processor: Int?
  private var failure: IOFailure?
  private let gate: UnsafeMutablePointer<sem_t>

  init(loop: EventLoop, processor: Int?) {
    self.loop = loop
    self.processor = processor
    self.gate = .allocate(capacity: 1)
    sem_init(self.gate, 0, 0)
  }

  deinit {
    sem_destroy(self.gate)
    self.gate.deallocate()
  }

  func run() {
    if let processor = self.processor { _ = csystem_thread_pin(Int32(processor)) }
    do {
      try self.loop.backend.start()
    } catch {
      self.failure = error
    }
    let isUp = self.failure == nil
    let loop = self.loop
    sem_post(self.gate)
    guard isUp else { return }
    loop.run()
    loop.backend.stop()
  }

  func waitUntilStarted() -> IOFailure? {
    while sem_wait(self.gate) != 0 {}  // EINTR
    return self.failure
  }
}
