private import Bytes

/// The server's side of SCRAM-SHA-256 (RFC 5802, 7677): no sockets, no clock, no randomness of its own.
///
///     var server = SCRAMServer(random: …, binding: …)
///     let user = try server.received(clientFirst: …)
///     send(server.challenge(with: verifier(of: user) ?? .decoy(forUser: user, secret: …)))
///     send(try server.received(clientFinal: …))      // throws wrongProof
public struct SCRAMServer: Sendable {
  private enum Phase {
    /// Next: the client's first message.
    case began
    /// Next: the verifier.
    case named(Opening)
    /// Next: the client's final message.
    case challenged(Opening, verifier: SCRAMVerifier, serverFirst: String)
    /// The client is in, or the exchange failed.
    case ended
  }

  private struct Opening {
    var gs2Header: String
    var isBound: Bool
    var bare: String
    var nonce: String
  }

  private let nonce: String
  private let mechanism: SCRAMMechanism
  private let binding: SCRAMBinding
  private var phase = Phase.began

  /// - Parameters:
  ///   - mechanism: the one the client picked.
  ///   - binding: what this connection can be bound to; with one, SCRAM-SHA-256-PLUS was offered.
  ///   - random: at least 18 random bytes, fresh for each exchange.
  public init(mechanism: SCRAMMechanism, binding: SCRAMBinding = .none, random: RawSpan) {
    precondition(random.byteCount >= 18, "a nonce of \(random.byteCount) random bytes")
    self.init(mechanism: mechanism, binding: binding, nonce: Base64.text(of: random))
  }

  init(mechanism: SCRAMMechanism, binding: SCRAMBinding, nonce: String) {
    self.nonce = nonce
    self.mechanism = mechanism
    self.binding = binding
  }

  /// What to offer on a connection with this binding.
  public static func mechanisms(binding: SCRAMBinding) -> [SCRAMMechanism] {
    binding == .none ? [.plain] : [.bound, .plain]
  }

  /// The name the client gave; empty where the protocol carries it elsewhere.
  public mutating func received(clientFirst: RawSpan) throws(SCRAMError) -> String {
    guard case .began = self.phase else { throw SCRAMError(.malformed, "a second first message") }
    self.phase = .ended
    let text = try SCRAMMessage.text(of: clientFirst)
    let parts = text.split(separator: ",", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { throw SCRAMError(.malformed, "a first message of one part") }
    guard parts[1].isEmpty || parts[1].hasPrefix("a=") else {
      throw SCRAMError(.malformed, "the second part is not a=")
    }
    guard parts[1].isEmpty else {
      throw SCRAMError(.unsupported, "logging in for another user (a=) is not supported")
    }
    let isBound = try self.checkBindingFlag(parts[0])
    let message = try SCRAMMessage(parts[2])
    let name = try message.value(of: "n", at: 0)
    let user = try SCRAMMessage.unescaped(name)
    let clientNonce = try message.value(of: "r", at: 1)
    guard SCRAMMessage.isNonce(clientNonce) else {
      throw SCRAMError(.malformed, "the client's nonce is empty or not printable")
    }
    self.phase = .named(
      Opening(
        gs2Header: "\(parts[0]),,", isBound: isBound, bare: String(parts[2]),
        nonce: clientNonce + self.nonce))
    return user
  }

  /// True when the client binds.
  private func checkBindingFlag(_ flag: Substring) throws(SCRAMError) -> Bool {
    switch (flag, self.mechanism) {
    case ("n", .plain): return false
    case ("y", .plain):
      guard self.binding == .none else {
        throw SCRAMError(
          .channelBinding, "the client believes that we offered no binding, but we did")
      }
      return false
    case ("p=\(SCRAMBinding.typeName)", .bound):
      guard self.binding != .none else {
        throw SCRAMError(.channelBinding, "this connection has nothing to bind to")
      }
      return true
    case (_, .bound) where !flag.hasPrefix("p="):
      throw SCRAMError(.malformed, "SCRAM-SHA-256-PLUS without a binding")
    case (_, .bound):
      throw SCRAMError(.unsupported, "the channel binding \(flag.dropFirst(2)) is not supported")
    case (_, .plain):
      throw SCRAMError(.malformed, "the binding flag \(flag) does not fit SCRAM-SHA-256")
    }
  }

  /// The server's first message.
  ///
  /// - Precondition: the client's first message was received and no challenge was made.
  public mutating func challenge(with verifier: SCRAMVerifier) -> [UInt8] {
    guard case .named(let opening) = self.phase else {
      preconditionFailure("a challenge before the first message, or a second one")
    }
    let text =
      "r=\(opening.nonce),s=\(Base64.text(of: verifier.salt.rawBytes)),i=\(verifier.iterations)"
    self.phase = .challenged(opening, verifier: verifier, serverFirst: text)
    return Array(text.utf8)
  }

  /// The server's final message, once the client's proof was found right. On a throw the connection may
  /// be told `e=` and `wireText`, and ends.
  public mutating func received(clientFinal: RawSpan) throws(SCRAMError) -> [UInt8] {
    guard case .challenged(let opening, let verifier, let serverFirst) = self.phase else {
      throw SCRAMError(.malformed, "a final message before the challenge, or a second one")
    }
    self.phase = .ended
    let text = try SCRAMMessage.text(of: clientFinal)
    let message = try SCRAMMessage(Substring(text))
    var bound = Array(opening.gs2Header.utf8)
    if opening.isBound, case .serverEndPoint(let data) = self.binding { bound += data }
    let binding = try message.base64(of: "c", at: 0)
    guard ConstantTime.isEqual(binding, bound) else {
      throw SCRAMError(.channelBinding, "the client is bound to another connection than this one")
    }
    let nonce = try message.value(of: "r", at: 1)
    guard nonce == opening.nonce else {
      throw SCRAMError(.malformed, "the final nonce is not the one of the challenge")
    }
    guard let comma = text.lastIndex(of: ",") else {
      throw SCRAMError(.malformed, "a final message without a proof")
    }
    let proof = try SCRAMMessage(text[text.index(after: comma)...]).digest(of: "p", at: 0)
    let authMessage = "\(opening.bare),\(serverFirst),\(text[..<comma])"
    let signature = HMACSHA256(key: verifier.storedKey).code(of: authMessage)
    let clientKey = proof.combined(with: signature)
    guard SHA256.digest(of: clientKey.bytes) == verifier.storedKey else {
      throw SCRAMError(.wrongProof, "the password does not fit")
    }
    let serverSignature = HMACSHA256(key: verifier.serverKey).code(of: authMessage)
    return Array("v=\(Base64.text(of: serverSignature.bytes))".utf8)
  }
}
