internal import Bytes
private import CLZ4
private import CZlib
private import CZstd

/// The formats that are read piece by piece.
extension Compression {
  /// zstd's own default for what a stranger may ask for: 128 MiB.
  private static var windowLogMax: Int32 { 27 }

  private func open() -> OpaquePointer? {
    switch self {
    case .deflate: czlib_open(CZLIB_RAW)
    case .gzip: czlib_open(CZLIB_GZIP)
    case .zstd: czstd_open(Self.windowLogMax)
    case .lz4: clz4_open()
    case .snappy: nil
    }
  }

  private func close(_ reader: OpaquePointer) {
    switch self {
    case .deflate, .gzip: czlib_close(reader)
    case .zstd: czstd_close(reader)
    case .lz4: clz4_close(reader)
    case .snappy: break
    }
  }

  func unpackStream(
    _ bytes: RawSpan, _ target: inout ByteWriter, _ byteCountMax: Int, _ trailing: Trailing
  ) throws(CompressionError) {
    var at = 0
    var left = byteCountMax
    // One stream, or several one after the other where the format says that they are one.
    repeat {
      guard let reader = self.open() else {
        throw CompressionError(.outOfMemory, "no memory for a \(self.rawValue) reader")
      }
      defer { self.close(reader) }
      var isOver = false
      while !isOver {
        let (read, written, code) = try self.step(
          reader, bytes.extracting(at..<bytes.byteCount), &target, left: left)
        at += read
        left -= written
        guard code >= 0, code > 0 || read > 0 || written > 0 else { throw self.malformed(bytes) }
        isOver = code > 0
      }
    } while at < bytes.byteCount && self != .deflate
    guard at == bytes.byteCount || trailing == .ignore else { throw self.malformed(bytes) }
  }

  private func step(
    _ reader: OpaquePointer, _ bytes: RawSpan, _ target: inout ByteWriter, left: Int
  ) throws(CompressionError) -> (read: Int, written: Int, code: Int32) {
    var read = bytes.byteCount
    var code: Int32 = 0
    // One byte more than is allowed, to tell the end from too much.
    let wanted = min(max(bytes.byteCount * 4, 1 << 12), 1 << 20, left + 1)
    let written = target.appendFilling(minimum: wanted) { room in
      var written = min(room.count, left + 1)
      code = bytes.withUnsafeBytes { source in
        let (input, output) = (source.baseAddress, room.baseAddress)
        return switch self {
        case .deflate, .gzip: czlib_step(reader, input, &read, output, &written)
        case .zstd: czstd_step(reader, input, &read, output, &written)
        case .lz4: clz4_step(reader, input, &read, output, &written)
        case .snappy: -1
        }
      }
      if code < 0 {
        read = 0
        written = 0
      }
      return written
    }
    guard written <= left else { throw self.tooLarge(left) }
    return (read, written, code)
  }
}
