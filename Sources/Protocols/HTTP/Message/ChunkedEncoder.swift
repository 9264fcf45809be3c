public import Bytes

/// Chunks of a body, appended to an output window.
extension ByteWriter {
  /// One chunk. An empty one would end the body, so it is left out.
  public mutating func append(chunk: RawSpan) {
    guard chunk.byteCount > 0 else { return }
    self.append(chunkSize: chunk.byteCount)
    self.append(chunk)
    self.append(literal: "\r\n")
  }

  /// The line before `count` bytes that the caller sends itself, with CR LF behind them.
  public mutating func append(chunkSize count: Int) {
    precondition(count > 0, "a chunk of \(count) bytes")
    var shift = (63 - count.leadingZeroBitCount) / 4 * 4
    while shift >= 0 {
      let digit = UInt8(truncatingIfNeeded: count >> shift) & 15
      self.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
      shift -= 4
    }
    self.append(literal: "\r\n")
  }

  /// Begins a chunk whose size is not known yet; what is appended until `endChunk` is its content.
  public mutating func beginChunk() -> ChunkMark {
    self.append(literal: "00000000\r\n")
    return ChunkMark(start: self.count)
  }

  /// Ends a chunk; takes it back when nothing was appended.
  public mutating func endChunk(_ mark: ChunkMark) {
    let count = self.count - mark.start
    precondition(count >= 0 && count < 1 << 32, "a chunk of \(count) bytes")
    guard count > 0 else { return self.truncate(to: mark.start - 10) }
    var digits: UInt64 = 0
    for index in 0..<8 {
      let digit = UInt64(count >> (28 - 4 * index)) & 15
      digits |= (digit < 10 ? 0x30 + digit : 0x57 + digit) << UInt64(8 * index)
    }
    self.overwrite(at: mark.start - 10, littleEndian: digits)
    self.append(literal: "\r\n")
  }

  /// The end of a body without trailer fields.
  public mutating func appendLastChunk() { self.append(literal: "0\r\n\r\n") }

  /// The end of a body; trailer fields are appended behind it like header fields, then
  /// `appendHeadEnd`.
  public mutating func appendLastChunkBeforeTrailers() { self.append(literal: "0\r\n") }
}

/// Where a chunk was begun.
public struct ChunkMark: Sendable {
  let start: Int
}
