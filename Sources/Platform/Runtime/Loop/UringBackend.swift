private import CUring
private import CSystem
private import Glibc

/// io_uring: one submission and one wait per turn for everything the loop's tasks prepared.
final class UringBackend: Backend {
  private static let entries: UInt32 = 1024
  private static let bufferCount: UInt32 = 512
  private static let bufferBytes: UInt32 = 8192

  private let ring: UnsafeMutablePointer<curing>
  private let wakeDescriptor: Int32
  private let wakeSlot = CompletionSlot.make()
  private var gathering = Gathering()
  private var fixed = UnsafeRawBufferPointer(start: nil, count: 0)

  /// 0, or the errno for which io_uring cannot be used here.
  static func probe() -> Int32 { -curing_probe() }

  override init() {
    self.ring = .allocate(capacity: 1)
    self.ring.initialize(to: curing())
    self.wakeDescriptor = csystem_eventfd()
  }

  override var doesFiles: Bool { true }
  override var systemCalls: UInt64 { self.ring.pointee.enters }

  override func start() throws(IOFailure) {
    // Created on the loop's own thread: the kernel ties a single-issuer ring to it.
    var code = curing_create(self.ring, Self.entries)
    guard code >= 0 else { throw IOFailure(code: -code, operation: "io_uring_setup") }
    code = curing_enable(self.ring)
    guard code >= 0 else { throw IOFailure(code: -code, operation: "io_uring_register") }
    code = curing_provide_buffers(self.ring, Self.bufferCount, Self.bufferBytes)
    guard code >= 0 else { throw IOFailure(code: -code, operation: "io_uring_register") }
    _ = curing_limit_workers(self.ring, 4, 4)
    self.gathering.isPossible = curing_gathers(self.ring) != 0
    self.armWake()
  }

  override func stop() {
    curing_destroy(self.ring)
    csystem_close(self.wakeDescriptor)
    self.wakeSlot.pointee.isPending = false
    self.wakeSlot.destroy()
    self.ring.deallocate()
  }

  override func wake() { csystem_eventfd_signal(self.wakeDescriptor) }

  private func armWake() {
    self.poll(self.wakeDescriptor, UInt32(POLLIN), self.wakeSlot)
  }

  override func turn(timeout: UInt64, now: UInt64) throws(IOFailure) {
    let code =
      self.gathering.isWorthwhile && timeout > Gathering.microseconds * 1000
      ? curing_turn_gathering(self.ring, Gathering.count, UInt32(Gathering.microseconds), timeout)
      : curing_turn(self.ring, timeout)
    guard code >= 0 else { throw IOFailure(code: -code, operation: "io_uring_enter") }
    let count = curing_ready(self.ring)
    self.gathering.note(count, at: now)
    guard count > 0 else { return }
    self.prefetch(count)
    var wokeUp = false
    for index in 0..<count {
      let completion = curing_at(self.ring, index)
      // 0: the failed first half of a linked pair, whose second half says ECANCELED; or a cancellation.
      guard let slot = CompletionSlot(bitPattern: UInt(completion.user_data)) else { continue }
      if slot == self.wakeSlot { wokeUp = true }
      slot.complete(completion.result, buffer: curing_buffer_number(completion.flags))
    }
    curing_advance(self.ring, count)
    if wokeUp {
      csystem_eventfd_clear(self.wakeDescriptor)
      self.armWake()
    }
  }

  /// With hundreds of connections each answer finds its slot and its task in cold memory, one after the
  /// other; asked for together they come together.
  @inline(__always) private func prefetch(_ count: UInt32) {
    guard count > 1 else { return }
    for index in 0..<count {
      curing_prefetch(UnsafeRawPointer(bitPattern: UInt(curing_at(self.ring, index).user_data)))
    }
    for index in 0..<count {
      let data = UInt(curing_at(self.ring, index).user_data)
      guard let waiter = CompletionSlot(bitPattern: data)?.pointee.waiter else { continue }
      // A continuation is the address of its task.
      let task = UnsafeRawPointer(bitPattern: unsafeBitCast(waiter, to: UInt.self))
      guard let task else { continue }
      curing_prefetch(task)
      curing_prefetch(task + 64)
      curing_prefetch(task + 128)
    }
  }

