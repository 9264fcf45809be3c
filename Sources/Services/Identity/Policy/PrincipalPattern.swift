/// Whom a bucket's policy names:
///
///     *                                everybody, logged in or not
///     arn:aws:iam::ACCOUNT:root        everybody of an account, by id or name
///     arn:aws:iam::ACCOUNT:user/NAME   one user; without ACCOUNT of any account
///     ACCOUNT                          as root
struct PrincipalPattern: Hashable, Sendable {
  private enum Form: Hashable, Sendable {
    case everybody
    case account(String)
    case user(String, account: String)
  }

  private let form: Form

  /// Nil when the text names nobody in one of these forms.
  init?(_ text: String) {
    guard !text.isEmpty, text.utf8.count <= 512 else { return nil }
    if text == "*" {
      self.form = .everybody
      return
    }
    guard text.hasPrefix("arn:") else {
      guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x2A && $0 != 0x2F && $0 != 0x3A }) else {
        return nil
      }
      self.form = .account(text)
      return
    }
    let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
    guard parts.count == 6, parts[1] == "aws", parts[2] == "iam" || parts[2] == "sts",
      parts[3].isEmpty
    else { return nil }
    if parts[5] == "root", !parts[4].isEmpty {
      self.form = .account(String(parts[4]))
    } else if parts[5].hasPrefix("user/"), parts[5].utf8.count > 5 {
      self.form = .user(String(parts[5].dropFirst(5)), account: String(parts[4]))
    } else {
      return nil
    }
  }

  func matches(_ subject: Subject) -> Bool {
    switch self.form {
    case .everybody: true
    case .account(let account): !subject.isAnonymous && Self.isAccount(account, of: subject)
    case .user(let name, let account):
      !subject.isAnonymous && (account.isEmpty || Self.isAccount(account, of: subject))
        && (subject.userName == name || Self.isAccount(name, of: subject))
    }
  }

  private static func isAccount(_ text: String, of subject: Subject) -> Bool {
    subject.accountID == text || subject.accountName == text
  }

  var isEverybody: Bool { self.form == .everybody }
}
