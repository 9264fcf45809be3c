import Bytes

// Line protocol, one point a line; a backslash before `,` `=` ` ` makes them part of a name or tag:
//
//   NAME[,TAG=VALUE…] FIELD=VALUE[,FIELD=VALUE…] [TIME]
//
//   value   1.5 1e3 float · 5i integer · 5u integer ≥ 0 · t T true True TRUE f F false False FALSE · "text"
//           in which \" and \\ are escapes and a line may end
//   #…      a comment, where a line begins

/// Reads points from the bytes of a body.
enum LineProtocol {
  static let lineBytesMax = 1 << 20
  static let tagsMax = 128
  static let fieldsMax = 1024
  static let nameBytesMax = 250

  private static let newline = UInt8(ascii: "\n")
  private static let blank = UInt8(ascii: " ")
  private static let comma = UInt8(ascii: ",")
  private static let equals = UInt8(ascii: "=")
  private static let quote = UInt8(ascii: "\"")
  private static let backslash = UInt8(ascii: "\\")
  private static let carriageReturn = UInt8(ascii: "\r")

  /// Bytes at which a name ends, as a bit each: all are below 64.
  private static let nameStops: UInt64 = 1 << 10 | 1 << 32 | 1 << 44
  private static let tagStops: UInt64 = 1 << 10 | 1 << 32 | 1 << 44 | 1 << 61

  @inline(__always) private static func byte(_ bytes: RawSpan, _ at: Int) -> UInt8 {
    bytes.unsafeLoad(fromUncheckedByteOffset: at, as: UInt8.self)
  }

  /// Reads the point of the line that begins at `at`, and leaves `at` at the start of the next line. False for
  /// a line without a point. After a refusal `at` stands somewhere in the line.
  static func read(
    _ bytes: RawSpan, _ at: inout Int, into point: inout DoorPoint, unit: Int64
  ) throws(DoorRefusal) -> Bool {
    let start = at
    point.removeAll()
    self.skipBlanks(bytes, &at)
    guard at < bytes.byteCount else { return false }
    let first = self.byte(bytes, at)
    if first == self.newline || first == self.carriageReturn || first == UInt8(ascii: "#") {
      self.skipLine(bytes, &at)
      return false
    }
    point.name = try self.name(bytes, &at, stops: self.nameStops, &point.bytes)
    guard !point.name.isEmpty else { throw .missingName }
    guard point.name.count <= self.nameBytesMax else {
      throw .nameTooLong(limit: self.nameBytesMax)
    }
    try self.tags(bytes, &at, &point)
    self.skipBlanks(bytes, &at)
    try self.fields(bytes, &at, &point)
    point.time = try self.time(bytes, &at, unit: unit)
    guard at - start <= self.lineBytesMax else { throw .tooLong(limit: self.lineBytesMax) }
    guard self.isText(bytes.extracting(start..<at)) else { throw .notText }
    return true
  }

  static func skipLine(_ bytes: RawSpan, _ at: inout Int) {
    at = bytes.firstOffset(of: self.newline, from: at).map { $0 + 1 } ?? bytes.byteCount
  }

  private static func skipBlanks(_ bytes: RawSpan, _ at: inout Int) {
    while at < bytes.byteCount, self.byte(bytes, at) == self.blank { at &+= 1 }
  }

  private static func isAtEnd(_ bytes: RawSpan, _ at: Int) -> Bool {
    at >= bytes.byteCount || self.byte(bytes, at) == self.newline
      || self.byte(bytes, at) == self.carriageReturn
  }

  /// Pure ASCII, eight bytes at a time, or else valid UTF-8.
  private static func isText(_ line: RawSpan) -> Bool {
    var at = 0
    var high: UInt64 = 0
    while at &+ 8 <= line.byteCount {
      high |= line.unsafeLoadUnaligned(fromUncheckedByteOffset: at, as: UInt64.self)
      at &+= 8
    }
    while at < line.byteCount {
      high |= UInt64(self.byte(line, at))
      at &+= 1
    }
    return high & 0x8080_8080_8080_8080 == 0 || line.text != nil
  }

