import Bytes
import Testing

@testable import SeriesColumns

@Suite("damaged pages")
struct PageDamageTests {
  @Test("a bit turned over anywhere in a page is noticed", arguments: [true, false])
  func flippedBits(isFast: Bool) throws {
    var column = Column(.string)
    for row in 0..<40 {
      if row % 7 == 0 { column.appendNull() } else { column.append(text: "value \(row % 9)") }
    }
    var writer = ByteWriter()
    PageEncoder(isFast ? .fast : .small(level: 3)).append(column, to: &writer)
    var bytes = writer.bytes.array
    let decoder = PageDecoder()
    for bit in 0..<(bytes.count * 8) {
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(throws: ColumnError.self, "bit \(bit)") {
        try bytes.withUnsafeBytes { try decoder.column($0, .string) }
      }
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    }
    for count in 0..<bytes.count {
      #expect(throws: ColumnError.self) {
        try bytes.withUnsafeBytes {
          try decoder.column(UnsafeRawBufferPointer(rebasing: $0[..<count]), .string)
        }
      }
    }
  }

  /// Behind a checksum that holds, a payload may still be anybody's: it must not trap.
  @Test("payloads with any bytes changed are refused or read, never a trap")
  func forgedPayloads() throws {
    var random = TestRandom(state: 8)
    var refused = 0
    for (_, values) in PageRoundTripTests.integerShapes() {
      var writer = ByteWriter()
      IntegerCodec.append(Array(values.prefix(1200)), .exact, to: &writer)
      refused += self.forge(writer.bytes.array, &random) { reader throws(ColumnError) in
        _ = try IntegerCodec.read(&reader, min(1200, values.count))
      }
      for picks in PageRoundTripTests.picks(of: min(1200, values.count)) {
        refused += self.forge(writer.bytes.array, &random) { reader throws(ColumnError) in
          _ = try IntegerCodec.read(&reader, min(1200, values.count), picking: picks)
        }
      }
    }
    for (_, values) in PageRoundTripTests.floatShapes() {
      let short = Array(values.prefix(700))
      var writer = ByteWriter()
      short.withUnsafeBufferPointer { FloatCodec.append($0, .exact, to: &writer) }
      refused += self.forge(writer.bytes.array, &random) { reader throws(ColumnError) in
        _ = try FloatCodec.read(&reader, short.count)
      }
      for picks in PageRoundTripTests.picks(of: short.count) {
        refused += self.forge(writer.bytes.array, &random) { reader throws(ColumnError) in
          _ = try FloatCodec.read(&reader, short.count, picking: picks)
        }
      }
    }
    var column = Column(.string)
    for row in 0..<200 { column.append(text: "x\(row % 20)") }
    var writer = ByteWriter()
    BytesCodec.append(column, .exact, to: &writer)
    refused += self.forge(writer.bytes.array, &random) { reader throws(ColumnError) in
      _ = try BytesCodec.read(&reader, 200)
    }
    #expect(refused > 100)
  }

  private func forge(
    _ payload: [UInt8], _ random: inout TestRandom,
    _ read: (inout PayloadReader) throws(ColumnError) -> Void
  ) -> Int {
    var refused = 0
    for _ in 0..<120 {
      var bytes = payload
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        // The first bytes steer; most changes go there.
        let limit = Bool.random(using: &random) ? min(24, bytes.count) : bytes.count
        bytes[Int.random(in: 0..<limit, using: &random)] = UInt8(truncatingIfNeeded: random.next())
      }
      if Int.random(in: 0...4, using: &random) == 0 {
        bytes.removeLast(Int.random(in: 0..<bytes.count, using: &random))
      }
      bytes.withUnsafeBytes {
        var reader = PayloadReader($0)
        do throws(ColumnError) { try read(&reader) } catch { refused += 1 }
      }
    }
    return refused
  }
}
