internal import ObjectModel
internal import Values

/// A set of blobs in bounded memory: what was added is in it; of the rest a small share seems to be.
/// With another seed it is another share.
struct ReferenceFilter: ~Copyable, @unchecked Sendable {
  // Sendable because it is the only owner of `words`.
  private let words: UnsafeMutablePointer<UInt64>
  private let mask: UInt64
  private let seed: UInt64
  private static let probes = 7

  /// Sixteen bits for each, in a power of two of bytes between 64 KiB and `byteCountMax`.
  init(expecting count: Int, byteCountMax: Int, seed: UInt64) {
    var byteCount = 64 << 10
    while byteCount < count * 2, byteCount * 2 <= byteCountMax { byteCount *= 2 }
    self.words = .allocate(capacity: byteCount / 8)
    self.words.initialize(repeating: 0, count: byteCount / 8)
    self.mask = UInt64(byteCount * 8 - 1)
    self.seed = seed
  }

  deinit { self.words.deallocate() }

  func insert(_ volume: VolumeID, _ blob: UUID) {
    var (bit, step) = self.hashes(volume, blob)
    for _ in 0..<Self.probes {
      self.words[Int(bit & self.mask) >> 6] |= 1 << (bit & 63)
      bit &+= step
    }
  }

  func contains(_ volume: VolumeID, _ blob: UUID) -> Bool {
    var (bit, step) = self.hashes(volume, blob)
    for _ in 0..<Self.probes {
      guard self.words[Int(bit & self.mask) >> 6] >> (bit & 63) & 1 == 1 else { return false }
      bit &+= step
    }
    return true
  }

  private func hashes(_ volume: VolumeID, _ blob: UUID) -> (UInt64, UInt64) {
    let high = UInt64(truncatingIfNeeded: blob.bits >> 64) ^ UInt64(volume.rawValue) << 48
    let low = UInt64(truncatingIfNeeded: blob.bits)
    let first = Self.mix(high ^ Self.mix(low &+ self.seed))
    return (first, Self.mix(first ^ low) | 1)
  }

  private static func mix(_ value: UInt64) -> UInt64 {
    var value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }
}
