/// What a commit survives once it has been acknowledged.
public enum Durability: Sendable {
  /// A power cut: the log was synced.
  case synced
  /// A crash of the process, not of the machine: the log was written, not synced.
  case logged
  /// Nothing before the next flush: no log. For content that can be made again.
  case unlogged
}

/// What must hold for a conditional commit. Asked on the writer thread, after every commit before it.
public struct Condition: Sendable {
  public enum Requirement: Sendable {
    case absent
    case present
    case equal([UInt8])
    /// The value begins with these bytes: a revision in front of it, say.
    case startsWith([UInt8])
  }

  public var family: Family
  public var key: [UInt8]
  public var requirement: Requirement

  public init(_ key: [UInt8], in family: Family, is requirement: Requirement) {
    self.family = family
    self.key = key
    self.requirement = requirement
  }

  func holds(for value: [UInt8]?) -> Bool {
    switch self.requirement {
    case .absent: value == nil
    case .present: value != nil
    case .equal(let expected): value == expected
    case .startsWith(let start): value?.starts(with: start) ?? false
    }
  }
}

/// How a conditional commit ended.
public enum ConditionalOutcome: Sendable, Equatable {
  /// Written; the sequence number is at or after that of its changes.
  case committed(sequence: UInt64)
  /// Condition `index` did not hold; `found` is the value that was there. Nothing was written.
  case unmet(index: Int, found: [UInt8]?)
}
