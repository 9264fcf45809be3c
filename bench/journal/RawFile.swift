private import CSystem
private import CUring
private import Glibc

/// The peer: one io_uring that writes and syncs the same bytes in the same pieces, and nothing else.
///
/// The file is as the journal's segments are: preallocated, zeros written and synced beforehand. The
/// buffer is filled once; no record is copied, no checksum computed, nobody is woken.
struct RawFile: ~Copyable {
  private let descriptor: Int32
  private let ring: UnsafeMutablePointer<curing>
  private let memory: UnsafeMutableRawBufferPointer
  private let byteCount: Int
  private var offset = 0

  init(path: String, byteCount: Int, isDirect: Bool) {
    let flags = CSYSTEM_OPEN_READ | CSYSTEM_OPEN_WRITE | CSYSTEM_OPEN_CREATE
    self.descriptor = csystem_open(path, flags | (isDirect ? CSYSTEM_OPEN_DIRECT : 0), 0o600)
    self.byteCount = byteCount
    self.memory = .allocate(byteCount: 8 << 20, alignment: 4096)
    self.memory.initializeMemory(as: UInt8.self, repeating: 0)
    self.ring = .allocate(capacity: 1)
    if csystem_fallocate(self.descriptor, 0, Int64(byteCount), 0) != 0 { fail("no file \(path)") }
    for at in stride(from: 0, to: byteCount, by: 1 << 20) {
      let count = pwrite(self.descriptor, self.memory.baseAddress, 1 << 20, at)
      if count != 1 << 20 { fail("cannot fill \(path)") }
    }
    if fdatasync(self.descriptor) != 0 { fail("cannot sync \(path)") }
    for index in 0..<self.memory.count { self.memory[index] = UInt8(truncatingIfNeeded: index * 7) }
  }

  deinit {
    self.ring.deallocate()
    self.memory.deallocate()
    close(self.descriptor)
  }

  /// A ring belongs to one thread: each round makes its own.
  mutating func begin() {
    if curing_create(self.ring, 64) != 0 || curing_enable(self.ring) != 0 { fail("no io_uring") }
  }

  mutating func end() { curing_destroy(self.ring) }

  /// Writes and syncs `byteCount` bytes behind the last ones: one linked pair, one system call.
  mutating func commit(_ byteCount: Int) {
    if self.offset + byteCount > self.byteCount { self.offset = 0 }
    curing_write(
      self.ring, self.descriptor, self.memory.baseAddress, UInt32(byteCount), UInt64(self.offset),
      0, 1, 1)
    curing_sync(self.ring, self.descriptor, 2)
    self.offset += byteCount
    var done: UInt32 = 0
    while done < 2 {
      let code = curing_turn(self.ring, .max)
      precondition(code == 0, "io_uring_enter gave \(code)")
      let ready = curing_ready(self.ring)
      for index in 0..<ready {
        let result = curing_at(self.ring, index).result
        precondition(result >= 0, "a raw write or sync gave \(result)")
      }
      curing_advance(self.ring, ready)
      done += ready
    }
  }
}
