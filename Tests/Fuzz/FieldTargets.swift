import Bytes
import Crypto
import Fuzzing
import HTTP

extension FuzzTarget {
  /// The values of fields and the query: anything is read or refused, ranges lie within their content.
  static let httpFields = FuzzTarget(
    "http-fields",
    texts: [
      "bytes=0-99,-5", "a=1&b=%20+&c", "Basic dTpw", "text/html; charset=\"utf-8\";q=0.5",
      "\"a\", W/\"b\"", "Sun, 06 Nov 1994 08:49:37 GMT",
    ],
    words: ["bytes=", "-", ",", ";", "q=", "&", "%41", "Bearer ", "W/", "9223372036854775807"]
  ) { input in
    if case .parts(let parts) = RangeRequest(input, size: 1000) {
      for part in parts {
        try Fuzzer.require(part.first >= 0 && part.last < 1000, "\(part) of 1000 bytes")
      }
    }
    _ = try? QueryString.pairs(input)
    _ = PercentCoding.text(input, plus: .blank)
    _ = Authorization(input)
    _ = MediaType(input)
    _ = AcceptList(input)
    let current = Validators(entityTag: "\"a\"", lastModified: 784_111_777)
    _ = Conditions(
      ifMatch: input, ifNoneMatch: input, ifModifiedSince: input, ifUnmodifiedSince: input
    ).evaluate(.get, against: current)
    _ = Conditions.allowsRange(ifRange: input, current)
  }

  /// Nobody logs in with the messages of a stranger, and no message traps.
  static let scram = FuzzTarget(
    "scram",
    texts: ["n,,n=user,r=nonce", "p=tls-server-end-point,,n=a=2C,r=x", "c=biws,r=abn,p=AAAA"],
    words: ["n,,", "y,,", "p=", "c=biws", "r=", "=2C", ","]
  ) { input in
    let nonce = [UInt8](repeating: 7, count: 18)
    let verifier = SCRAMVerifier(password: "p", salt: nonce, iterations: 1)
    var server = SCRAMServer(mechanism: .plain, random: nonce.rawBytes)
    guard (try? server.received(clientFirst: input)) != nil else { return }
    _ = server.challenge(with: verifier)
    try Fuzzer.require((try? server.received(clientFinal: input)) == nil, "logged in")
  }
}
