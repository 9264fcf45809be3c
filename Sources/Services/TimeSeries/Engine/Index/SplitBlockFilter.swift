private import Crypto

// A filter is blocks of 32 bytes, eight words of 32 bits, little-endian. Of a hash of 64 bits the upper half
// chooses the block, and the lower half, times eight odd numbers, one bit in each word.

/// Says of a value that it is certainly not in a set, or that it may be: wrong for one in a hundred at ten
/// bits a value.
struct SplitBlockFilter: Sendable {
  private static let bitsEach = 10
  private static let salts: [UInt32] = [
    0x47b6_137b, 0x4497_4d91, 0x8824_ad5b, 0xa2b7_289d, 0x7054_95c7, 0x2df1_424b, 0x9efc_4947,
    0x5c6b_fb31,
  ]

  private var words: [UInt32]

  /// A filter of these hashes.
  init(_ hashes: some Collection<UInt64>) {
    let blocks = max(1, (hashes.count * Self.bitsEach + 255) / 256)
    self.words = [UInt32](repeating: 0, count: blocks * 8)
    for hash in hashes {
      let base = self.block(hash)
      for (word, salt) in Self.salts.enumerated() {
        self.words[base + word] |= 1 << ((UInt32(truncatingIfNeeded: hash) &* salt) >> 27)
      }
    }
  }

  /// Nil when the bytes are no whole number of blocks.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count > 0, bytes.count % 32 == 0 else { return nil }
    self.words = (0..<(bytes.count / 4)).map {
      UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self))
    }
  }

  static func hash(_ term: [UInt8]) -> UInt64 {
    term.withUnsafeBytes { XXH3.hash64(of: $0) }
  }

  private func block(_ hash: UInt64) -> Int {
    let blocks = UInt64(self.words.count / 8)
    return Int(((hash >> 32) &* blocks) >> 32) * 8
  }

  func mayHold(_ hash: UInt64) -> Bool {
    let base = self.block(hash)
    for (word, salt) in Self.salts.enumerated() {
      let bit: UInt32 = 1 << ((UInt32(truncatingIfNeeded: hash) &* salt) >> 27)
      if self.words[base + word] & bit == 0 { return false }
    }
    return true
  }

  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(self.words.count * 4)
    for word in self.words {
      for shift: UInt32 in [0, 8, 16, 24] { bytes.append(UInt8(truncatingIfNeeded: word >> shift)) }
    }
    return bytes
  }
}
