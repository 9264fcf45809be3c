private import Bytes
private import Crypto
private import Protobuf

/// The client's side of a handshake: no sockets, no clock, no randomness of its own.
public struct LinkClientHandshake: Sendable {
  private let credentials: LinkCredentials
  private let first: [UInt8]
  private var isDone = false

  /// - Parameter nonce: 32 random bytes, fresh for each connection.
  public init(_ credentials: LinkCredentials, nonce: [UInt8]) {
    precondition(nonce.count == 32, "a nonce of \(nonce.count) bytes")
    self.credentials = credentials
    self.first = credentials.message(nonce: nonce).encoded(isDeterministic: true)
  }

  /// The body of the first frame.
  public func firstBody() -> [UInt8] { self.first }

  /// Checks the server's reply. Gives the body of the last frame, after which requests may follow at
  /// once, and who the server is.
  public mutating func received(
    _ reply: RawSpan
  ) throws(LinkError) -> (body: [UInt8], peer: LinkPeer) {
    precondition(!self.isDone, "a second reply to one handshake")
    self.isDone = true
    var message = try Handshake(reading: reply)
    let proof = message.proof
    message.proof = []
    // Encoded anew: a reply that hides something in unknown fields has another proof.
    let second = message.encoded(isDeterministic: true)
    let peer = try self.credentials.peer(of: message)
    guard
      ConstantTime.isEqual(self.credentials.proof(of: "server", self.first, second).array, proof)
    else {
      throw LinkError(
        .refused, "the server \(peer.nodeID) does not know the cluster's secret")
    }
    let answer = Handshake {
      $0.proof = self.credentials.proof(of: "client", self.first, second).array
    }
    return (answer.encoded(), peer)
  }
}

extension Handshake {
  init(reading bytes: RawSpan) throws(LinkError) {
    var limits = DecodingLimits()
    limits.byteCountMax = 4096
    do {
      try self.init(decoding: bytes, limits)
    } catch {
      throw LinkError(.refused, "the handshake cannot be read: \(error)")
    }
  }
}
