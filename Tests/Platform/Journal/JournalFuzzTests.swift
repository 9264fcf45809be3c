import Bytes
import Fuzzing
import Journal
import Testing
import Workloads

@Suite("a forged journal")
struct JournalFuzzTests {
  @Test("opens or is refused, also when every checksum is right")
  func openings() throws {
    try #require(!JournalForgery.seeds.isEmpty)
    try Fuzzer.run(
      name: "journal", seeds: JournalForgery.seeds, iterations: 1500, maximumByteCount: 20_480
    ) { try JournalForgery.check($0) }
  }

  @Test("is believed once its checksums are right, so that the fuzzer looks behind them")
  func forgery() throws {
    var seed = JournalForgery.seeds[0]
    #expect(try JournalForgery.records(seed, checksummed: false)?.count == 3)
    #expect(try JournalForgery.records(seed, checksummed: true)?.count == 3)
    seed[4096 + 200] ^= 1
    #expect(try JournalForgery.records(seed, checksummed: false) == nil)
    #expect(try JournalForgery.records(seed, checksummed: true)?.count == 3)
  }

  @Test("headers and fragments of any bytes are read without a trap")
  func headers() throws {
    try Fuzzer.run(
      name: "journal-headers", seeds: JournalForgery.seeds, iterations: 5000, maximumByteCount: 8192
    ) { input in
      _ = SegmentHeader.read(input)
      _ = BlockHeader.read(input, seed: 0)
      var fragments = FragmentReader(input)
      var bytes = 0
      while let fragment = fragments.next() { bytes += fragment.bytes.byteCount + 8 }
      try Fuzzer.require(bytes <= input.byteCount, "\(bytes) of \(input.byteCount) bytes")
    }
  }
}
