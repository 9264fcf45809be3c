import Bytes
import Fuzzing
import Protobuf
import ProtobufMessages
import Testing

@Suite("Protobuf under damaged input")
struct ProtobufFuzzTests {
  @Test("damaged bytes are refused, or read and written again as the same")
  func binary() throws {
    let seeds = try Corpus.entries().prefix(12).map(\.binary)
    try Fuzzer.run(name: "protobuf", seeds: seeds, iterations: 4000, seconds: 2) { bytes in
      guard let message = try? Everything(decoding: bytes) else { return }
      let written = message.encoded()
      let again = try Everything(decoding: written.rawBytes)
      try Fuzzer.require(again.encoded() == written, "written differently the second time")
    }
  }

  @Test("damaged JSON is refused, or read and written again as the same")
  func json() throws {
    let seeds = try Corpus.entries().prefix(12).map { Array($0.json.utf8) }
    try Fuzzer.run(name: "protobuf-json", seeds: seeds, iterations: 2000, seconds: 2) { bytes in
      guard let message = try? Everything(json: bytes, Corpus.decoding),
        let text = try? message.json(Corpus.encoding)
      else { return }
      let again = try Everything(json: text, Corpus.decoding)
      try Fuzzer.require(
        again.encoded(isDeterministic: true) == message.encoded(isDeterministic: true), text)
    }
  }
}
