import Bytes
import Fuzzing
import JSON

extension FuzzTarget {
  /// What is read is written and read again as the same.
  static let json = FuzzTarget(
    "json",
    texts: [
      #"{"a":[1,-2.5e3,"x\u00e9\n",null,true,false,{}],"b":{"c":[[],[]]},"d":"€𝄞"}"#,
      #"[18446744073709551615,1e400,0.1234567890123456789,-0,"\uD834\uDD1E"]"#,
    ],
    words: ["\\u", "\\uD834", "null", "true", "false", "1e", "[[", "{\"", "\":"]
  ) { input in
    guard let value = try? JSONValue(parsing: input) else { return }
    var written = ByteWriter()
    written.appendJSON(value)
    let again = try JSONValue(parsing: written.bytes)
    try Fuzzer.require(again == value, "\(value) became \(again)")
  }
}
