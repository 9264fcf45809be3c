private import Glibc
internal import Runtime

/// An open file of a simulated disk. It is dead once the power went.
final class SimulatedFile: DiskFile, @unchecked Sendable {
  // Sendable: touched only by the thread that drives the simulation.
  let path: String
  private let disk: SimulatedDisk
  private let content: FileContent
  private let mode: OpenMode
  private let generation: Int

  init(disk: SimulatedDisk, content: FileContent, path: String, mode: OpenMode) {
    self.disk = disk
    self.content = content
    self.path = path
    self.mode = mode
    self.generation = disk.generation
  }

  deinit {
    if self.content.lockHolder == ObjectIdentifier(self) { self.content.lockHolder = nil }
  }

  var alignment: Int { self.mode.isDirect ? 4096 : 1 }

  func byteCount() async throws(IOFailure) -> Int64 {
    try self.checkAlive("fstat")
    return Int64(self.content.seen.count)
  }

  func read(
    into target: UnsafeMutableRawBufferPointer, at offset: Int64
  ) async throws(IOFailure) -> Int {
    try self.checkAlive("pread")
    let start = try self.checkRange(offset, target.count, "pread")
    if self.mode.isDirect {
      try self.checkAlignment(UnsafeRawBufferPointer(target), start, "pread")
    }
    try await self.disk.wait("pread", self.path)
    if self.disk.generator.chance(self.disk.faults.readFailure) {
      throw IOFailure(code: EIO, operation: "pread", subject: self.path)
    }
    let count = min(target.count, max(0, self.content.seen.count - start))
    guard count > 0 else { return 0 }
    self.content.seen.withUnsafeBytes {
      target.copyMemory(from: .init(rebasing: $0[start..<(start + count)]))
    }
    if self.disk.generator.chance(self.disk.faults.readBitFlip) {
      let bit = Int.random(in: 0..<(count * 8), using: &self.disk.generator)
      target[bit / 8] ^= 1 << UInt8(bit % 8)
    }
    return count
  }

  func write(_ source: UnsafeRawBufferPointer, at offset: Int64) async throws(IOFailure) {
    try self.checkAlive("pwrite")
    try self.put(source, at: offset)
    try await self.disk.wait("pwrite", self.path)
  }

  func writeAndSync(_ source: UnsafeRawBufferPointer, at offset: Int64) async throws(IOFailure) {
    try await self.write(source, at: offset)
    try await self.sync()
  }

  func sync() async throws(IOFailure) {
    try self.checkAlive("fdatasync")
    let mark = self.content.changeCount
    try await self.disk.wait("fdatasync", self.path)
    if self.disk.failsSyncs || self.disk.generator.chance(self.disk.faults.syncFailure) {
      self.content.settleInPart(self.disk.faults, &self.disk.generator)
      throw IOFailure(code: EIO, operation: "fdatasync", subject: self.path)
    }
    self.content.settle(upTo: mark)
    self.disk.countChange()
    try self.disk.checkPower("fdatasync", self.path)
  }

  func allocate(byteCount: Int64) async throws(IOFailure) {
    try self.checkAlive("fallocate")
    let count = try self.checkRange(0, Int(clamping: byteCount), "fallocate", end: true)
    let free = self.disk.freeBlocks
    guard self.content.writableCount(at: 0, count: count, freeBlocks: free) == count else {
      throw IOFailure(code: ENOSPC, operation: "fallocate", subject: self.path)
    }
    if count > self.content.seen.count { self.content.record(.resize(count)) }
    self.content.occupy(0..<count)
    self.disk.countChange()
    try await self.disk.wait("fallocate", self.path)
  }

  func truncate(to byteCount: Int64) async throws(IOFailure) {
    try self.checkAlive("ftruncate")
    let count = try self.checkRange(0, Int(clamping: byteCount), "ftruncate", end: true)
    self.content.record(.resize(count))
    self.disk.countChange()
    try await self.disk.wait("ftruncate", self.path)
  }

  func punchHole(at offset: Int64, byteCount: Int64) async throws(IOFailure) {
    try self.checkAlive("fallocate")
    let start = try self.checkRange(offset, Int(clamping: byteCount), "fallocate")
    self.content.record(.zero(start..<(start + Int(clamping: byteCount))))
    self.disk.countChange()
    try await self.disk.wait("fallocate", self.path)
  }

  func lock() throws(IOFailure) {
    try self.checkAlive("flock")
    let me = ObjectIdentifier(self)
    guard self.content.lockHolder == nil || self.content.lockHolder == me else {
      throw IOFailure(code: EWOULDBLOCK, operation: "flock", subject: self.path)
    }
    self.content.lockHolder = me
  }

  /// Everything of a write but its time: alignment, space, a failure half-way.
  private func put(_ source: UnsafeRawBufferPointer, at offset: Int64) throws(IOFailure) {
    let start = try self.checkRange(offset, source.count, "pwrite")
    guard self.mode.writes else { throw self.failure(EBADF, "pwrite") }
    if self.mode.isDirect { try self.checkAlignment(source, start, "pwrite") }
    var count = self.content.writableCount(
      at: start, count: source.count, freeBlocks: self.disk.freeBlocks)
    var code = count < source.count ? ENOSPC : 0
    if self.disk.failsWrites || self.disk.generator.chance(self.disk.faults.writeFailure) {
      code = EIO
      let sectors = count / self.disk.faults.sectorBytes
      count =
        Int.random(in: 0...sectors, using: &self.disk.generator)
        * self.disk.faults.sectorBytes
    }
    if count > 0 {
      let bytes = [UInt8](unsafeUninitializedCapacity: count) { target, filled in
        UnsafeMutableRawBufferPointer(target)
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<count]))
        filled = count
      }
      self.content.record(.write(offset: start, bytes: bytes))
    }
    self.disk.countChange()
    guard code == 0 else { throw self.failure(code, "pwrite") }
  }

  private func failure(_ code: Int32, _ operation: StaticString) -> IOFailure {
    IOFailure(code: code, operation: operation, subject: self.path)
  }

  private func checkAlive(_ operation: StaticString) throws(IOFailure) {
    try self.disk.checkPower(operation, self.path)
    guard self.generation == self.disk.generation else { throw self.failure(EIO, operation) }
  }

  /// The offset as an index, or EINVAL for what no file can have (EFBIG past a tebibyte).
  private func checkRange(
    _ offset: Int64, _ count: Int, _ operation: StaticString, end: Bool = false
  ) throws(IOFailure) -> Int {
    guard offset >= 0, count >= 0 else { throw self.failure(EINVAL, operation) }
    guard offset < 1 << 40, count < 1 << 40 else { throw self.failure(EFBIG, operation) }
    return end ? count : Int(offset)
  }

  private func checkAlignment(
    _ memory: UnsafeRawBufferPointer, _ start: Int, _ operation: StaticString
  ) throws(IOFailure) {
    let address = memory.baseAddress.map { Int(bitPattern: $0) } ?? 0
    guard address % self.alignment == 0, start % self.alignment == 0,
      memory.count % self.alignment == 0
    else { throw self.failure(EINVAL, operation) }
  }
}
