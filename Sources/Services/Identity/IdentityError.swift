/// Why something was not allowed, not found or not changed. `why` gives the reason with its numbers,
/// `tries` what would help, as commands of `lakectl` where there are some.
package struct IdentityError: Error, Hashable, Sendable, CustomStringConvertible {
  package var code: Code
  package var message: String
  package var why: String?
  package var tries: [String]

  package init(_ code: Code, _ message: String, why: String? = nil, tries: [String] = []) {
    self.code = code
    self.message = message
    self.why = why
    self.tries = tries
  }

  package var description: String {
    "\(self.code.rawValue): \(self.message)" + (self.why.map { " (\($0))" } ?? "")
  }

  /// Stable identifiers: new ones may be added, none is renamed or reused.
  package struct Code: RawRepresentable, Hashable, Sendable {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }

    /// A name has characters or a length that it may not have.
    package static let nameMalformed = Code(rawValue: "identity.name_malformed")
    /// A value beside a name: a password, an e-mail address, a time, a scope.
    package static let valueMalformed = Code(rawValue: "identity.value_malformed")
    package static let policyMalformed = Code(rawValue: "identity.policy_malformed")
    package static let limitReached = Code(rawValue: "identity.limit_reached")
    package static let notFound = Code(rawValue: "identity.not_found")
    package static let exists = Code(rawValue: "identity.exists")
    /// It exists and is not what was asked for.
    package static let differs = Code(rawValue: "identity.differs")
    /// Something else refers to it.
    package static let inUse = Code(rawValue: "identity.in_use")
    /// It was changed since it was read.
    package static let changedMeanwhile = Code(rawValue: "identity.changed_meanwhile")
    package static let lastAdministrator = Code(rawValue: "identity.last_administrator")
    /// Comes with the product and cannot be changed.
    package static let builtIn = Code(rawValue: "identity.built_in")
    /// Unknown name, wrong secret, or disabled: whoever tries is not told which.
    package static let notAuthenticated = Code(rawValue: "identity.not_authenticated")
    /// Was good once: a client may fetch a new one.
    package static let expired = Code(rawValue: "identity.expired")
    package static let tooManyAttempts = Code(rawValue: "identity.too_many_attempts")
    package static let denied = Code(rawValue: "identity.denied")
    /// A stored secret cannot be opened with the key ring of this process.
    package static let secretSealed = Code(rawValue: "identity.secret_sealed")
    /// The key ring itself failed.
    package static let keysUnavailable = Code(rawValue: "identity.keys_unavailable")
    /// The facts store cannot be reached; nothing was changed.
    package static let storeUnavailable = Code(rawValue: "identity.store_unavailable")
    /// The disk of the facts store has no room; nothing was changed.
    package static let storeFull = Code(rawValue: "identity.store_full")
    /// The store's answer was lost: the change may have been made or not.
    package static let unknownOutcome = Code(rawValue: "identity.unknown_outcome")
    /// A stored record cannot be read.
    package static let damaged = Code(rawValue: "identity.damaged")
    /// Too many others change identities at the same moment.
    package static let busy = Code(rawValue: "identity.busy")
  }
}

extension IdentityError {
  /// A text in quotes, cut where it gets long: it may come from a stranger.
  static func quoted(_ text: some StringProtocol) -> String {
    text.unicodeScalars.count <= 80
      ? String(text).debugDescription
      : "\(String(String.UnicodeScalarView(text.unicodeScalars.prefix(80))).debugDescription)…"
  }
}
