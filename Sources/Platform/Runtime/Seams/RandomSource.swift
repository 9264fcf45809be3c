private import CSystem

/// The seam of chance: identifiers, nonces, jitter and sampling take their bits from one that is handed
/// in, so that a simulated run repeats.
public protocol RandomSource: AnyObject, Sendable {
  func fill(_ target: UnsafeMutableRawBufferPointer)
}

extension RandomSource {
  public func next() -> UInt64 {
    var value: UInt64 = 0
    withUnsafeMutableBytes(of: &value) { self.fill($0) }
    return value
  }

  public func bytes(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { target, filled in
      self.fill(UnsafeMutableRawBufferPointer(target))
      filled = count
    }
  }

  /// A number in `range`, without bias.
  public func number(in range: ClosedRange<UInt64>) -> UInt64 {
    var bits = self.generator
    return UInt64.random(in: range, using: &bits)
  }

  public var generator: RandomBits<Self> { RandomBits(source: self) }
}

/// A random source as the generator that the standard library asks for.
public struct RandomBits<Source: RandomSource>: RandomNumberGenerator {
  fileprivate let source: Source
  public mutating func next() -> UInt64 { self.source.next() }
}

/// The kernel's random numbers: fit for keys.
public final class SystemRandom: RandomSource {
  public static let shared = SystemRandom()

  public func fill(_ target: UnsafeMutableRawBufferPointer) {
    guard let start = target.baseAddress else { return }
    let code = csystem_random(start, target.count)
    precondition(code == 0, "FATAL: getrandom gave errno \(-code)")
  }
}
