private import CSystem
private import CUring
private import Glibc

/// The peer: one io_uring that writes blocks and syncs them, and nothing else. The file is preallocated and
/// written with zeros; no checksum, no index, nobody is woken.
struct RawBlocks: ~Copyable {
  private let descriptor: Int32
  private let memory: UnsafeMutableRawBufferPointer
  private let byteCount: Int
  private var offset = 0

  init(path: String, byteCount: Int) {
    let flags = CSYSTEM_OPEN_READ | CSYSTEM_OPEN_WRITE | CSYSTEM_OPEN_CREATE
    self.descriptor = csystem_open(path, flags | CSYSTEM_OPEN_DIRECT, 0o600)
    self.byteCount = byteCount
    self.memory = .allocate(byteCount: 1 << 20, alignment: 4096)
    self.memory.initializeMemory(as: UInt8.self, repeating: 0)
    if csystem_fallocate(self.descriptor, 0, Int64(byteCount), 0) != 0 { fail("no file \(path)") }
    for at in stride(from: 0, to: byteCount, by: 1 << 20) {
      if pwrite(self.descriptor, self.memory.baseAddress, 1 << 20, at) != 1 << 20 {
        fail("cannot fill \(path)")
      }
    }
    if fdatasync(self.descriptor) != 0 { fail("cannot sync \(path)") }
  }

  deinit {
    self.memory.deallocate()
    close(self.descriptor)
  }

  /// Writes `blocks` blocks in `batches` batches, each with one sync behind it. Answers the seconds.
  mutating func commit(batches: Int, blocks: Int, bytes: Int) -> Double {
    let ring = UnsafeMutablePointer<curing>.allocate(capacity: 1)
    defer { ring.deallocate() }
    if curing_create(ring, 1024) != 0 || curing_enable(ring) != 0 { fail("no io_uring") }
    defer { curing_destroy(ring) }
    let begun = seconds()
    var left = blocks
    for done in 0..<batches {
      let count = max(1, left / (batches - done))
      left -= count
      for _ in 0..<count {
        if self.offset + bytes > self.byteCount { self.offset = 0 }
        curing_write(
          ring, self.descriptor, self.memory.baseAddress, UInt32(bytes), UInt64(self.offset), 0, 0,
          1)
        self.offset += bytes
      }
      Self.wait(ring, for: count)
      curing_sync(ring, self.descriptor, 2)
      Self.wait(ring, for: 1)
    }
    return seconds() - begun
  }

  private static func wait(_ ring: UnsafeMutablePointer<curing>, for count: Int) {
    var done = 0
    while done < count {
      let code = curing_turn(ring, .max)
      precondition(code == 0, "io_uring_enter gave \(code)")
      let ready = curing_ready(ring)
      for index in 0..<ready {
        let result = curing_at(ring, index).result
        precondition(result >= 0, "a raw write or sync gave \(result)")
      }
      curing_advance(ring, ready)
      done += Int(ready)
    }
  }
}
