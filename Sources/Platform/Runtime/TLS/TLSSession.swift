private import Bytes
internal import COpenSSL
private import Glibc

/// What a handshake agreed on.
public struct TLSSession: Sendable {
  /// `TLSv1.3` or `TLSv1.2`.
  public var version: String
  public var cipher: String
  /// The application protocol, when both sides named one.
  public var applicationProtocol: String?
  /// The common name and the DER bytes of the peer's certificate, which was verified.
  public var peerName: String?
  public var peerCertificate: [UInt8]?
  /// The channel binding `tls-server-end-point` of our own certificate (RFC 5929).
  public var endPointHash: [UInt8]?

  init(reading stream: UnsafeMutablePointer<copenssl_tls>) {
    self.version = String(cString: copenssl_tls_version(stream))
    self.cipher = String(cString: copenssl_tls_cipher(stream))
    self.applicationProtocol = Self.text { copenssl_tls_protocol(stream, $0, $1) }
    self.peerName = Self.text { copenssl_tls_peer_name(stream, $0, $1) }
    self.peerCertificate = Self.bytes(16_384) {
      copenssl_tls_peer_certificate(stream, $0, $1)
    }
    self.endPointHash = Self.bytes(64) { copenssl_tls_own_certificate_hash(stream, $0, $1) }
  }

  private static func text(_ call: (UnsafeMutablePointer<CChar>?, Int) -> Int32) -> String? {
    let text = String(unsafeUninitializedCapacity: 256) { target in
      target.withMemoryRebound(to: CChar.self) { Int(max(0, call($0.baseAddress, $0.count))) }
    }
    return text.isEmpty ? nil : text
  }

  private static func bytes(
    _ capacity: Int, _ call: (UnsafeMutablePointer<UInt8>?, Int) -> Int32
  ) -> [UInt8]? {
    let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { target, count in
      count = Int(max(0, call(target.baseAddress, target.count)))
    }
    return bytes.isEmpty ? nil : bytes
  }
}

extension Connection {
  /// Puts TLS over the connection and does the handshake: as server or client, by the context. `host` is
  /// the name a client asks for and checks. The window is empty and nothing waits to be flushed.
  public func startTLS(_ context: TLSContext, host: String? = nil) async throws(IOFailure) {
    guard let loop = EventLoop.current else {
      preconditionFailure("BUG: TLS is started off an event loop")
    }
    precondition(self.output.isEmpty, "TLS is started with output that was not flushed")
    try self.replaceTransport { inner throws(IOFailure) in
      do throws(TLSFailure) {
        return try TLSTransport(over: inner, context, host: host, on: loop)
      } catch {
        throw IOFailure(code: EPROTO, operation: "TLS", subject: error.reason)
      }
    }
    guard let tls = self.transport as? TLSTransport else { return }
    try await tls.handshake(deadline: self.deadline)
  }

  /// What the handshake agreed on; nil on a plain connection.
  public var tls: TLSSession? { (self.transport as? TLSTransport)?.session }
}
