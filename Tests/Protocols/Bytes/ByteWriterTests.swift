import Testing

@testable import Bytes

@Suite("Byte writer")
struct ByteWriterTests {
  static func written(_ body: (inout ByteWriter) -> Void) -> [UInt8] {
    var writer = ByteWriter(capacity: 0)
    body(&writer)
    return writer.bytes.array
  }

  @Test("integers go in both byte orders")
  func integers() {
    let bytes = Self.written { writer in
      writer.append(0xAB)
      writer.append(littleEndian: UInt16(0x0102))
      writer.append(bigEndian: UInt32(0x0102_0304))
      writer.append(littleEndian: Int64(-2))
    }
    #expect(bytes == [0xAB, 2, 1, 1, 2, 3, 4, 0xFE] + [UInt8](repeating: 0xFF, count: 7))
  }

  @Test(
    "decimal digits are those of the language",
    arguments: [
      0, 1, 9, 10, 99, 100, 12_345, -1, -10, Int64.max, Int64.min, 1_000_000_000_000_000_000,
    ] as [Int64])
  func decimal(number: Int64) {
    #expect(Self.written { $0.append(decimal: number) } == Array(String(number).utf8))
  }

  @Test("the largest unsigned number is written whole")
  func largest() {
    #expect(Self.written { $0.append(digits: .max) } == Array("18446744073709551615".utf8))
  }

  @Test(
    "a varint has the bytes of Protobuf",
    arguments: [
      (0, [0]), (1, [1]), (127, [127]), (128, [128, 1]), (300, [0xAC, 2]), (16_384, [128, 128, 1]),
      (.max, [255, 255, 255, 255, 255, 255, 255, 255, 255, 1]),
    ] as [(UInt64, [UInt8])])
  func varint(number: UInt64, bytes: [UInt8]) {
    #expect(Self.written { $0.append(varint: number) } == bytes)
  }

  @Test("text, spans, arrays and repetitions follow one another")
  func mixed() {
    let bytes = Self.written { writer in
      writer.append("é")
      writer.append("ab" as StaticString)
      writer.append("xyz".dropFirst())
      writer.append([1, 2])
      writer.append([3, 4, 5][1...])
      writer.append([9, 8].rawBytes)
      writer.append(repeating: 7, count: 3)
      writer.append(hexadecimal: [0x0F, 0xA0].rawBytes)
    }
    #expect(bytes == Array("éabyz".utf8) + [1, 2, 4, 5, 9, 8, 7, 7, 7] + Array("0fa0".utf8))
  }

  @Test("content survives growth over every small capacity")
  func growth() {
    for capacity in 0...40 {
      var writer = ByteWriter(capacity: capacity)
      for index in 0..<200 { writer.append(UInt8(index)) }
      let bytes = writer.bytes.array
      #expect(bytes == (0..<200).map { UInt8($0) })
      let room = writer.capacity
      #expect(room >= 200)
    }
  }

  @Test("bytes written before are overwritten, cut and dropped")
  func changes() {
    var writer = ByteWriter()
    writer.append(repeating: 0, count: 8)
    writer.overwrite(at: 0, bigEndian: UInt32(0xAABB_CCDD))
    writer.overwrite(at: 4, littleEndian: UInt32(0xAABB_CCDD))
    var bytes = writer.bytes.array
    #expect(bytes == [0xAA, 0xBB, 0xCC, 0xDD, 0xDD, 0xCC, 0xBB, 0xAA])
    writer.truncate(to: 6)
    writer.removeFirst(2)
    bytes = writer.bytes.array
    #expect(bytes == [0xCC, 0xDD, 0xDD, 0xCC])
    writer.removeAll()
    let isEmpty = writer.isEmpty
    #expect(isEmpty)
  }

  @Test("memory is given back above a limit and kept below it")
  func capacityLimit() {
    var writer = ByteWriter()
    writer.append(repeating: 1, count: 10_000)
    writer.removeAll(keepingCapacityUpTo: 20_000)
    let kept = writer.capacity
    #expect(kept >= 10_000)
    writer.removeAll(keepingCapacityUpTo: 100)
    let left = writer.capacity
    #expect(left == 100)
    writer.append(5)
    let bytes = writer.bytes.array
    #expect(bytes == [5])
  }

  @Test("filling takes what the body wrote")
  func filling() {
    var writer = ByteWriter(capacity: 4)
    let count = writer.appendFilling(minimum: 100) { room in
      #expect(room.count >= 100)
      room.copyBytes(from: [1, 2, 3])
      return 3
    }
    let bytes = writer.bytes.array
    #expect(count == 3)
    #expect(bytes == [1, 2, 3])
  }

  @Test("overwriting what was never written is our bug and traps")
  func overwriteOutside() async {
    await #expect(processExitsWith: .failure) {
      var writer = ByteWriter()
      writer.append(1)
      writer.overwrite(at: 0, littleEndian: UInt32(1))
    }
  }
}
