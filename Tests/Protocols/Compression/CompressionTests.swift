import Bytes
import Compression
import Fuzzing
import Testing

@Suite("Compression")
struct CompressionTests {
  static let samples: [[UInt8]] = [
    [], [7], Array("lake ".utf8), [UInt8](repeating: 0, count: 100_000),
    (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) },
  ]

  @Test("what is compressed is read back", arguments: Compression.allCases)
  func roundTrip(_ format: Compression) throws {
    for sample in Self.samples {
      var packed = ByteWriter()
      try format.compress(sample.rawBytes, to: &packed)
      var plain = ByteWriter()
      try format.decompress(packed.bytes, to: &plain, byteCountMax: sample.count)
      #expect(plain.bytes.array == sample)
    }
  }

  @Test("no more comes out than the caller wants", arguments: Compression.allCases)
  func bomb(_ format: Compression) throws {
    var packed = ByteWriter()
    let zeros = [UInt8](repeating: 0, count: 1 << 20)
    try format.compress(zeros.rawBytes, to: &packed)
    var plain = ByteWriter()
    plain.append("before")
    let error = #expect(throws: CompressionError.self) {
      try format.decompress(packed.bytes, to: &plain, byteCountMax: (1 << 20) - 1)
    }
    #expect(error?.code == .tooLarge)
    #expect(plain.bytes.text == "before")
  }

  @Test("a stream that is cut off or followed by something else is refused")
  func damage() throws {
    for format in Compression.allCases {
      var packed = ByteWriter()
      let sample = Self.samples[4]
      try format.compress(sample.rawBytes, to: &packed)
      let whole = packed.bytes.array
      var plain = ByteWriter()
      for bytes in [Array(whole.dropLast()), whole + [1, 2, 3], []] {
        let error = #expect(throws: CompressionError.self, "\(format) \(bytes.count)") {
          try format.decompress(bytes.rawBytes, to: &plain, byteCountMax: 1 << 20)
        }
        #expect(error?.code == .malformed)
      }
    }
  }

  @Test("members of a gzip file one after the other are one content")
  func members() throws {
    var packed = ByteWriter()
    for member in ["lake", "works"].map({ Array($0.utf8) }) {
      try Compression.gzip.compress(member.rawBytes, to: &packed)
    }
    var plain = ByteWriter()
    try Compression.gzip.decompress(packed.bytes, to: &plain, byteCountMax: 100)
    #expect(plain.bytes.text == "lakeworks")
  }

  @Test("damaged input is refused or read, within the limit", arguments: Compression.allCases)
  func fuzz(_ format: Compression) throws {
    let seeds = try Self.samples.prefix(4).map { sample in
      var packed = ByteWriter()
      try format.compress(sample.rawBytes, to: &packed)
      return packed.bytes.array
    }
    try Fuzzer.run(name: "compression-\(format)", seeds: seeds, iterations: 5000) { input in
      var plain = ByteWriter()
      try? format.decompress(input, to: &plain, byteCountMax: 200_000)
      try Fuzzer.require(plain.count <= 200_000, "\(plain.count) bytes came out")
    }
  }
}
