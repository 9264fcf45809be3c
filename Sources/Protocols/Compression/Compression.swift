public import Bytes
private import CLZ4
private import CSnappy
private import CZlib
private import CZstd

/// A format of compressed bytes.
public enum Compression: String, CaseIterable, Sendable {
  /// Raw deflate, as Avro has it.
  case deflate
  /// Deflate between gzip's header and its checksum; several members are read as one.
  case gzip
  /// Zstandard frames.
  case zstd
  /// LZ4 frames.
  case lz4
  /// A raw snappy block, without framing.
  case snappy

  /// Appends the compressed form of `bytes`.
  ///
  /// - Parameter level: 1 to 9 for deflate and gzip, 1 to 19 for zstd; the others have none.
  public func compress(
    _ bytes: RawSpan, to target: inout ByteWriter, level: Int? = nil
  ) throws(CompressionError) {
    let bound =
      switch self {
      case .deflate, .gzip: czlib_bound(bytes.byteCount)
      case .zstd: czstd_bound(bytes.byteCount)
      case .lz4: clz4_bound(bytes.byteCount)
      case .snappy: csnappy_bound(bytes.byteCount)
      }
    _ = try target.appendFilling(minimum: bound) { (room) throws(CompressionError) in
      var written = room.count
      let code = bytes.withUnsafeBytes { source in
        let (input, output) = (source.baseAddress, room.baseAddress)
        return switch self {
        case .deflate, .gzip:
          czlib_compress(
            self.zlibForm, Int32(clamping: min(max(level ?? 6, 1), 9)), input, source.count, output,
            &written)
        case .zstd:
          czstd_compress(
            Int32(clamping: min(max(level ?? 3, 1), 19)), input, source.count, output, &written)
        case .lz4: clz4_compress(input, source.count, output, &written)
        case .snappy: csnappy_compress(input, source.count, output, &written)
        }
      }
      guard code == 0 else {
        throw CompressionError(
          .outOfMemory, "no memory to compress \(bytes.byteCount) bytes as \(self.rawValue)")
      }
      return written
    }
  }

  private var zlibForm: Int32 { self == .gzip ? CZLIB_GZIP : CZLIB_RAW }

  /// What to do with bytes after the end of the stream.
  public enum Trailing: Sendable {
    case refuse
    /// Of deflate only: Python's Avro writers leave three bytes of a zlib checksum there.
    case ignore
  }

  /// Appends what is inside of `bytes`: at most `byteCountMax` bytes, whatever they say of themselves.
  ///
  /// After an error `target` holds what it held before.
  public func decompress(
    _ bytes: RawSpan, to target: inout ByteWriter, byteCountMax: Int,
    trailing: Trailing = .refuse
  ) throws(CompressionError) {
    let start = target.count
    do {
      if self == .snappy {
        try self.unpackSnappy(bytes, &target, byteCountMax)
      } else {
        try self.unpackStream(bytes, &target, byteCountMax, trailing)
      }
    } catch {
      target.truncate(to: start)
      throw error
    }
  }

  private func unpackSnappy(
    _ bytes: RawSpan, _ target: inout ByteWriter, _ byteCountMax: Int
  ) throws(CompressionError) {
    var length = 0
    let known = bytes.withUnsafeBytes { csnappy_length($0.baseAddress, $0.count, &length) }
    guard known == 0 else { throw self.malformed(bytes) }
    guard length <= byteCountMax else { throw self.tooLarge(byteCountMax) }
    _ = try target.appendFilling(minimum: length) { (room) throws(CompressionError) in
      var written = room.count
      let code = bytes.withUnsafeBytes {
        csnappy_decompress($0.baseAddress, $0.count, room.baseAddress, &written)
      }
      guard code == 0 else { throw self.malformed(bytes) }
      return written
    }
  }

  func malformed(_ bytes: RawSpan) -> CompressionError {
    CompressionError(
      .malformed, "\(bytes.byteCount) bytes are not complete \(self.rawValue) data")
  }

  func tooLarge(_ byteCountMax: Int) -> CompressionError {
    CompressionError(.tooLarge, "there are more than \(byteCountMax) bytes inside")
  }
}
