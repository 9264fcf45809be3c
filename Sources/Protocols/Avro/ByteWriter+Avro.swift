public import Bytes

// Avro's binary forms:
//   int, long    zigzag, then 7 bits a byte, lowest first
//   float        4 bytes, double 8 bytes, little-endian
//   bytes        a long with the count, then the bytes; string the same with UTF-8
//   array, map   blocks: a long with the count of items, then the items; a count of 0 ends. A negative
//                count is followed by a long with the block's size in bytes
//   union        a long with the branch, then the value
extension ByteWriter {
  @inlinable public mutating func append(avroLong value: Int64) {
    self.append(varint: UInt64(bitPattern: value &<< 1 ^ value &>> 63))
  }

  @inlinable public mutating func append(avroInt value: Int32) {
    self.append(avroLong: Int64(value))
  }

  @inlinable public mutating func append(avroBoolean value: Bool) { self.append(value ? 1 : 0) }

  @inlinable public mutating func append(avroFloat value: Float) {
    self.append(littleEndian: value.bitPattern)
  }

  @inlinable public mutating func append(avroDouble value: Double) {
    self.append(littleEndian: value.bitPattern)
  }

  @inlinable public mutating func append(avroBytes bytes: RawSpan) {
    self.append(avroLong: Int64(bytes.byteCount))
    self.append(bytes)
  }

  @inlinable public mutating func append(avroString text: String) {
    var text = text
    text.withUTF8 { utf8 in
      self.append(avroLong: Int64(utf8.count))
      self.append(copying: UnsafeRawBufferPointer(utf8))
    }
  }
}
