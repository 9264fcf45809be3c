/// The keys a scan goes over: those at or after `lower` and before `upper`.
public struct KeyRange: Sendable, Equatable {
  public var lower: [UInt8]?
  public var upper: [UInt8]?

  /// - Parameters: nil means no bound.
  public init(from lower: [UInt8]? = nil, to upper: [UInt8]? = nil) {
    self.lower = lower
    self.upper = upper
  }

  public static let all = KeyRange()

  /// Every key that begins with `prefix`.
  public static func prefix(_ prefix: [UInt8]) -> KeyRange {
    KeyRange(from: prefix, to: successor(ofPrefix: prefix))
  }

  /// The first key behind all that begin with `prefix`; nil when there is none, as for 0xFF 0xFF.
  public static func successor(ofPrefix prefix: [UInt8]) -> [UInt8]? {
    guard let last = prefix.lastIndex(where: { $0 != 0xFF }) else { return nil }
    var successor = Array(prefix[...last])
    successor[last] += 1
    return successor
  }

  public func contains(_ key: [UInt8]) -> Bool {
    if let lower = self.lower, key.lexicographicallyPrecedes(lower) { return false }
    guard let upper = self.upper else { return true }
    return key.lexicographicallyPrecedes(upper)
  }
}

extension KeyRange {
  /// Whether every key of the range begins with the same `count` bytes. A scan that asked for a prefix
  /// and left it would miss keys.
  func staysInPrefix(of count: Int?) -> Bool {
    guard let count, let lower = self.lower, lower.count >= count else { return false }
    guard let end = KeyRange.successor(ofPrefix: Array(lower.prefix(count))) else { return true }
    guard let upper = self.upper else { return false }
    return !end.lexicographicallyPrecedes(upper)
  }
}

/// How a scan goes over its range.
public struct ScanOptions: Sendable {
  /// From the last key to the first.
  public var isReversed = false
  /// Values stay behind: they read as empty.
  public var onlyKeys = false
  /// What is read is likely to be read again. Off for one-time sweeps, which would empty the cache.
  public var fillsCache = true
  /// Lets the scan skip files without the prefix that the range stays in, of the family's
  /// `prefixBytes`. Without effect for a range that does not stay in one, and in reverse.
  public var staysInPrefix = false
  /// Bytes read ahead of the scan; nil lets the library decide.
  public var readaheadBytes: Int?

  public init() {}
  public init(_ change: (inout ScanOptions) -> Void) { change(&self) }
}
