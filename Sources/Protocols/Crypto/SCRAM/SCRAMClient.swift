private import Bytes

/// The client's side of SCRAM-SHA-256 (RFC 5802, 7677): no sockets, no clock, no randomness of its own.
///
///     var client = SCRAMClient(user: …, password: …, nonce: …)
///     send(client.firstMessage())
///     send(try client.received(serverFirst: …))      // derives the key: about 1 ms
///     try client.received(serverFinal: …)            // now the server is proven too
public struct SCRAMClient: Sendable {
  private enum Phase {
    /// Next: the server's first message.
    case began
    /// Next: the server's final message, with this signature.
    case proved(signature: Digest<32>)
    /// Both sides have proven themselves, or the exchange failed.
    case ended
  }

  private let password: String
  private let nonce: String
  private let gs2Header: String
  private let binding: SCRAMBinding
  private let firstBare: String
  private var phase = Phase.began

  /// - Parameters:
  ///   - user: may be empty where the protocol has named the user already, as PostgreSQL does.
  ///   - random: at least 18 random bytes, fresh for each exchange.
  ///   - binding: with a binding the mechanism is SCRAM-SHA-256-PLUS.
  ///   - couldBind: whether we would have bound had the server offered it: then an attacker who took
  ///     the offer away is found out.
  public init(
    user: String, password: String, random: RawSpan, binding: SCRAMBinding = .none,
    couldBind: Bool = false
  ) {
    precondition(random.byteCount >= 18, "a nonce of \(random.byteCount) random bytes")
    self.init(
      user: user, password: password, nonce: Base64.text(of: random), binding: binding,
      couldBind: couldBind)
  }

  init(
    user: String, password: String, nonce: String, binding: SCRAMBinding, couldBind: Bool
  ) {
    self.password = password
    self.nonce = nonce
    self.binding = binding
    switch binding {
    case .none: self.gs2Header = couldBind ? "y,," : "n,,"
    case .serverEndPoint: self.gs2Header = "p=\(SCRAMBinding.typeName),,"
    }
    let name = String(decoding: SASLprep.prepared(user), as: UTF8.self)
    self.firstBare = "n=\(SCRAMMessage.escaped(name)),r=\(nonce)"
  }

  public var mechanism: SCRAMMechanism { self.binding == .none ? .plain : .bound }

  public func firstMessage() -> [UInt8] { Array((self.gs2Header + self.firstBare).utf8) }

  /// Answers the challenge with the client's final message.
  public mutating func received(serverFirst: RawSpan) throws(SCRAMError) -> [UInt8] {
    guard case .began = self.phase else {
      throw SCRAMError(.malformed, "a second challenge")
    }
    self.phase = .ended
    let text = try SCRAMMessage.text(of: serverFirst)
    if text.hasPrefix("e=") {
      throw SCRAMError(.refusedByServer, "the server says \(text.dropFirst(2))")
    }
    let message = try SCRAMMessage(Substring(text))
    let nonce = try message.value(of: "r", at: 0)
    guard nonce.hasPrefix(self.nonce), nonce.utf8.count > self.nonce.utf8.count,
      SCRAMMessage.isNonce(nonce)
    else { throw SCRAMError(.malformed, "the server's nonce does not extend ours") }
    let salt = try message.base64(of: "s", at: 1)
    guard (1...SCRAMVerifier.saltByteCountMax).contains(salt.count) else {
      throw SCRAMError(.malformed, "a salt of \(salt.count) bytes")
    }
    let iterationsText = try message.value(of: "i", at: 2)
    guard let iterations = Int(iterationsText),
      (1...SCRAMVerifier.iterationsMax).contains(iterations)
    else {
      throw SCRAMError(
        .malformed,
        "the server asks for \(iterationsText) iterations; 1 to \(SCRAMVerifier.iterationsMax) are run"
      )
    }
    return self.answer(to: text, nonce: nonce, salt: salt, iterations: iterations)
  }

  private mutating func answer(
    to serverFirst: String, nonce: Substring, salt: [UInt8], iterations: Int
  ) -> [UInt8] {
    let keys = SCRAMKeys(password: self.password, salt: salt, iterations: iterations)
    var bound = Array(self.gs2Header.utf8)
    if case .serverEndPoint(let data) = self.binding { bound += data }
    let withoutProof = "c=\(Base64.text(of: bound.rawBytes)),r=\(nonce)"
    let authMessage = "\(self.firstBare),\(serverFirst),\(withoutProof)"
    let clientSignature = HMACSHA256(key: keys.storedKey).code(of: authMessage)
    let proof = keys.clientKey.combined(with: clientSignature)
    self.phase = .proved(signature: HMACSHA256(key: keys.serverKey).code(of: authMessage))
    return Array("\(withoutProof),p=\(Base64.text(of: proof.bytes))".utf8)
  }

  /// Checks that the server knows the verifier. Throws when it does not: then it is not the server.
  public mutating func received(serverFinal: RawSpan) throws(SCRAMError) {
    guard case .proved(let expected) = self.phase else {
      throw SCRAMError(.malformed, "a final message before the challenge, or a second one")
    }
    self.phase = .ended
    let text = try SCRAMMessage.text(of: serverFinal)
    if text.hasPrefix("e=") {
      throw SCRAMError(.refusedByServer, "the server says \(text.dropFirst(2))")
    }
    let signature = try SCRAMMessage(Substring(text)).digest(of: "v", at: 0)
    guard signature == expected else {
      throw SCRAMError(.wrongServerSignature, "the server does not know this password's verifier")
    }
  }
}
