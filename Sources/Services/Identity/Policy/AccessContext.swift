package import Values

/// What a request says about itself beside who, what and on what. A value without memory of its own
/// unless a service adds keys.
package struct AccessContext: Sendable {
  package struct Value: Sendable {
    package var key: ConditionKey
    package var texts: [String]

    package init(_ key: ConditionKey, _ texts: [String]) {
      self.key = key
      self.texts = texts
    }
  }

  package var time: WallTime
  package var sourceAddress: NetworkAddress?
  package var isSecure: Bool
  package var userAgent: String?
  package var referer: String?
  /// Further keys: `s3:prefix`, tags. Made only when `RuleSet.asks(about:)` says that a rule looks at them.
  package var values: [Value] = []

  package init(
    time: WallTime, sourceAddress: NetworkAddress? = nil, isSecure: Bool = false,
    userAgent: String? = nil, referer: String? = nil, values: [Value] = []
  ) {
    self.time = time
    self.sourceAddress = sourceAddress
    self.isSecure = isSecure
    self.userAgent = userAgent
    self.referer = referer
    self.values = values
  }

  /// The texts under a key; empty when the request has none. Allocates, unlike the checks that know the
  /// fields above.
  func texts(of key: ConditionKey, _ subject: Subject) -> [String] {
    switch key {
    case .isSecure: return [self.isSecure ? "true" : "false"]
    case .userAgent: return self.userAgent.map { [$0] } ?? []
    case .referer: return self.referer.map { [$0] } ?? []
    case .currentTime: return [self.time.description]
    case .epochTime: return [String(self.time.nanoseconds / 1_000_000_000)]
    case .userName: return subject.userName.map { [$0] } ?? []
    case .userID: return subject.name.isEmpty ? [] : [subject.name]
    case .principalAccount: return subject.accountID.map { [$0] } ?? []
    case .sourceAddress: return self.sourceAddress == nil ? [] : ["present"]
    default:
      for value in self.values where value.key == key { return value.texts }
      return []
    }
  }
}

/// Who asks, as conditions and the principals of a bucket's policy see it.
package struct Subject: Hashable, Sendable {
  /// `user:ann`, `key:LK…`, `client:…`, `account:…`; empty for somebody who is not logged in.
  package var name: String
  package var userName: String?
  package var accountID: String?
  package var accountName: String?

  package init(
    name: String, userName: String? = nil, accountID: String? = nil, accountName: String? = nil
  ) {
    self.name = name
    self.userName = userName
    self.accountID = accountID
    self.accountName = accountName
  }

  package static let anonymous = Subject(name: "")
  package var isAnonymous: Bool { self.name.isEmpty }
}
