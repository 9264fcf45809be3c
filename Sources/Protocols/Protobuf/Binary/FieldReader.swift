private import Bytes

/// Hands the fields of a message to the message, from its binary form or from JSON.
///
/// The generated `decodeField` calls one method per field, which knows the type and reads straight
/// into the property. A value whose wire type does not fit the field is left `isUnclaimed` and kept
/// with the unknown fields, as every implementation does.
public struct FieldReader: ~Copyable, ~Escapable {
  let bytes: RawSpan
  /// Where the next byte is read.
  var at: Int
  /// Where the message that is being read ends.
  var end: Int
  /// Where the tag of the present field begins.
  var fieldStart = 0
  var fieldNumber = 0
  var wire = WireType.varint
  /// Nobody has read the present field's value.
  @usableFromInline var isUnclaimed = false
  /// Messages that may still be entered.
  var depthLeft: Int
  /// The JSON form's place and options; nil for the binary form.
  var json: JSONInput?

  @_lifetime(copy bytes)
  init(_ bytes: RawSpan, _ limits: DecodingLimits) {
    self.bytes = bytes
    self.at = 0
    self.end = bytes.byteCount
    self.depthLeft = limits.depthMax
    self.json = nil
  }

  /// The number of the next field, nil at the end of the message.
  @usableFromInline @_lifetime(self: copy self)
  mutating func nextField() throws(ProtobufError) -> Int? {
    guard self.at < self.end else { return nil }
    self.fieldStart = self.at
    let tag = try self.tag()
    guard tag.wire != .endGroup else {
      throw self.malformed("a group ends that was not begun")
    }
    self.fieldNumber = tag.number
    self.wire = tag.wire
    self.isUnclaimed = true
    return tag.number
  }

  @_lifetime(self: copy self)
  mutating func tag() throws(ProtobufError) -> (number: Int, wire: WireType) {
    let tag = try self.varint()
    guard tag <= UInt64(UInt32.max), tag >= 8, let wire = WireType(rawValue: UInt8(tag & 7)) else {
      throw self.malformed("\(tag) is not a field tag")
    }
    return (Int(tag >> 3), wire)
  }

  /// Whether the field's value has this wire type; if so it is claimed.
  @inline(__always) @_lifetime(self: copy self)
  mutating func claims(_ wire: WireType) -> Bool {
    guard self.wire == wire else { return false }
    self.isUnclaimed = false
    return true
  }

  @inline(__always) @_lifetime(self: copy self)
  mutating func varint() throws(ProtobufError) -> UInt64 {
    guard self.at < self.end else { throw self.truncated(1) }
    let first = self.bytes.unsafeLoad(fromUncheckedByteOffset: self.at, as: UInt8.self)
    if first < 0x80 {
      self.at &+= 1
      return UInt64(first)
    }
    return try self.longVarint()
  }

  /// Bits past the 64th are dropped, as other readers do; an eleventh byte is an error.
  @inline(never) @_lifetime(self: copy self)
  mutating func longVarint() throws(ProtobufError) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while self.at < self.end {
      let byte = self.bytes.unsafeLoad(fromUncheckedByteOffset: self.at, as: UInt8.self)
      self.at &+= 1
      value |= UInt64(byte & 0x7F) &<< shift
      if byte < 0x80 { return value }
      shift &+= 7
      if shift > 63 { throw self.malformed("a number of more than 10 bytes") }
    }
    throw self.truncated(1)
  }

  @inline(__always) @_lifetime(self: copy self)
  mutating func fixed<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type
  ) throws(ProtobufError) -> T {
    guard self.end &- self.at >= MemoryLayout<T>.size else {
      throw self.truncated(MemoryLayout<T>.size)
    }
    let value = self.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: self.at, as: T.self)
    self.at &+= MemoryLayout<T>.size
    return T(littleEndian: value)
  }

  /// A length that the message has bytes for.
  @inline(__always) @_lifetime(self: copy self)
  mutating func length() throws(ProtobufError) -> Int {
    let length = try self.varint()
    guard length <= UInt64(self.end &- self.at) else {
      throw self.truncated(Int(clamping: length))
    }
    return Int(length)
  }

  /// The bytes of a delimited value.
  @inline(__always) @_lifetime(self: copy self) @_lifetime(copy self)
  mutating func delimited() throws(ProtobufError) -> RawSpan {
    let length = try self.length()
    let start = self.at
    self.at &+= length
    return self.bytes.extracting(unchecked: start..<(start &+ length))
  }
}

extension FieldReader {
  @inline(never) func truncated(_ wanted: Int) -> ProtobufError {
    ProtobufError(
      .truncated,
      "field \(self.fieldNumber) at byte \(self.fieldStart) needs \(wanted) bytes at \(self.at), "
        + "\(self.end - self.at) are left")
  }

  @inline(never) func malformed(_ what: String) -> ProtobufError {
    ProtobufError(.malformed, "\(what), in the field at byte \(self.fieldStart)")
  }

  @inline(never) func tooDeep() -> ProtobufError {
    ProtobufError(
      .tooDeep, "field \(self.fieldNumber) at byte \(self.fieldStart) is nested too deep")
  }
}
