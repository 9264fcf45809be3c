private import CSystem

/// An open file of the machine. On a loop with io_uring its operations go through the ring, elsewhere
/// through the file pool.
final class SystemFile: DiskFile {
  let path: String
  let alignment: Int
  private let descriptor: Int32
  private let pool: BlockingPool

  init(adopting descriptor: Int32, path: String, isDirect: Bool, pool: BlockingPool) {
    self.descriptor = descriptor
    self.path = path
    self.alignment = isDirect ? Int(csystem_direct_alignment(descriptor)) : 1
    self.pool = pool
  }

  deinit { csystem_close(self.descriptor) }

  func byteCount() async throws(IOFailure) -> Int64 {
    // fstat of an open file does not touch the disk.
    let size = csystem_file_size(self.descriptor)
    guard size >= 0 else { throw self.failure("fstat", Int32(-size)) }
    return size
  }

  func read(into target: UnsafeMutableRawBufferPointer, at offset: Int64) async throws(IOFailure)
    -> Int
  {
    var done = 0
    while done < target.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: target[done...])
      let count = try await self.readSome(rest, offset + Int64(done))
      if count == 0 { break }
      done += count
      // A direct read that ends inside a block is at the end of the file.
      if self.alignment > 1, count % self.alignment != 0 { break }
    }
    return done
  }

  func write(_ source: UnsafeRawBufferPointer, at offset: Int64) async throws(IOFailure) {
    var done = 0
    while done < source.count {
      let rest = UnsafeRawBufferPointer(rebasing: source[done...])
      done += try await self.writeSome(rest, offset + Int64(done))
    }
  }

  func writeAndSync(_ source: UnsafeRawBufferPointer, at offset: Int64) async throws(IOFailure) {
    guard let loop = EventLoop.current, loop.backend.doesFiles, source.count > 0 else {
      try await self.write(source, at: offset)
      try await self.sync()
      return
    }
    let write = loop.takeSlot()
    let sync = loop.takeSlot()
    let synced = await suspend { waiter in
      sync.pointee.waiter = waiter
      loop.backend.writeAndSyncFile(self.descriptor, source, offset, write: write, sync: sync)
    }
    // The pair completes in order, so the write has its answer.
    let written = write.pointee.result
    loop.giveBack(write)
    loop.giveBack(sync)
    guard written >= 0 else { throw self.failure("write", -written) }
    if written == Int32(clamping: source.count) {
      guard synced >= 0 else { throw self.failure("fdatasync", -synced) }
      return
    }
    // A short write cancels the sync behind it: the rest goes the plain way.
    let rest = UnsafeRawBufferPointer(rebasing: source[Int(written)...])
    try await self.write(rest, at: offset + Int64(written))
    try await self.sync()
  }

  func sync() async throws(IOFailure) {
    if let loop = EventLoop.current, loop.backend.doesFiles {
      let code = await loop.wait { loop.backend.syncFile(self.descriptor, $0) }
      guard code >= 0 else { throw self.failure("fdatasync", -code) }
      return
    }
    try await self.onPool { () throws(IOFailure) in
      try check(csystem_fdatasync(self.descriptor), "fdatasync", self.path)
    }
  }

  func allocate(byteCount: Int64) async throws(IOFailure) {
    try await self.onPool { () throws(IOFailure) in
      try check(csystem_fallocate(self.descriptor, 0, byteCount, 0), "fallocate", self.path)
    }
  }

  func truncate(to byteCount: Int64) async throws(IOFailure) {
    try await self.onPool { () throws(IOFailure) in
      try check(csystem_truncate(self.descriptor, byteCount), "ftruncate", self.path)
    }
  }

  func punchHole(at offset: Int64, byteCount: Int64) async throws(IOFailure) {
    try await self.onPool { () throws(IOFailure) in
      try check(csystem_punch_hole(self.descriptor, offset, byteCount), "fallocate", self.path)
    }
  }

  func lock() throws(IOFailure) {
    try check(csystem_lock_exclusive(self.descriptor), "flock", self.path)
  }

  // MARK: One system call

  private func readSome(_ target: UnsafeMutableRawBufferPointer, _ offset: Int64)
    async throws(IOFailure) -> Int
  {
    if let loop = EventLoop.current, loop.backend.doesFiles {
      if let count = self.readNow(target, offset, loop) { return count }
      let code = await loop.wait { loop.backend.readFile(self.descriptor, target, offset, $0) }
      guard code >= 0 else { throw self.failure("read", -code) }
      return Int(code)
    }
    let memory = Lent(start: target.baseAddress, count: target.count)
    return try await self.onPool { () throws(IOFailure) in
      let count = csystem_pread(self.descriptor, memory.start, memory.count, offset)
      guard count >= 0 else { throw self.failure("read", Int32(-count)) }
      return Int(count)
    }
  }

  /// What the kernel has in memory comes in one call, without the way through the ring and back; nil when it has
  /// nothing, and now and then all the same, so that whoever reads much gives others their turn.
  private func readNow(
    _ target: UnsafeMutableRawBufferPointer, _ offset: Int64, _ loop: EventLoop
  ) -> Int? {
    guard self.alignment == 1, target.count <= Self.nowBytesMax, loop.mayReadNow() else {
      return nil
    }
    let count = csystem_pread_now(self.descriptor, target.baseAddress, target.count, offset)
    return count >= 0 ? Int(count) : nil
  }

  private static let nowBytesMax = 1 << 18

  private func writeSome(_ source: UnsafeRawBufferPointer, _ offset: Int64)
    async throws(IOFailure) -> Int
  {
    if let loop = EventLoop.current, loop.backend.doesFiles {
      let code = await loop.wait { loop.backend.writeFile(self.descriptor, source, offset, $0) }
      guard code >= 0 else { throw self.failure("write", -code) }
      return Int(code)
    }
    let memory = Lent(
      start: UnsafeMutableRawPointer(mutating: source.baseAddress), count: source.count)
    return try await self.onPool { () throws(IOFailure) in
      let count = csystem_pwrite(self.descriptor, memory.start, memory.count, offset)
      guard count >= 0 else { throw self.failure("write", Int32(-count)) }
      return Int(count)
    }
  }

  /// The caller's memory on its way to the pool: it stays until the operation returns.
  private struct Lent: @unchecked Sendable {
    var start: UnsafeMutableRawPointer?
    var count: Int
  }

  @discardableResult
  private func onPool<T: Sendable>(
    _ work: @escaping @Sendable () throws(IOFailure) -> T
  ) async throws(IOFailure) -> T {
    try await blocking(on: self.pool, work)
  }

  private func failure(_ operation: StaticString, _ code: Int32) -> IOFailure {
    IOFailure(code: code, operation: operation, subject: self.path)
  }
}

extension EventLoop {
  /// Submits one operation and waits for its answer. Cancelling the task does not shorten the wait: the
  /// kernel owns the operation's memory until then.
  func wait(_ submit: (CompletionSlot) -> Void) async -> Int32 {
    let slot = self.takeSlot()
    let result = await suspend { waiter in
      slot.pointee.waiter = waiter
      submit(slot)
    }
    self.giveBack(slot)
    return result
  }
}
