/// Names that people choose, checked where they come in.
package enum Names {
  package static let byteCountMax = 63

  /// Users, groups, roles, policies, accounts and clients: 1 to 63 of letters, digits and `._@-`,
  /// beginning with a letter, a digit or `_`. So a name is one word in a shell, a path and a policy.
  package static func check(_ name: String, _ what: String) throws(IdentityError) {
    let isGood =
      !name.isEmpty && name.utf8.count <= Self.byteCountMax
      && name.utf8.allSatisfy(Self.isNameByte)
      && !(name.utf8.first.map { [0x2E, 0x40, 0x2D].contains($0) } ?? true)
    guard isGood else {
      throw IdentityError(
        .nameMalformed, "\(IdentityError.quoted(name)) is no name for \(what)",
        why: "a name has 1 to \(Self.byteCountMax) letters, digits and ._@-, and begins with a "
          + "letter, a digit or _")
    }
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x40, 0x5F: true
    default: false
    }
  }

  /// An access key id: 16 to 128 letters, digits and `_-`; ours have 20.
  package static func checkKeyID(_ id: String) throws(IdentityError) {
    let isGood =
      (16...128).contains(id.utf8.count)
      && id.utf8.allSatisfy { Self.isNameByte($0) && $0 != 0x2E && $0 != 0x40 }
    guard isGood else {
      throw IdentityError(
        .nameMalformed, "\(IdentityError.quoted(id)) is no access key id",
        why: "it has 16 to 128 letters, digits, _ and -")
    }
  }

  /// A secret that somebody brings along: 16 to 128 printable ASCII characters.
  package static func checkSecret(_ secret: String) throws(IdentityError) {
    guard (16...128).contains(secret.utf8.count),
      secret.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else {
      throw IdentityError(
        .valueMalformed, "the secret cannot be used",
        why: "it has \(secret.utf8.count) bytes; a secret has 16 to 128 printable characters "
          + "without blanks")
    }
  }

  package static func checkPassword(_ password: String) throws(IdentityError) {
    let range = IdentityLimits.passwordByteCountMin...IdentityLimits.passwordByteCountMax
    guard range.contains(password.utf8.count), !password.utf8.contains(0) else {
      throw IdentityError(
        .valueMalformed, "the password cannot be used",
        why: "it has \(password.utf8.count) bytes; a password has \(range.lowerBound) to "
          + "\(range.upperBound), none of them zero")
    }
  }

  package static func checkDescription(_ text: String?) throws(IdentityError) {
    let limit = IdentityLimits.descriptionByteCountMax
    guard let text, text.utf8.count > limit else { return }
    throw IdentityError(
      .valueMalformed, "the description is too long",
      why: "it has \(text.utf8.count) bytes; the limit is \(limit)")
  }
}
