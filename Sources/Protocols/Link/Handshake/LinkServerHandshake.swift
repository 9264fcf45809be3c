private import Bytes
private import Crypto
private import Protobuf

/// The server's side of a handshake: no sockets, no clock, no randomness of its own.
public struct LinkServerHandshake: Sendable {
  private enum Phase: Sendable {
    /// Next: the client's first frame.
    case began
    /// Next: the client's proof.
    case answered(expected: Digest<32>, LinkPeer)
    /// The client is in, or was refused.
    case ended
  }

  private let credentials: LinkCredentials
  private let nonce: [UInt8]
  private var phase = Phase.began

  /// - Parameter nonce: 32 random bytes, fresh for each connection.
  public init(_ credentials: LinkCredentials, nonce: [UInt8]) {
    precondition(nonce.count == 32, "a nonce of \(nonce.count) bytes")
    self.credentials = credentials
    self.nonce = nonce
  }

  public enum Step: Sendable {
    /// Send this body as the reply and wait for the proof.
    case reply([UInt8])
    /// The client is who it says; requests follow. Nothing is sent.
    case open(LinkPeer)
  }

  /// Takes the body of a Handshake frame. On a throw the error is sent and the connection ends.
  public mutating func received(_ body: RawSpan) throws(LinkError) -> Step {
    let message = try Handshake(reading: body)
    switch self.phase {
    case .began:
      self.phase = .ended
      let peer = try self.credentials.peer(of: message)
      guard message.proof.isEmpty else {
        throw LinkError(.refused, "a proof before there is anything to prove")
      }
      let first = body.array
      var reply = self.credentials.message(nonce: self.nonce)
      let second = reply.encoded(isDeterministic: true)
      reply.proof = self.credentials.proof(of: "server", first, second).array
      self.phase = .answered(
        expected: self.credentials.proof(of: "client", first, second), peer)
      return .reply(reply.encoded(isDeterministic: true))
    case .answered(let expected, let peer):
      self.phase = .ended
      guard ConstantTime.isEqual(expected.array, message.proof) else {
        throw LinkError(
          .refused, "the client \(peer.nodeID) does not know the cluster's secret")
      }
      return .open(peer)
    case .ended:
      throw LinkError(.malformed, "a handshake after the handshake")
    }
  }
}
