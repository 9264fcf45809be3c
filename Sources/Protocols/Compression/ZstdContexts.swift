public import Bytes
private import CZstd
private import Synchronization

/// Compresses many small pieces, each into a frame of its own, with one set-up for all. For one task
/// at a time.
public struct ZstdPacker: ~Copyable, @unchecked Sendable {
  // Sendable because it is the only owner of the context.
  private let context: OpaquePointer

  public init() {
    guard let context = czstd_packer_open() else { fatalError("FATAL: no memory for zstd") }
    self.context = context
  }

  deinit { czstd_packer_close(self.context) }

  /// Appends the frame of `bytes`.
  public mutating func pack(
    _ bytes: UnsafeRawBufferPointer, level: Int, to target: inout ByteWriter
  ) {
    _ = target.appendFilling(minimum: czstd_bound(bytes.count)) { room in
      var written = room.count
      let code = czstd_pack(
        self.context, Int32(clamping: level), bytes.baseAddress, bytes.count, room.baseAddress,
        &written)
      precondition(code == 0, "FATAL: no memory to compress \(bytes.count) bytes")
      return written
    }
  }
}

/// Its counterpart, for frames whose content's length is known.
public struct ZstdUnpacker: ~Copyable, @unchecked Sendable {
  // Sendable because it is the only owner of the context.
  private let context: OpaquePointer

  /// Contexts that nobody uses at the moment: making one costs as much as unpacking a few pages.
  private struct Idle: @unchecked Sendable {
    // Sendable because a context belongs to whoever took it out, and nobody else knows it.
    static let countMax = 16
    var contexts: [OpaquePointer] = []
  }

  private static let idle = Mutex(Idle())

  public init() {
    if let context = Self.idle.withLock({ $0.contexts.popLast() }) {
      self.context = context
      return
    }
    guard let context = czstd_unpacker_open() else { fatalError("FATAL: no memory for zstd") }
    self.context = context
  }

  deinit {
    let context = self.context
    let isKept = Self.idle.withLock { idle in
      guard idle.contexts.count < Idle.countMax else { return false }
      idle.contexts.append(context)
      return true
    }
    if !isKept { czstd_unpacker_close(context) }
  }

  /// Fills all of `target`; false when the frame is damaged or holds another number of bytes.
  public mutating func unpack(
    _ bytes: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer
  ) -> Bool {
    czstd_unpack(self.context, bytes.baseAddress, bytes.count, target.baseAddress, target.count)
      == 0
  }
}
