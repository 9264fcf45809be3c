internal import Bytes
internal import JSON

/// Takes the fields of a message, and writes its binary form or its JSON.
///
/// The binary form is written in one pass: the length of a sub-message gets one byte, and the few
/// messages of 128 bytes and more are moved up when their length turns out to need more.
public struct FieldWriter: ~Copyable {
  var out: ByteWriter
  @usableFromInline let isDeterministic: Bool
  /// The rest is for the JSON form, and nil for the binary form.
  var json: JSONWriter?
  var options: JSONEncodingOptions?
  /// Of the message whose fields are being written.
  var table: MessageTable?
  /// The first value that has no JSON form.
  var failure: ProtobufError?

  init(binary out: consuming ByteWriter, isDeterministic: Bool) {
    self.out = out
    self.isDeterministic = isDeterministic
    self.json = nil
  }

  consuming func finish() -> ByteWriter { self.out }

  @usableFromInline var isJSON: Bool { self.json != nil }

  @inline(__always) mutating func tag(_ number: Int, _ wire: WireType) {
    let tag = UInt64(truncatingIfNeeded: number) &<< 3 | UInt64(wire.rawValue)
    if tag < 0x80 {
      self.out.append(UInt8(truncatingIfNeeded: tag))
    } else {
      self.out.append(varint: tag)
    }
  }

  /// Begins a delimited value; hand what it returns to `endDelimited`.
  @usableFromInline mutating func beginDelimited(_ number: Int) -> Int {
    self.tag(number, .delimited)
    return self.beginLength()
  }

  @usableFromInline mutating func beginLength() -> Int {
    self.out.append(0)
    return self.out.count
  }

  @usableFromInline mutating func endDelimited(_ start: Int) {
    let length = self.out.count &- start
    if length < 0x80 {
      self.out.overwrite(at: start &- 1, littleEndian: UInt8(truncatingIfNeeded: length))
      return
    }
    let width = varintWidth(UInt64(length))
    self.out.openGap(at: start, count: width &- 1)
    var rest = UInt64(length)
    for place in 0..<width {
      let mark: UInt8 = place == width &- 1 ? 0 : 0x80
      self.out.overwrite(
        at: start &- 1 &+ place, littleEndian: UInt8(truncatingIfNeeded: rest & 0x7F) | mark)
      rest >>= 7
    }
  }

  @usableFromInline mutating func append(_ unknown: UnknownFields) {
    guard self.json == nil else { return }
    self.out.append(unknown.bytes)
  }
}

/// Bytes that `value` takes as a varint.
@inline(__always) func varintWidth(_ value: UInt64) -> Int {
  (70 &- (value | 1).leadingZeroBitCount) / 7
}
