internal import Bytes

/// Why a time text was not read: the grammar, or a field out of its range.
enum ScanError: Error {
  case grammar
  case range(String, String)

  func error(of text: RawSpan, _ expected: String) -> ValueError {
    switch self {
    case .grammar: .malformed(text.lossyText, expected)
    case .range(let field, let range):
      ValueError(
        .outOfRange, "\(field) of \(quoted(text.lossyText)) is not in the range \(range)")
    }
  }
}

extension ByteReader {
  @_lifetime(self: copy self)
  mutating func expect(_ character: Unicode.Scalar) throws(ScanError) {
    guard self.byte() == UInt8(ascii: character) else { throw .grammar }
  }

  @_lifetime(self: copy self)
  mutating func number(
    digits: Int, _ range: ClosedRange<Int>, _ field: String
  ) throws(ScanError) -> Int {
    var value = 0
    for _ in 0..<digits {
      guard let byte = self.byte(), byte &- 0x30 < 10 else { throw .grammar }
      value = value * 10 + Int(byte - 0x30)
    }
    guard range.contains(value) else {
      throw .range(field, "\(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  @_lifetime(self: copy self)
  mutating func date() throws(ScanError) -> CivilDate {
    let year = try self.number(digits: 4, 1...9999, "year")
    try self.expect("-")
    let month = try self.number(digits: 2, 1...12, "month")
    try self.expect("-")
    let count = CivilDate.dayCount(ofMonth: month, year: year)
    let day = try self.number(digits: 2, 1...count, "day")
    // The three are in their ranges.
    return CivilDate(year: year, month: month, day: day).unsafelyUnwrapped
  }

  @_lifetime(self: copy self)
  mutating func second() throws(ScanError) -> Int {
    let second = try self.number(digits: 2, 0...60, "second")
    guard second < 60 else { throw .range("second (leap seconds are not counted)", "0 to 59") }
    return second
  }

  /// `.` and one to nine digits, or nothing.
  @_lifetime(self: copy self)
  mutating func fraction() throws(ScanError) -> Int32 {
    guard self.peek() == UInt8(ascii: ".") else { return 0 }
    _ = self.byte()
    var value: Int32 = 0
    var count = 0
    while let byte = self.peek(), byte &- 0x30 < 10 {
      _ = self.byte()
      count += 1
      guard count <= 9 else { throw .range("fraction", "1 to 9 digits") }
      value = value * 10 + Int32(byte - 0x30)
    }
    guard count > 0 else { throw .grammar }
    for _ in count..<9 { value *= 10 }
    return value
  }

  /// `Z`, `+hh:mm` or `-hh:mm`, in seconds east of Greenwich.
  @_lifetime(self: copy self)
  mutating func offset() throws(ScanError) -> Int {
    let sign = self.byte()
    if sign.map({ $0 | 0x20 == UInt8(ascii: "z") }) ?? false { return 0 }
    guard sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else { throw .grammar }
    let hour = try self.number(digits: 2, 0...23, "offset hour")
    try self.expect(":")
    let minute = try self.number(digits: 2, 0...59, "offset minute")
    let offset = hour * 3600 + minute * 60
    return sign == UInt8(ascii: "-") ? -offset : offset
  }
}

extension ByteWriter {
  mutating func append(twoDigits value: Int) {
    self.append(UInt8(value / 10) + 0x30)
    self.append(UInt8(value % 10) + 0x30)
  }
}
