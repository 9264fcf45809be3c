import Bytes
import Fuzzing
import Testing

@testable import Crypto

@Suite("SCRAM-SHA-256")
struct SCRAMTests {
  private static let salt = Base64.bytes(of: "W22ZaJ0SNY7soEsUEjb6gQ==") ?? []

  @Test("the exchange of RFC 7677 runs letter by letter on both sides")
  func exchange() throws {
    var client = SCRAMClient(
      user: "user", password: "pencil", nonce: "rOprNGfwEbeRWgbNEkqO", binding: .none,
      couldBind: false)
    var server = SCRAMServer(
      mechanism: .plain, binding: .none, nonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0")
    let first = client.firstMessage()
    #expect(String(decoding: first, as: UTF8.self) == "n,,n=user,r=rOprNGfwEbeRWgbNEkqO")
    #expect(try server.received(clientFirst: first) == "user")
    let verifier = SCRAMVerifier(password: "pencil", salt: Self.salt)
    let challenge = server.challenge(with: verifier)
    #expect(
      String(decoding: challenge, as: UTF8.self)
        == "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
        + "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")
    let final = try client.received(serverFirst: challenge.rawBytes)
    #expect(
      String(decoding: final, as: UTF8.self)
        == "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
        + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
    let last = try server.received(clientFinal: final.rawBytes)
    #expect(
      String(decoding: last, as: UTF8.self) == "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=")
    try client.received(serverFinal: last.rawBytes)
  }

  /// Printed by PostgreSQL's algorithm: any server can be asked with `select rolpassword`.
  @Test("a verifier is written as PostgreSQL stores it and read back")
  func verifierText() throws {
    let verifier = SCRAMVerifier(password: "pencil", salt: Self.salt)
    let text = verifier.description
    #expect(
      text == "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
        + "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU="
    )
    #expect(SCRAMVerifier(parsing: text) == verifier)
    #expect(verifier.matches(password: "pencil"))
    #expect(!verifier.matches(password: "pencils"))
  }

  @Test(
    "text that is no verifier is not read",
    arguments: [
      "", "pencil", "md5a6343a68d964ca596d9752250d54bb8a", "SCRAM-SHA-256$4096:AAAA$AAAA:AAAA",
      "SCRAM-SHA-256$0:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:"
        + "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
    ])
  func noVerifier(text: String) { #expect(SCRAMVerifier(parsing: text) == nil) }

  private func logIn(
    password: String, stored: String, binding: SCRAMBinding = .none,
    serverBinding: SCRAMBinding? = nil, couldBind: Bool = false
  ) throws {
    let salt = pattern(16)
    var client = SCRAMClient(
      user: "a,b=c", password: password, random: pattern(18).rawBytes, binding: binding,
      couldBind: couldBind)
    var server = SCRAMServer(
      mechanism: client.mechanism, binding: serverBinding ?? binding, random: pattern(18).rawBytes)
    let user = try server.received(clientFirst: client.firstMessage().rawBytes)
    #expect(user == "a,b=c")
    let verifier = SCRAMVerifier(password: stored, salt: salt, iterations: 10)
    let final = try client.received(serverFirst: server.challenge(with: verifier).rawBytes)
    let last = try server.received(clientFinal: final.rawBytes)
    try client.received(serverFinal: last.rawBytes)
  }

  private func code(_ body: () throws -> Void) -> SCRAMError.Code? {
    do {
      try body()
      return nil
    } catch { return (error as? SCRAMError)?.code }
  }

  @Test("a right password gets in and a wrong one does not")
  func passwords() {
    #expect(self.code { try self.logIn(password: "pässwörd", stored: "pässwörd") } == nil)
    #expect(self.code { try self.logIn(password: "x", stored: "y") } == .wrongProof)
    #expect(self.code { try self.logIn(password: "", stored: "") } == nil)
  }

  @Test("a log-in bound to another certificate is refused")
  func binding() {
    let ours = SCRAMBinding.serverEndPoint(pattern(32))
    let theirs = SCRAMBinding.serverEndPoint(pattern(31))
    #expect(self.code { try self.logIn(password: "p", stored: "p", binding: ours) } == nil)
    #expect(
      self.code {
        try self.logIn(password: "p", stored: "p", binding: ours, serverBinding: theirs)
      } == .channelBinding)
    #expect(
      self.code {
        try self.logIn(password: "p", stored: "p", serverBinding: ours, couldBind: true)
      } == .channelBinding, "the offer was taken away on the path")
    #expect(
      self.code { try self.logIn(password: "p", stored: "p", serverBinding: ours) } == nil,
      "a client that cannot bind may log in without")
  }

  @Test("an unknown user is challenged the same way each time, and never gets in")
  func decoy() {
    let secret = pattern(32)
    let one = SCRAMVerifier.decoy(forUser: "nobody", secret: secret)
    #expect(one == SCRAMVerifier.decoy(forUser: "nobody", secret: secret))
    #expect(one.salt != SCRAMVerifier.decoy(forUser: "nobody2", secret: secret).salt)
    #expect(one.iterations == 4096)
    #expect(!one.matches(password: ""))
  }

  @Test(
    "a server's first message that is not right is refused",
    arguments: [
      ("r=other,s=AAAA,i=1", SCRAMError.Code.malformed),
      ("r=abcdefghijkl,s=AAAA,i=1", .malformed),
      ("r=abcdefghijkl1,s=AAA,i=1", .malformed),
      ("r=abcdefghijkl1,s=,i=1", .malformed),
      ("r=abcdefghijkl1,s=AAAA,i=0", .malformed),
      ("r=abcdefghijkl1,s=AAAA,i=99999999", .malformed),
      ("r=abcdefghijkl1,s=AAAA", .malformed),
      ("m=x,r=abcdefghijkl1,s=AAAA,i=1", .unsupported),
      ("e=unknown-user", .refusedByServer),
      ("", .malformed),
    ])
  func badChallenges(text: String, code: SCRAMError.Code) {
    var client = SCRAMClient(
      user: "u", password: "p", nonce: "abcdefghijkl", binding: .none, couldBind: false)
    _ = client.firstMessage()
    #expect(self.code { _ = try client.received(serverFirst: text.bytes.rawBytes) } == code)
  }

  @Test("a server that does not know the verifier is found out")
  func falseServer() throws {
    var client = SCRAMClient(
      user: "u", password: "p", nonce: "abc", binding: .none, couldBind: false)
    _ = try client.received(serverFirst: "r=abcd,s=AAAA,i=1".bytes.rawBytes)
    let lie = "v=" + Base64.text(of: pattern(32).rawBytes)
    #expect(
      self.code { try client.received(serverFinal: lie.bytes.rawBytes) } == .wrongServerSignature)
  }

  @Test("SASLprep makes the characters of keyboards plain")
  func saslPrep() {
    #expect(SASLprep.prepared("I\u{AD}X") == "IX".bytes)
    #expect(SASLprep.prepared("\u{AA}") == "a".bytes)
    #expect(SASLprep.prepared("\u{FF50}\u{3000}\u{B2}") == "p 2".bytes)
    #expect(SASLprep.prepared("\u{7}") == [7])
    #expect(SASLprep.prepared("\u{AD}") == "\u{AD}".bytes)
  }

  @Test("a server survives any first and final message")
  func fuzzServer() throws {
    let verifier = SCRAMVerifier(password: "p", salt: [1], iterations: 1)
    let seeds = [
      "n,,n=user,r=rOprNGfwEbeRWgbNEkqO", "p=tls-server-end-point,,n=a=2C,r=x", "y,,n=,r=a",
    ]
    try Fuzzer.run(name: "scram-first", seeds: seeds.map(\.bytes), iterations: 4000) { bytes in
      for mechanism in [SCRAMMechanism.plain, .bound] {
        var server = SCRAMServer(mechanism: mechanism, binding: .serverEndPoint([1]), nonce: "n")
        guard (try? server.received(clientFirst: bytes)) != nil else { continue }
        _ = server.challenge(with: verifier)
        try Fuzzer.require((try? server.received(clientFinal: bytes)) == nil, "logged in")
      }
    }
    let finals = ["c=biws,r=abn,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", "c=,r=,p="]
    try Fuzzer.run(name: "scram-final", seeds: finals.map(\.bytes), iterations: 4000) { bytes in
      var server = SCRAMServer(mechanism: .plain, binding: .none, nonce: "n")
      _ = try server.received(clientFirst: "n,,n=u,r=ab".bytes.rawBytes)
      _ = server.challenge(with: verifier)
      try Fuzzer.require((try? server.received(clientFinal: bytes)) == nil, "logged in")
    }
  }
}
