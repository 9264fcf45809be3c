import Bytes
import Testing

@Suite("Byte reader")
struct ByteReaderTests {
  @Test("what a writer wrote is read back")
  func roundTrip() {
    var writer = ByteWriter()
    writer.append(7)
    writer.append(bigEndian: UInt16(513))
    writer.append(littleEndian: Int32(-5))
    writer.append(varint: 300)
    writer.append("rest")
    var reader = ByteReader(writer.bytes)
    let byte = reader.byte()
    let big = reader.bigEndian(UInt16.self)
    let little = reader.littleEndian(Int32.self)
    let varint = reader.varint()
    let rest = reader.rest.text
    let remaining = reader.remaining
    #expect(byte == 7)
    #expect(big == 513)
    #expect(little == -5)
    #expect(varint == 300)
    #expect(rest == "rest")
    #expect(remaining == 4)
  }

  @Test("too few bytes answer nil and leave the reader where it was")
  func tooFew() {
    for count in 0..<8 {
      let bytes = [UInt8](repeating: 0x80, count: count)
      var reader = ByteReader(bytes.rawBytes)
      let number = reader.littleEndian(UInt64.self)
      let varint = reader.varint()
      let taken = reader.take(count + 1) == nil
      let negative = reader.take(-1) == nil
      let skipped = reader.skip(count + 1)
      let offset = reader.offset
      #expect(number == nil)
      #expect(varint == nil)
      #expect(taken)
      #expect(negative)
      #expect(!skipped)
      #expect(offset == 0)
    }
  }

  @Test(
    "a varint over 64 bits is refused",
    arguments: [
      [UInt8](repeating: 0xFF, count: 9) + [2], [UInt8](repeating: 0x80, count: 10) + [1],
      [UInt8](repeating: 0xFF, count: 11),
    ])
  func longVarint(bytes: [UInt8]) {
    var reader = ByteReader(bytes.rawBytes)
    let varint = reader.varint()
    #expect(varint == nil)
  }

  @Test("every varint of one and two bytes reads as it was written")
  func everyShortVarint() {
    for number in 0..<UInt64(20_000) {
      var writer = ByteWriter()
      writer.append(varint: number)
      var reader = ByteReader(writer.bytes)
      let read = reader.varint()
      let isAtEnd = reader.isAtEnd
      #expect(read == number && isAtEnd)
    }
  }
}
