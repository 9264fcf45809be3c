/// Why a SCRAM exchange ended.
public struct SCRAMError: Error, Sendable, Equatable, CustomStringConvertible {
  public var code: Code
  public var message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { "\(self.code.rawValue): \(self.message)" }

  /// What a server says in `e=`: the words of RFC 5802, section 7.
  public var wireText: String {
    switch self.code {
    case .wrongProof: "invalid-proof"
    case .channelBinding: "channel-bindings-dont-match"
    case .unsupported: "extensions-not-supported"
    case .malformed: "invalid-encoding"
    default: "other-error"
    }
  }

  /// Stable identifiers: new ones may be added, none is renamed or reused.
  public struct Code: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The password is wrong, or there is no such user: a server does not say which.
    public static let wrongProof = Code(rawValue: "scram.wrong_proof")
    /// The server could not prove that it knows the password's verifier.
    public static let wrongServerSignature = Code(rawValue: "scram.wrong_server_signature")
    /// A message that has not the form of RFC 5802, or a nonce that is not ours.
    public static let malformed = Code(rawValue: "scram.malformed")
    /// The peer demands what is not spoken here: an extension, another channel binding.
    public static let unsupported = Code(rawValue: "scram.unsupported")
    /// Somebody may sit between the two: bindings differ, or were talked away.
    public static let channelBinding = Code(rawValue: "scram.channel_binding")
    /// The server ended the exchange with `e=`.
    public static let refusedByServer = Code(rawValue: "scram.refused_by_server")
  }
}
