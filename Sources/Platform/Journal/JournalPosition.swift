/// Where a record begins: the number of its segment and the offset of its first fragment in that file.
///
/// Later records have greater positions, for ever and across openings: a position is the journal's
/// clock.
public struct JournalPosition: Hashable, Comparable, Sendable, CustomStringConvertible {
  public var segment: UInt64
  public var offset: UInt32

  public init(segment: UInt64, offset: UInt32) {
    self.segment = segment
    self.offset = offset
  }

  /// Before every record.
  public static let start = JournalPosition(segment: 0, offset: 0)

  /// As one number, in the same order. Segments are numbered below 2³²: at one a second, for a century.
  public var rawValue: UInt64 { self.segment << 32 | UInt64(self.offset) }

  public init(rawValue: UInt64) {
    self.segment = rawValue >> 32
    self.offset = UInt32(truncatingIfNeeded: rawValue)
  }

  public static func < (left: Self, right: Self) -> Bool {
    (left.segment, left.offset) < (right.segment, right.offset)
  }

  public var description: String { "\(self.segment)/\(self.offset)" }
}

/// A record that a reader was given.
public struct JournalRecord: Hashable, Sendable {
  public var position: JournalPosition
  /// The epoch of the owner that appended it.
  public var epoch: UInt64
  public var bytes: [UInt8]

  public init(position: JournalPosition, epoch: UInt64, bytes: [UInt8]) {
    self.position = position
    self.epoch = epoch
    self.bytes = bytes
  }
}

/// A record lent for the length of a call.
public struct JournalRecordView: ~Escapable {
  public let position: JournalPosition
  public let epoch: UInt64
  public let bytes: RawSpan

  @_lifetime(copy bytes)
  init(position: JournalPosition, epoch: UInt64, bytes: RawSpan) {
    self.position = position
    self.epoch = epoch
    self.bytes = bytes
  }

  public var owned: JournalRecord {
    JournalRecord(
      position: self.position, epoch: self.epoch, bytes: self.bytes.withUnsafeBytes { [UInt8]($0) })
  }
}