  @inline(__always) private func begin(_ slot: CompletionSlot) -> UInt64 {
    assert(!slot.pointee.isPending, "two operations share a completion slot")
    slot.pointee.isPending = true
    return UInt64(UInt(bitPattern: slot))
  }

  @inline(__always) private func cut(_ count: Int) -> UInt32 { UInt32(min(count, 1 << 30)) }

  override func receive(
    _ fd: Int32, _ target: UnsafeMutableRawBufferPointer, _ slot: CompletionSlot
  ) {
    curing_receive(
      self.ring, fd, target.baseAddress, self.cut(target.count), 0, self.begin(slot))
  }

  override func receiveProvided(_ fd: Int32, _ slot: CompletionSlot) {
    curing_receive_provided(self.ring, fd, 0, self.begin(slot))
  }

  override func send(_ fd: Int32, _ source: UnsafeRawBufferPointer, _ slot: CompletionSlot) {
    curing_send(self.ring, fd, source.baseAddress, self.cut(source.count), self.begin(slot))
  }

  override func sendAndReceive(
    _ fd: Int32, _ source: UnsafeRawBufferPointer, _ target: UnsafeMutableRawBufferPointer?,
    _ slot: CompletionSlot
  ) {
    curing_send_linked(self.ring, fd, source.baseAddress, self.cut(source.count))
    if let target {
      curing_receive(self.ring, fd, target.baseAddress, self.cut(target.count), 1, self.begin(slot))
    } else {
      curing_receive_provided(self.ring, fd, 1, self.begin(slot))
    }
  }

  override func accept(_ fd: Int32, _ slot: CompletionSlot) {
    curing_accept(self.ring, fd, self.begin(slot))
  }

  override func connect(_ fd: Int32, _ address: UnsafeRawBufferPointer, _ slot: CompletionSlot) {
    curing_connect(
      self.ring, fd, address.baseAddress?.assumingMemoryBound(to: sockaddr.self),
      UInt32(address.count), self.begin(slot))
  }

  override func poll(_ fd: Int32, _ events: UInt32, _ slot: CompletionSlot) {
    curing_poll(self.ring, fd, events, self.begin(slot))
  }

  override func cancel(_ slot: CompletionSlot) {
    guard slot.pointee.isPending else { return }
    curing_cancel(self.ring, UInt64(UInt(bitPattern: slot)), 0)
  }

  private func isFixed(_ start: UnsafeRawPointer?, _ count: Int) -> Int32 {
    guard let start, let base = self.fixed.baseAddress else { return 0 }
    return start >= base && start + count <= base + self.fixed.count ? 1 : 0
  }

  override func readFile(
    _ fd: Int32, _ target: UnsafeMutableRawBufferPointer, _ offset: Int64, _ slot: CompletionSlot
  ) {
    curing_read(
      self.ring, fd, target.baseAddress, self.cut(target.count), UInt64(offset),
      self.isFixed(target.baseAddress, target.count), self.begin(slot))
  }

  override func writeFile(
    _ fd: Int32, _ source: UnsafeRawBufferPointer, _ offset: Int64, _ slot: CompletionSlot
  ) {
    curing_write(
      self.ring, fd, source.baseAddress, self.cut(source.count), UInt64(offset),
      self.isFixed(source.baseAddress, source.count), 0, self.begin(slot))
  }

  override func writeAndSyncFile(
    _ fd: Int32, _ source: UnsafeRawBufferPointer, _ offset: Int64, write: CompletionSlot,
    sync: CompletionSlot
  ) {
    curing_write(
      self.ring, fd, source.baseAddress, self.cut(source.count), UInt64(offset),
      self.isFixed(source.baseAddress, source.count), 1, self.begin(write))
    curing_sync(self.ring, fd, self.begin(sync))
  }

  override func syncFile(_ fd: Int32, _ slot: CompletionSlot) {
    curing_sync(self.ring, fd, self.begin(slot))
  }

  override func provided(_ number: Int32) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(
      start: curing_buffer(self.ring, number), count: Int(Self.bufferBytes))
  }

  override func giveBack(_ number: Int32) { curing_return_buffer(self.ring, number) }

  override func register(_ memory: UnsafeMutableRawBufferPointer) -> Bool {
    guard curing_register_memory(self.ring, memory.baseAddress, memory.count) == 0 else {
      return false
    }
    self.fixed = UnsafeRawBufferPointer(memory)
    return true
  }
}
