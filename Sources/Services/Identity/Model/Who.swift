/// To whom a grant goes, who owns a key, who a token speaks for: `user:ann`, `role:reader`,
/// `group:analysts`, `client:etl`, `account:64 hex digits`, `everyone`, `anonymous`.
package struct Who: Hashable, Comparable, Sendable, CustomStringConvertible {
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case user, role, group, client, account
    /// Whoever is logged in.
    case everyone
    /// Whoever is not.
    case anonymous

    var hasName: Bool { self != .everyone && self != .anonymous }
  }

  package let kind: Kind
  package let name: String

  private init(_ kind: Kind, _ name: String) {
    self.kind = kind
    self.name = name
  }

  package static func user(_ name: String) -> Who { Who(.user, name) }
  package static func role(_ name: String) -> Who { Who(.role, name) }
  package static func group(_ name: String) -> Who { Who(.group, name) }
  package static func client(_ name: String) -> Who { Who(.client, name) }
  package static func account(_ id: String) -> Who { Who(.account, id) }
  package static let everyone = Who(.everyone, "")
  package static let anonymous = Who(.anonymous, "")

  /// Reads the text form, with a colon or, as in names of the command line, a slash behind the kind; a
  /// bare word is a user.
  package init(parsing text: String) throws(IdentityError) {
    let parts = text.split(maxSplits: 1, omittingEmptySubsequences: false) {
      $0 == ":" || $0 == "/"
    }
    if parts.count == 1 {
      switch text {
      case "everyone": self = .everyone
      case "anonymous": self = .anonymous
      default:
        try Names.check(text, "a user")
        self = .user(text)
      }
      return
    }
    guard let kind = Kind(rawValue: String(parts[0])), kind.hasName else {
      throw IdentityError(
        .nameMalformed, "\(IdentityError.quoted(text)) names nobody",
        why:
          "it is user:NAME, role:NAME, group:NAME, client:NAME, account:ID, everyone or anonymous")
    }
    let name = String(parts[1])
    if kind == .account {
      try Account.checkID(name)
    } else {
      try Names.check(name, "a \(kind.rawValue)")
    }
    self.init(kind, name)
  }

  package var description: String {
    self.kind.hasName ? "\(self.kind.rawValue):\(self.name)" : self.kind.rawValue
  }

  package static func < (left: Self, right: Self) -> Bool { left.description < right.description }
}