  /// Copies what stands up to a stop, without its escapes. A line that is too long ends here, so that no name is
  /// copied further than that.
  private static func name(
    _ bytes: RawSpan, _ at: inout Int, stops: UInt64, _ target: inout ByteWriter
  ) throws(DoorRefusal) -> Range<Int> {
    let start = target.count
    var from = at
    let limit = min(bytes.byteCount, at &+ self.lineBytesMax)
    while at < limit {
      let byte = self.byte(bytes, at)
      if byte < 64, stops &>> UInt64(byte) & 1 != 0 { break }
      if byte == self.backslash, at &+ 1 < limit {
        let next = self.byte(bytes, at &+ 1)
        if next != self.newline, next < 64, stops &>> UInt64(next) & 1 != 0 {
          target.append(bytes.extracting(from..<at))
          from = at &+ 1
          at &+= 1
        }
      }
      at &+= 1
    }
    at = min(at, limit)
    guard at < limit || limit == bytes.byteCount else { throw .tooLong(limit: self.lineBytesMax) }
    target.append(bytes.extracting(from..<at))
    return start..<target.count
  }

  private static func tags(
    _ bytes: RawSpan, _ at: inout Int, _ point: inout DoorPoint
  ) throws(DoorRefusal) {
    while at < bytes.byteCount, self.byte(bytes, at) == self.comma {
      at &+= 1
      guard point.tags.count < self.tagsMax else { throw .tooManyTags(limit: self.tagsMax) }
      let key = try self.name(bytes, &at, stops: self.tagStops, &point.bytes)
      guard !key.isEmpty else { throw .missingTagKey }
      guard key.count <= self.nameBytesMax else { throw .nameTooLong(limit: self.nameBytesMax) }
      guard at < bytes.byteCount, self.byte(bytes, at) == self.equals else {
        throw .missingTagValue
      }
      at &+= 1
      let value = try self.name(bytes, &at, stops: self.tagStops, &point.bytes)
      guard !value.isEmpty, self.isAtEnd(bytes, at) || self.byte(bytes, at) != self.equals else {
        throw .missingTagValue
      }
      point.tags.append(DoorPoint.Tag(key: key, value: value))
    }
  }

  private static func fields(
    _ bytes: RawSpan, _ at: inout Int, _ point: inout DoorPoint
  ) throws(DoorRefusal) {
    guard !self.isAtEnd(bytes, at) else { throw .missingFields }
    while true {
      guard point.fields.count < self.fieldsMax else {
        throw .tooManyFields(limit: self.fieldsMax)
      }
      let key = try self.name(bytes, &at, stops: self.tagStops, &point.bytes)
      guard !key.isEmpty else { throw .missingFields }
      guard key.count <= self.nameBytesMax else { throw .nameTooLong(limit: self.nameBytesMax) }
      guard at < bytes.byteCount, self.byte(bytes, at) == self.equals else {
        throw .missingFieldValue
      }
      at &+= 1
      guard !self.isAtEnd(bytes, at) else { throw .missingFieldValue }
      let value =
        self.byte(bytes, at) == self.quote
        ? DoorPoint.Value.text(try self.quoted(bytes, &at, &point.bytes))
        : try self.plain(bytes, &at)
      point.fields.append(DoorPoint.Field(key: key, value: value))
      guard at < bytes.byteCount, self.byte(bytes, at) == self.comma else { return }
      at &+= 1
    }
  }

