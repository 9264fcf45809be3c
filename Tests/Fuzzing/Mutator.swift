/// Makes inputs out of seeds: flips bits, inserts, removes and moves bytes, splices two seeds, and
/// writes numbers and words that parsers are known to trip over.
public struct Mutator: Sendable {
  public let seeds: [[UInt8]]
  /// Words of the format: keywords, delimiters, magic numbers.
  public let dictionary: [[UInt8]]
  public let maximumByteCount: Int
  private let seed: UInt64

  public init(
    seeds: [[UInt8]], dictionary: [[UInt8]] = [], seed: UInt64, maximumByteCount: Int? = nil
  ) {
    self.seeds = seeds.isEmpty ? [[]] : seeds
    self.dictionary = dictionary
    self.seed = seed
    self.maximumByteCount =
      maximumByteCount ?? max(4096, 2 * (seeds.map(\.count).max() ?? 0))
  }

  /// Input number `iteration`: the seeds as they are first, mutations of them afterwards. It depends
  /// on nothing but the seeds, the dictionary, the run's seed and the number.
  public func input(_ iteration: Int) -> [UInt8] {
    if iteration < self.seeds.count { return self.seeds[iteration] }
    var random = FuzzRandom(seed: self.seed, iteration: iteration)
    var bytes = self.seeds[random.below(self.seeds.count)]
    // Mostly a few changes, so that the input gets past the first check of the parser.
    var changes = 1
    while changes < 64, !random.oneIn(3) { changes += 1 }
    for _ in 0..<changes { self.change(&bytes, &random) }
    if bytes.count > self.maximumByteCount { bytes.removeSubrange(self.maximumByteCount...) }
    return bytes
  }

  private func change(_ bytes: inout [UInt8], _ random: inout FuzzRandom) {
    let at = random.below(bytes.count)
    switch random.below(12) {
    case 0 where !bytes.isEmpty:
      bytes[at] ^= 1 << UInt8(random.below(8))
    case 1 where !bytes.isEmpty:
      bytes[at] = UInt8(truncatingIfNeeded: random.next())
    case 2 where !bytes.isEmpty:
      bytes.removeSubrange(at..<(at + 1 + random.below(min(16, bytes.count - at))))
    case 3 where !bytes.isEmpty:
      bytes.removeSubrange(at...)
    case 4 where !bytes.isEmpty:
      self.overwrite(&bytes, at: at, with: Self.number(&random))
    case 5:
      bytes.insert(contentsOf: Self.number(&random), at: random.below(bytes.count + 1))
    case 6 where !bytes.isEmpty:
      let block = Array(bytes[at..<(at + 1 + random.below(bytes.count - at))])
      bytes.insert(contentsOf: block, at: random.below(bytes.count + 1))
    case 7 where !bytes.isEmpty:
      let block = Array(bytes[at..<(at + 1 + random.below(bytes.count - at))])
      bytes.removeSubrange(at..<(at + block.count))
      bytes.insert(contentsOf: block, at: random.below(bytes.count + 1))
    case 8:
      self.splice(&bytes, &random)
    case 9 where !self.dictionary.isEmpty, 10 where !self.dictionary.isEmpty:
      guard let word = self.dictionary.randomElement(using: &random) else { break }
      if random.oneIn(2), !bytes.isEmpty {
        self.overwrite(&bytes, at: at, with: word)
      } else {
        bytes.insert(contentsOf: word, at: random.below(bytes.count + 1))
      }
    case 11:
      self.repeatByte(&bytes, &random)
    default:
      bytes.insert(
        UInt8(truncatingIfNeeded: random.next()), at: random.below(bytes.count + 1))
    }
  }

  private func overwrite(_ bytes: inout [UInt8], at: Int, with word: [UInt8]) {
    for (index, byte) in word.enumerated() where at + index < bytes.count {
      bytes[at + index] = byte
    }
  }

  private func splice(_ bytes: inout [UInt8], _ random: inout FuzzRandom) {
    let other = self.seeds[random.below(self.seeds.count)]
    let head = random.below(bytes.count + 1)
    bytes.removeSubrange(head...)
    bytes.append(contentsOf: other[random.below(other.count + 1)...])
  }

  private func repeatByte(_ bytes: inout [UInt8], _ random: inout FuzzRandom) {
    let byte = bytes.isEmpty ? UInt8(random.below(256)) : bytes[random.below(bytes.count)]
    let count = random.oneIn(8) ? 1 + random.below(1024) : 1 + random.below(16)
    bytes.insert(
      contentsOf: repeatElement(byte, count: count), at: random.below(bytes.count + 1))
  }

  /// A number at the edge of some range, in one of the ways numbers are written.
  private static func number(_ random: inout FuzzRandom) -> [UInt8] {
    let edges: [UInt64] = [
      0, 1, 2, 7, 8, 15, 16, 31, 32, 63, 64, 100, 127, 128, 255, 256, 512, 1000, 1023, 1024, 4095,
      4096, 16383, 16384, 32767, 32768, 65535, 65536, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF,
      0x1_0000_0000, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, .max, .max - 1,
    ]
    let edge = edges[random.below(edges.count)]
    let width = [1, 2, 4, 8][random.below(4)]
    switch random.below(4) {
    case 0: return (0..<width).map { UInt8(truncatingIfNeeded: edge >> (8 * $0)) }
    case 1: return (0..<width).reversed().map { UInt8(truncatingIfNeeded: edge >> (8 * $0)) }
    case 2: return Array((random.oneIn(3) ? "-" : "").utf8) + Array(String(edge).utf8)
    default:
      var rest = edge
      var bytes: [UInt8] = []
      while rest >= 0x80 {
        bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
        rest >>= 7
      }
      return bytes + [UInt8(rest)]
    }
  }
}
