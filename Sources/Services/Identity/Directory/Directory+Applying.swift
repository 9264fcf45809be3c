private import Bytes
import Cluster
import Values
private import JSON

/// A change of one record: its new bytes, or nil when it goes.
struct RecordChange: Sendable {
  var key: RecordKey
  var value: [UInt8]?
  /// The revision that made it; that of the whole batch when nil.
  var at: FactRevision?

  init(key: RecordKey, value: [UInt8]?, at: FactRevision? = nil) {
    self.key = key
    self.value = value
    self.at = at
  }

  init(_ record: some IdentityRecord) {
    self.init(key: RecordKey(type(of: record).kind, record.name), value: record.encoded)
  }
}

extension Directory {
  /// The directory after `changes`, which the store made in `revision`.
  func applying(
    _ changes: [RecordChange], at revision: FactRevision, opener: SecretOpener
  ) -> Directory {
    let next = Directory(copying: self)
    for change in changes { next.apply(change, at: change.at ?? revision, opener) }
    next.recompile(after: Set(changes.map(\.key)))
    next.revision = revision
    return next
  }

  /// Says when changes that were applied before they were made, were made.
  func settle(_ changes: [RecordChange], at revision: FactRevision) {
    self.revision = revision
    for change in changes {
      let name = change.key.name
      switch change.key.kind {
      case .account: self.accounts[name]?.revision = revision.number
      case .user: self.users[name]?.revision = revision.number
      case .group: self.groups[name]?.revision = revision.number
      case .role: self.roles[name]?.revision = revision.number
      case .policy: self.policies[name]?.revision = revision.number
      case .grants: self.grants[name]?.revision = revision.number
      case .client: self.clients[name]?.revision = revision.number
      case .key: self.keys[name]?.revision = revision.number
      case .token: self.tokens[name]?.revision = revision.number
      case .revocation: self.revocations[name]?.revision = revision.number
      case .root: self.root[name]?.revision = revision.number
      }
    }
  }

  /// All of it, from the facts of one state of the store.
  static func loaded(
    _ facts: [Fact], revision: FactRevision, opener: SecretOpener
  ) -> Directory {
    let directory = Directory()
    var changed: Set<RecordKey> = []
    for fact in facts {
      guard let key = RecordKey(fact.key) else { continue }
      directory.apply(RecordChange(key: key, value: fact.value), at: fact.modifiedAt, opener)
      changed.insert(key)
    }
    directory.recompile(after: changed)
    directory.revision = revision
    return directory
  }

  private func apply(
    _ change: RecordChange, at revision: FactRevision, _ opener: SecretOpener
  ) {
    let key = change.key
    self.damaged[key.fact.text] = nil
    switch key.kind {
    case .account: self.put(Account.self, change, revision)
    case .user: self.put(User.self, change, revision)
    case .group: self.put(Group.self, change, revision)
    case .role: self.put(Role.self, change, revision)
    case .policy: self.put(PolicyRecord.self, change, revision)
    case .grants: self.put(GrantList.self, change, revision)
    case .client: self.put(OAuthClient.self, change, revision)
    case .revocation: self.put(Revocation.self, change, revision)
    case .root: self.put(RootRecord.self, change, revision)
    case .key:
      self.put(AccessKey.self, change, revision)
      self.openedKeys[key.name] = self.keys[key.name].map { opener.open($0.record) }
    case .token:
      if let old = self.tokens[key.name]?.record { self.tokensByDigest[old.digest] = nil }
      self.put(TokenRecord.self, change, revision)
      if let new = self.tokens[key.name]?.record { self.tokensByDigest[new.digest] = new.id }
    }
  }

  private func put<Record: IdentityRecord>(
    _ type: Record.Type, _ change: RecordChange, _ revision: FactRevision
  ) {
    let name = change.key.name
    guard let value = change.value else {
      self[keyPath: Record.table][name] = nil
      return
    }
    do throws(JSONError) {
      let record = try Record(parsing: value.rawBytes)
      guard record.name == name else {
        throw JSONError(.wrongType, "the record is of \(record.name)")
      }
      self[keyPath: Record.table][name] = Stored(record: record, revision: revision.number)
    } catch {
      self[keyPath: Record.table][name] = nil
      self.damaged[change.key.fact.text] = error.description
      self.noteUnreadable(change.key, error.description)
    }
  }

  /// Rules that cannot be read might deny: they then deny everything.
  private func noteUnreadable(_ key: RecordKey, _ reason: String) {
    let error = IdentityError(.damaged, "\(key.fact) cannot be read", why: reason)
    switch key.kind {
    case .policy, .grants:
      // A record in its place, so that compiling finds it and fails.
      if key.kind == .policy {
        let broken = PolicyRecord(key.name, text: "")
        self.policies[key.name] = Stored(record: broken, revision: 0)
      } else if let who = try? Who(parsing: key.name) {
        let broken = GrantList(who, [Grant("?", on: "?")])
        self.grants[key.name] = Stored(record: broken, revision: 0)
      } else {
        self.damaged[key.fact.text] = error.description
      }
    case .account, .user, .group, .role, .client, .key, .token, .revocation, .root: break
    }
  }
}