  private static func quoted(
    _ bytes: RawSpan, _ at: inout Int, _ target: inout ByteWriter
  ) throws(DoorRefusal) -> Range<Int> {
    let start = target.count
    at &+= 1
    var from = at
    let limit = min(bytes.byteCount, at &+ self.lineBytesMax)
    while at < limit {
      let byte = self.byte(bytes, at)
      if byte == self.quote {
        target.append(bytes.extracting(from..<at))
        at &+= 1
        return start..<target.count
      }
      if byte == self.backslash, at &+ 1 < limit {
        let next = self.byte(bytes, at &+ 1)
        if next == self.quote || next == self.backslash {
          target.append(bytes.extracting(from..<at))
          from = at &+ 1
          at &+= 1
        }
      }
      at &+= 1
    }
    guard limit == bytes.byteCount else { throw .tooLong(limit: self.lineBytesMax) }
    throw .openQuote
  }

  /// A number or a truth value.
  private static func plain(
    _ bytes: RawSpan, _ at: inout Int
  ) throws(DoorRefusal) -> DoorPoint.Value {
    let token = self.token(bytes, &at)
    let count = token.byteCount
    guard count > 0 else { throw .missingFieldValue }
    let first = self.byte(token, 0)
    if first > UInt8(ascii: "9") { return .boolean(try self.boolean(token)) }
    switch self.byte(token, count - 1) {
    case UInt8(ascii: "i"):
      guard let number = NumberText.integer(token.extracting(0..<(count - 1))) else {
        throw .badNumber
      }
      return .integer(number)
    case UInt8(ascii: "u"):
      guard let number = NumberText.integer(token.extracting(0..<(count - 1))), number >= 0 else {
        throw .badNumber
      }
      return .integer(number)
    default:
      guard let number = NumberText.float(token) else { throw .badNumber }
      return .float(number)
    }
  }

  private static func boolean(_ token: RawSpan) throws(DoorRefusal) -> Bool {
    let isTrue =
      token.isEqual(to: "t") || token.isEqual(to: "T") || token.isEqual(to: "true")
      || token.isEqual(to: "True") || token.isEqual(to: "TRUE")
    if isTrue { return true }
    let isFalse =
      token.isEqual(to: "f") || token.isEqual(to: "F") || token.isEqual(to: "false")
      || token.isEqual(to: "False") || token.isEqual(to: "FALSE")
    guard isFalse else { throw .badBoolean }
    return false
  }

  @_lifetime(copy bytes)
  private static func token(_ bytes: RawSpan, _ at: inout Int) -> RawSpan {
    let start = at
    while at < bytes.byteCount {
      let byte = self.byte(bytes, at)
      if byte == self.comma || byte == self.blank || byte == self.newline
        || byte == self.carriageReturn
      {
        break
      }
      at &+= 1
    }
    return bytes.extracting(start..<at)
  }

  /// The time of the line in nanoseconds; nil when it has none. Leaves `at` behind the line.
  private static func time(
    _ bytes: RawSpan, _ at: inout Int, unit: Int64
  ) throws(DoorRefusal) -> Int64? {
    self.skipBlanks(bytes, &at)
    var time: Int64?
    if !self.isAtEnd(bytes, at) {
      guard let number = NumberText.integer(self.token(bytes, &at)) else { throw .badTime }
      let factor = unit == 0 ? self.guessedUnit(number) : unit
      let (product, isOver) = number.multipliedReportingOverflow(by: factor)
      guard !isOver else { throw .timeOutside }
      time = product
      self.skipBlanks(bytes, &at)
    }
    if at < bytes.byteCount, self.byte(bytes, at) == self.carriageReturn { at &+= 1 }
    guard at == bytes.byteCount || self.byte(bytes, at) == self.newline else { throw .badTime }
    if at < bytes.byteCount { at &+= 1 }
    return time
  }

  /// The unit that makes `number` a time of our days: what the precision `auto` asks for.
  private static func guessedUnit(_ number: Int64) -> Int64 {
    switch number.magnitude {
    case 0..<5_000_000_000: 1_000_000_000
    case 5_000_000_000..<5_000_000_000_000: 1_000_000
    case 5_000_000_000_000..<5_000_000_000_000_000: 1000
    default: 1
    }
  }
}
