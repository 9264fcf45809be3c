import Bytes
import Fuzzing
import JSON
import Testing

@Suite("JSON under damaged input")
struct JSONFuzzTests {
  @Test("what is read is written and read again as the same")
  func roundTrip() throws {
    let texts = [
      #"{"a":[1,-2.5e3,"x\u00e9\n",null,true,false,{}],"b":{"c":[[],[]]},"d":"€𝄞"}"#,
      #"[18446744073709551615,-9223372036854775808,1e400,0.1234567890123456789,-0,"\uD834\uDD1E"]"#,
      "  [ 1 , 2 ]  ", "\"\"", "{\"a\":1,\"a\":2}",
    ]
    let limits = JSONLimits(depthMax: 40)
    var document = JSONDocument()
    var accepted = 0
    try Fuzzer.run(
      name: "JSON", seeds: texts.map { Array($0.utf8) },
      dictionary: ["\\u", "\\uD834", "\\\"", "null", "true", "1e", "[[", "{\"", "\":", "0.", "-"]
        .map { Array($0.utf8) }
    ) { input in
      do throws(JSONError) {
        try document.parse(input, limits: limits)
      } catch {
        guard let position = error.position else { return }
        try Fuzzer.require(position.offset <= input.byteCount, "\(position) is outside")
        return
      }
      accepted += 1
      try Fuzzer.require(input.text != nil, "what is not UTF-8 was accepted")
      let value = JSONValue(json: document.root)
      var written = ByteWriter()
      written.appendJSON(value)
      let again = try JSONValue(parsing: written.bytes, limits: limits)
      try Fuzzer.require(again == value, "\(value) became \(again)")
      var pretty = ByteWriter()
      pretty.appendJSON(value, layout: .pretty)
      try Fuzzer.require(
        try JSONValue(parsing: pretty.bytes, limits: limits) == value, "pretty differs")
    }
    #expect(accepted > 20)
  }
}
