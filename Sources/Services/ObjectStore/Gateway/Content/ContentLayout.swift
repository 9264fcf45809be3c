import ObjectModel

/// Where the bytes of an object are: one blob, or one for each part.
struct ContentLayout {
  private struct Piece {
    var start: Int64
    var blob: BlobReference
    var nonce: UInt64
  }

  private var pieces: [Piece] = []
  private(set) var size: Int64 = 0

  /// A run of bytes inside one block.
  struct Step: Sendable {
    var block: BlockAddress
    var range: Range<Int>
    /// Bytes of content in the whole block.
    var blockByteCount: Int
    /// What the blob was sealed with; 0: it was not.
    var nonce: UInt64
  }

  /// - Parameter nonce: what the content was sealed with; 0: it was not.
  init(blob: BlobReference?, nonce: UInt64 = 0) { self.append(blob, nonce) }

  init(parts: [ObjectPart]) {
    for part in parts { self.append(part.blob, part.nonce) }
  }

  private mutating func append(_ blob: BlobReference?, _ nonce: UInt64) {
    guard let blob, blob.byteCount > 0 else { return }
    self.pieces.append(Piece(start: self.size, blob: blob, nonce: nonce))
    self.size += blob.byteCount
  }

  /// The run that begins at `offset` and ends with its block, or with `end`.
  ///
  /// - Precondition: `offset < end <= size`.
  func step(from offset: Int64, to end: Int64) -> Step {
    precondition(offset >= 0 && offset < end, "bytes \(offset) to \(end)")
    precondition(end <= self.size, "byte \(end) of \(self.size)")
    var low = 0
    var high = self.pieces.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if self.pieces[middle].start <= offset { low = middle } else { high = middle }
    }
    let blob = self.pieces[low].blob
    let inside = offset - self.pieces[low].start
    let number = UInt32(inside >> Int64(blob.blockSizeLog2))
    let first = Int(inside - Int64(number) << Int64(blob.blockSizeLog2))
    let whole = blob.contentByteCount(ofBlock: number)
    let last = min(Int64(whole), end - offset + Int64(first))
    return Step(
      block: BlockAddress(volume: blob.volume, blob: blob.id, number: number),
      range: first..<Int(last), blockByteCount: whole, nonce: self.pieces[low].nonce)
  }
}
