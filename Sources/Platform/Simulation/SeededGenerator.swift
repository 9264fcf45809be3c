/// The random numbers of one part of a simulation (SplitMix64): the same seed gives the same numbers on
/// every machine and in every process.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { self.state = seed }

  /// The generator of the part called `label`, so that one part drawing more numbers does not change
  /// what the others draw.
  public init(seed: UInt64, label: String) {
    // FNV-1a: the standard library's hash differs from process to process.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in label.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    self.init(seed: seed ^ hash)
    _ = self.next()
  }

  public mutating func next() -> UInt64 {
    self.state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = self.state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// True with `probability`. A probability of zero or less draws no number.
  public mutating func chance(_ probability: Double) -> Bool {
    guard probability > 0 else { return false }
    return Double(self.next() >> 11) * 0x1p-53 < probability
  }

  public mutating func bytes(_ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: self.next() >> 32) }
    return bytes
  }
}
