import ObjectModel

/// Where the bytes of an object are: one blob, or one for each part.
struct ContentLayout {
  private var pieces: [(start: Int64, blob: BlobReference)] = []
  private(set) var size: Int64 = 0

  /// A run of bytes inside one block.
  struct Step: Sendable {
    var block: BlockAddress
    var range: Range<Int>
  }

  init(blob: BlobReference?) { self.append(blob) }

  init(parts: [ObjectPart]) {
    for part in parts { self.append(part.blob) }
  }

  private mutating func append(_ blob: BlobReference?) {
    guard let blob, blob.byteCount > 0 else { return }
    self.pieces.append((self.size, blob))
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
    let (start, blob) = self.pieces[low]
    let inside = offset - start
    let number = UInt32(inside >> Int64(blob.blockSizeLog2))
    let first = Int(inside - Int64(number) << Int64(blob.blockSizeLog2))
    let last = min(
      Int64(blob.contentByteCount(ofBlock: number)), end - offset + Int64(first))
    return Step(
      block: BlockAddress(volume: blob.volume, blob: blob.id, number: number),
      range: first..<Int(last))
  }
}
