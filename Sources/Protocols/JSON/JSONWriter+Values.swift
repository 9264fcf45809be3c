public import Bytes

/// Scalars.
extension JSONWriter {
  public mutating func null() {
    self.separate()
    self.output.append("null")
  }

  public mutating func value(_ value: Bool) {
    self.separate()
    if value { self.output.append("true") } else { self.output.append("false") }
  }

  @inlinable
  public mutating func integer(_ value: some FixedWidthInteger) {
    self.separate()
    self.output.append(decimal: value)
  }

  /// The shortest text that reads back as the same double; `null` when the value is not finite,
  /// because JSON has no word for it.
  public mutating func value(_ value: Double) {
    self.separate()
    guard value.isFinite else {
      self.output.append("null")
      return
    }
    self.output.append(value.description)
  }

  public mutating func value(_ value: String) {
    self.separate()
    self.quote(value)
  }

  /// A string of the given UTF-8. What is not UTF-8 becomes U+FFFD: the text is JSON in any case.
  public mutating func value(utf8 bytes: RawSpan) {
    self.separate()
    bytes.withUnsafeBytes { buffer in
      if String(validating: buffer, as: UTF8.self) != nil {
        self.quote(buffer)
      } else {
        self.quote(String(decoding: buffer, as: UTF8.self))
      }
    }
  }

  public mutating func value(_ number: JSONNumber) {
    switch number {
    case .integer(let value): self.integer(value)
    case .unsigned(let value): self.integer(value)
    case .double(let value): self.value(value)
    case .text(let text): self.raw(text)
    }
  }

  public mutating func value(_ value: JSONValue) {
    switch value {
    case .null: self.null()
    case .boolean(let value): self.value(value)
    case .number(let value): self.value(value)
    case .string(let value): self.value(value)
    case .array(let elements):
      self.beginArray()
      for element in elements { self.value(element) }
      self.endArray()
    case .object(let object):
      self.beginObject()
      for member in object.members {
        self.name(member.name)
        self.value(member.value)
      }
      self.endObject()
    }
  }

  /// The value at the cursor, numbers with the digits they have.
  public mutating func value(_ cursor: JSONCursor) {
    switch cursor.kind {
    case .null: self.null()
    case .boolean: self.value(cursor.boolean ?? false)
    case .number:
      self.separate()
      if let text = cursor.numberBytes { self.output.append(text) }
    case .string:
      self.separate()
      if let text = cursor.stringBytes { text.withUnsafeBytes { self.quote($0) } }
    case .array:
      self.beginArray()
      var elements = cursor.elements
      while let element = elements.next() { self.value(element) }
      self.endArray()
    case .object:
      self.beginObject()
      var members = cursor.members
      while let member = members.next() {
        self.name(member.name)
        self.value(member.value)
      }
      self.endObject()
    }
  }

  /// A text that is known to be one JSON value.
  public mutating func raw(_ text: String) {
    self.separate()
    self.output.append(text)
  }

  @inlinable
  public mutating func value(_ value: some JSONEncodable) { value.encode(to: &self) }

  // MARK: Members

  @inlinable
  public mutating func member(_ name: StaticString, _ value: some JSONEncodable) {
    self.name(name)
    value.encode(to: &self)
  }

  /// Writes nothing when there is no value.
  @inlinable
  public mutating func member(_ name: StaticString, ifPresent value: (some JSONEncodable)?) {
    guard let value else { return }
    self.member(name, value)
  }

  @inlinable
  public mutating func member<E: Error>(
    _ name: StaticString, _ body: (inout JSONWriter) throws(E) -> Void
  ) throws(E) {
    self.name(name)
    try body(&self)
  }

  // MARK: Strings

  mutating func quote(_ text: String) {
    var text = text
    text.withUTF8 { self.quote(UnsafeRawBufferPointer($0)) }
  }

  /// - Precondition: the bytes are UTF-8.
  mutating func quote(_ text: UnsafeRawBufferPointer) {
    self.output.append(UInt8(ascii: "\""))
    var start = 0
    var at = 0
    while true {
      at = endOfPlainRun(text, from: at)
      if at > start {
        self.output.append(copying: UnsafeRawBufferPointer(rebasing: text[start..<at]))
      }
      guard at < text.count else { break }
      self.escape(text[at])
      at += 1
      start = at
    }
    self.output.append(UInt8(ascii: "\""))
  }

  private mutating func escape(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): self.output.append("\\\"")
    case UInt8(ascii: "\\"): self.output.append("\\\\")
    case 0x08: self.output.append("\\b")
    case 0x09: self.output.append("\\t")
    case 0x0A: self.output.append("\\n")
    case 0x0C: self.output.append("\\f")
    case 0x0D: self.output.append("\\r")
    default:
      self.output.append("\\u00")
      self.output.append((byte >> 4) + UInt8(ascii: "0"))
      let digits: StaticString = "0123456789abcdef"
      self.output.append(digits.utf8Start[Int(byte & 15)])
    }
  }
}

/// Where the next quote, backslash or control character is; the count when there is none.
private func endOfPlainRun(_ text: UnsafeRawBufferPointer, from start: Int) -> Int {
  var at = start
  while at &+ 8 <= text.count {
    let word = UInt64(littleEndian: text.loadUnaligned(fromByteOffset: at, as: UInt64.self))
    let quote = word ^ 0x2222_2222_2222_2222
    let backslash = word ^ 0x5C5C_5C5C_5C5C_5C5C
    let ones: UInt64 = 0x0101_0101_0101_0101
    let stops =
      (((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash)
        | ((word &- 0x2020_2020_2020_2020) & ~word)) & 0x8080_8080_8080_8080
    if stops != 0 { return at &+ stops.trailingZeroBitCount &>> 3 }
    at &+= 8
  }
  while at < text.count {
    let byte = text[at]
    if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return at }
    at &+= 1
  }
  return at
}
