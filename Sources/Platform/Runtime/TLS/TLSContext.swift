internal import COpenSSL
public import Values

/// Certificates and rules for TLS streams of one endpoint. TLS 1.2 and 1.3, forward secrecy only.
///
/// `reload` reads the files again: new streams use the new certificate, those that are open go on.
public final class TLSContext: Sendable {
  public let settings: Settings
  private let current: Guarded<Loaded>

  public struct Settings: Sendable, Hashable {
    public var isServer: Bool
    /// PEM files: the chain with our own certificate first, and its key.
    public var certificatePath: String?
    public var keyPath: String?
    /// PEM file of the authorities whose certificates are trusted; nil: the system's.
    public var authoritiesPath: String?
    /// A client checks the server's certificate and name; a server insists on a client certificate.
    public var verifiesPeer: Bool
    public var requiresTLS13 = false
    /// Application protocols in order of preference.
    public var protocols: [String] = []

    public static func server(
      certificate: String, key: String, clientAuthorities: String? = nil
    ) -> Settings {
      Settings(
        isServer: true, certificatePath: certificate, keyPath: key,
        authoritiesPath: clientAuthorities, verifiesPeer: clientAuthorities != nil)
    }

    public static func client(authorities: String? = nil) -> Settings {
      Settings(
        isServer: false, certificatePath: nil, keyPath: nil, authoritiesPath: authorities,
        verifiesPeer: true)
    }
  }

  public init(_ settings: Settings) throws(TLSFailure) {
    self.settings = settings
    self.current = Guarded(try Loaded(settings))
  }

  /// Reads the files again. What they held before stays in force when they cannot be used.
  public func reload() throws(TLSFailure) {
    let fresh = try Loaded(self.settings)
    self.current.withLock { $0 = fresh }
  }

  /// Until when our own certificate is good; nil when there is none.
  public var certificateEnd: WallTime? {
    let seconds = copenssl_tls_context_certificate_end(self.current.withLock { $0 }.context)
    let (nanoseconds, isBeyond) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    return seconds == .min ? nil : WallTime(nanoseconds: isBeyond ? .max : nanoseconds)
  }

  /// A new stream. `host` is what a client asks for and checks.
  func makeStream(host: String?) throws(TLSFailure) -> UnsafeMutablePointer<copenssl_tls> {
    let loaded = self.current.withLock { $0 }
    guard let stream = copenssl_tls_create(loaded.context, host) else {
      throw TLSFailure(reason: "no memory for a stream")
    }
    return stream
  }

  /// Owns one SSL_CTX; the library counts the streams that use it.
  private final class Loaded: @unchecked Sendable {
    // Sendable: an SSL_CTX is not changed after it was filled, and its count is atomic.
    let context: OpaquePointer

    init(_ settings: Settings) throws(TLSFailure) {
      var alpn: [UInt8] = []
      for name in settings.protocols {
        precondition(name.utf8.count < 256, "the protocol name \(name) is too long")
        alpn.append(UInt8(name.utf8.count))
        alpn.append(contentsOf: name.utf8)
      }
      var error = [CChar](repeating: 0, count: 256)
      let context = Self.create(settings, alpn, &error)
      guard let context else {
        let reason = error.withUnsafeBufferPointer {
          String(cString: $0.baseAddress.unsafelyUnwrapped)  // 256 elements.
        }
        let file = settings.certificatePath ?? settings.authoritiesPath
        throw TLSFailure(
          reason: file.map { "cannot use \($0) and its key: \(reason)" } ?? reason)
      }
      self.context = context
    }

    deinit { copenssl_tls_context_free(self.context) }

    private static func create(_ settings: Settings, _ alpn: [UInt8], _ error: inout [CChar])
      -> OpaquePointer?
    {
      func withPath<R>(_ path: String?, _ body: (UnsafePointer<CChar>?) -> R) -> R {
        guard let path else { return body(nil) }
        return path.withCString(body)
      }
      return withPath(settings.certificatePath) { certificate in
        withPath(settings.keyPath) { key in
          withPath(settings.authoritiesPath) { authorities in
            alpn.withUnsafeBufferPointer { names in
              var values = copenssl_tls_settings()
              values.is_server = settings.isServer ? 1 : 0
              values.minimum_version = settings.requiresTLS13 ? 13 : 12
              values.certificate_path = certificate
              values.key_path = key
              values.authorities_path = authorities
              values.verifies_peer = settings.verifiesPeer ? 1 : 0
              values.alpn = names.baseAddress
              values.alpn_length = UInt32(names.count)
              return copenssl_tls_context_create(&values, &error, error.count)
            }
          }
        }
      }
    }
  }
}

/// Why a certificate cannot be used or a handshake did not succeed.
public struct TLSFailure: Error, Sendable, Equatable, CustomStringConvertible {
  public var reason: String
  public var description: String { "TLS: \(self.reason)" }
}
