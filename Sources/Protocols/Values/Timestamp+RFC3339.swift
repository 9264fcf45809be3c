public import Bytes

// RFC 3339:  2026-11-20T16:28:02.123456789+01:00
//            date       T time    fraction   offset or Z
extension Timestamp {
  public enum Form: Sendable {
    /// The grammar of the RFC.
    case exact
    /// What a person types: a blank for the `T`, and no seconds, are fine too.
    case typed
  }

  /// How many digits of the second are written.
  public enum Fraction: Sendable {
    /// 0, 3, 6 or 9: as few of these as lose nothing.
    case shortest
    /// This many, 0 to 9; the rest is cut off.
    case digits(Int)
  }

  public init(parsing text: String, form: Form = .exact) throws(ValueError) {
    let bytes = Array(text.utf8)
    try self.init(parsing: bytes.rawBytes, form: form)
  }

  /// Reads any offset and up to nine digits of fraction. Second 60, a leap second, is refused: this
  /// calendar does not count it, and moving it would make two moments one.
  public init(parsing text: RawSpan, form: Form = .exact) throws(ValueError) {
    var reader = ByteReader(text)
    do throws(ScanError) {
      let date = try reader.date()
      let separator = reader.byte()
      guard
        separator.map({ $0 | 0x20 == UInt8(ascii: "t") }) ?? false
          || (form == .typed && separator == UInt8(ascii: " "))
      else { throw .grammar }
      let hour = try reader.number(digits: 2, 0...23, "hour")
      try reader.expect(":")
      let minute = try reader.number(digits: 2, 0...59, "minute")
      var second = 0
      var nanosecond: Int32 = 0
      if form == .exact || reader.peek() == UInt8(ascii: ":") {
        try reader.expect(":")
        second = try reader.second()
        nanosecond = try reader.fraction()
      }
      let offset = try reader.offset()
      guard reader.isAtEnd else { throw .grammar }
      try self.init(
        seconds: Int64(date.daysSinceEpoch) * 86_400
          + Int64(hour * 3600 + minute * 60 + second - offset),
        nanosecond: nanosecond, of: text)
    } catch {
      throw error.error(
        of: text, "a time such as 2026-11-20T16:28:02Z or 2026-11-20T16:28:02.5+01:00")
    }
  }

  private init(seconds: Int64, nanosecond: Int32, of text: RawSpan) throws(ScanError) {
    do {
      try self.init(seconds: seconds, nanosecond: nanosecond)
    } catch {
      throw .range("the time", Self.rangeText)
    }
  }

  /// Appends the time in UTC, with `Z`.
  public func append(to target: inout ByteWriter, fraction: Fraction = .shortest) {
    self.date.append(to: &target)
    target.append(UInt8(ascii: "T"))
    let second = self.secondOfDay
    target.append(twoDigits: second / 3600)
    target.append(UInt8(ascii: ":"))
    target.append(twoDigits: second / 60 % 60)
    target.append(UInt8(ascii: ":"))
    target.append(twoDigits: second % 60)
    let digits =
      switch fraction {
      case .digits(let count): count
      case .shortest where self.nanosecond == 0: 0
      case .shortest where self.nanosecond % 1_000_000 == 0: 3
      case .shortest where self.nanosecond % 1000 == 0: 6
      case .shortest: 9
      }
    precondition((0...9).contains(digits), "\(digits) digits")
    if digits > 0 {
      target.append(UInt8(ascii: "."))
      var divisor: Int32 = 100_000_000
      for _ in 0..<digits {
        target.append(UInt8(self.nanosecond / divisor % 10) + 0x30)
        divisor /= 10
      }
    }
    target.append(UInt8(ascii: "Z"))
  }

  public func text(fraction: Fraction) -> String {
    var target = ByteWriter(capacity: 32)
    self.append(to: &target, fraction: fraction)
    return target.bytes.lossyText
  }
}

extension Timestamp: CustomStringConvertible {
  public var description: String { self.text(fraction: .shortest) }
}

extension CivilDate: CustomStringConvertible {
  /// Reads `2026-11-20`.
  public init(parsing text: String) throws(ValueError) {
    let bytes = Array(text.utf8)
    var reader = ByteReader(bytes.rawBytes)
    do throws(ScanError) {
      self = try reader.date()
      guard reader.isAtEnd else { throw .grammar }
    } catch {
      throw error.error(of: bytes.rawBytes, "a date such as 2026-11-20")
    }
  }

  public func append(to target: inout ByteWriter) {
    target.append(twoDigits: self.year / 100)
    target.append(twoDigits: self.year % 100)
    target.append(UInt8(ascii: "-"))
    target.append(twoDigits: self.month)
    target.append(UInt8(ascii: "-"))
    target.append(twoDigits: self.day)
  }

  public var description: String {
    var target = ByteWriter(capacity: 16)
    self.append(to: &target)
    return target.bytes.lossyText
  }
}

extension WallTime: CustomStringConvertible {
  public init(parsing text: String, form: Timestamp.Form = .exact) throws(ValueError) {
    try self.init(Timestamp(parsing: text, form: form))
  }

  /// RFC 3339.
  public var description: String { Timestamp(self).description }
}
