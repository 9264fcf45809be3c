import Crypto
import ObjectModel
import S3

/// Who sends a request, and how its body proves itself.
struct Caller: Sendable {
  /// Nil for somebody without credentials.
  var key: AccessKey?
  /// Somebody without credentials, where none are asked for.
  var openAccount: ObjectAccount?
  var payload = PayloadForm.unsigned
  /// What the chunks of an aws-chunked body continue from.
  var chunkSignatures: SigV4ChunkSignatures?
  var isPresigned = false
  /// Of the signature.
  var version = Version.v4

  enum Version: String, Sendable {
    case v2 = "AWS"
    case v4 = "AWS4-HMAC-SHA256"
  }

  static let anonymous = Caller()

  var account: ObjectAccount? { self.key?.account ?? self.openAccount }
  var isAnonymous: Bool { self.account == nil }

  /// Whether the caller may do all that the account may.
  var isAccountRoot: Bool { self.openAccount != nil || (self.key?.isAccountRoot ?? false) }

  /// What policies call the caller.
  var principals: [String] {
    guard let key = self.key else { return [] }
    let account = key.account.id
    return [
      key.principal, account, "arn:aws:iam::\(account):root", "arn:aws:iam:::user/\(account)",
      "arn:aws:iam::\(account):user/\(key.userName)",
    ]
  }
}
