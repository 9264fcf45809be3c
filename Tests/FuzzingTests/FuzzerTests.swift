import Bytes
import Fuzzing
import Glibc
import Testing

@Suite("The fuzzer")
struct FuzzerTests {
  @Test("the same seed makes the same inputs, another seed makes others")
  func repeatable() {
    let seeds = [Array("{\"a\":[1,2,3]}".utf8), Array("null".utf8)]
    let one = Mutator(seeds: seeds, dictionary: [[0x7B]], seed: 7)
    let two = Mutator(seeds: seeds, dictionary: [[0x7B]], seed: 7)
    let other = Mutator(seeds: seeds, dictionary: [[0x7B]], seed: 8)
    var differences = 0
    for iteration in 0..<500 {
      #expect(one.input(iteration) == two.input(iteration))
      if one.input(iteration) != other.input(iteration) { differences += 1 }
    }
    #expect(one.input(0) == seeds[0])
    #expect(differences > 400)
  }

  @Test("inputs stay below the limit")
  func limited() {
    let mutator = Mutator(seeds: [[1, 2, 3]], seed: 3, maximumByteCount: 40)
    for iteration in 0..<5000 { #expect(mutator.input(iteration).count <= 40) }
  }

  @Test("a broken property comes back with the input and the line that replays it")
  func failure() throws {
    var seen: [[UInt8]] = []
    let failure = #expect(throws: FuzzFailure.self) {
      try Fuzzer.run(name: "sample", seeds: [Array("abc".utf8)], iterations: 50_000, seed: 5) {
        seen.append($0.array)
        try Fuzzer.require($0.firstOffset(of: 0x78) == nil, "an x was there")
      }
    }
    let found = try #require(failure)
    #expect(found.input.contains(0x78))
    #expect(found.input == seen.last)
    #expect(
      "\(found)".contains("FUZZ_SEED=5 FUZZ_FIRST=\(found.iteration) FUZZ_ITERATIONS=1"))
    let again = Mutator(seeds: [Array("abc".utf8)], seed: 5).input(found.iteration)
    #expect(again == found.input)
  }

  @Test("a trap names the input and the file that keeps it")
  func trap() async throws {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      try Fuzzer.run(name: "trap", seeds: [[1]], iterations: 5000) { bytes in
        precondition(bytes.byteCount < 3, "three bytes")
      }
    }
    let text = String(decoding: try #require(result).standardErrorContent, as: UTF8.self)
    #expect(text.contains("fuzz trap: crashed or stuck in input "))
    #expect(text.contains("FUZZ_SEED=1 FUZZ_FIRST="))
    let kept = text.split(separator: "kept in ").last?.split(separator: "\n").first
    #expect(unlink(String(try #require(kept))) == 0, "the input was kept")
  }
}
