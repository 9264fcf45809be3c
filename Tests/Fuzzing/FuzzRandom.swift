/// SplitMix64: the same numbers for the same seed on every machine, and free to start anew for each
/// input, so that input 71,204 of a run can be made without the 71,203 before it.
public struct FuzzRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64

  public init(seed: UInt64) { self.state = seed }

  /// The generator of one input of a run.
  init(seed: UInt64, iteration: Int) {
    var outer = FuzzRandom(seed: seed)
    self.state = outer.next() &+ UInt64(truncatingIfNeeded: iteration) &* 0xD1B5_4A32_D192_ED03
  }

  public mutating func next() -> UInt64 {
    self.state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = self.state
    mixed = (mixed ^ (mixed &>> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed &>> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed &>> 31)
  }

  /// A number in `0..<bound`; 0 when the bound is 0.
  public mutating func below(_ bound: Int) -> Int {
    guard bound > 0 else { return 0 }
    return Int(self.next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// True once in `count` times.
  public mutating func oneIn(_ count: Int) -> Bool { self.below(count) == 0 }
}
