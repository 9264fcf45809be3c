import Bytes
import Crypto
import Runtime
import Values

extension IdentityService {
  /// Called at each start. The first one of a cluster makes the root account, its user with password,
  /// access key and admin token, all in one transaction: when several processes start at once, one does.
  /// Later ones put other values of the environment in the place of the stored ones.
  package func bootstrap(
    _ parameters: RootParameters
  ) async throws(IdentityError) -> BootstrapOutcome {
    try parameters.check()
    if self.directory.rootRecord == nil, let made = try await self.makeRoot(parameters) {
      return .created(made)
    }
    let replaced = try await self.replaceRoot(parameters)
    return replaced.isEmpty ? .unchanged : .replaced(replaced)
  }

  /// Nil when another process was first.
  private func makeRoot(
    _ parameters: RootParameters
  ) async throws(IdentityError) -> RootCredentials? {
    let id =
      parameters.accessKeyID ?? Token.accessKeyID(random: self.random.bytes(18).rawBytes)
    let secret =
      parameters.secretAccessKey
      ?? Secret(Token.secretAccessKey(random: self.random.bytes(30).rawBytes))
    let password =
      parameters.password
      ?? Secret(Base64.text(of: self.random.bytes(18).rawBytes, alphabet: .urlSafe))
    let account = Account(
      id: Hexadecimal.text(of: self.random.bytes(32).rawBytes),
      displayName: parameters.accountName, createdAt: self.now)
    var user = User(
      parameters.user, account: account.id, roles: ["admin"], isAccountRoot: true
    ).prepared(at: self.now, stamp: self.freshStamp())
    user.verifier = try await self.verifier(for: password)
    user.passwordChangedAt = self.now
    var key = AccessKey(id, owner: .user(user.name), description: "root")
      .prepared(at: self.now, stamp: self.freshStamp())
    key.sealed = try self.opener.seal(secret.exposed, keyID: id, random: self.random)
    let (token, tokenText) = try self.freshToken(
      owner: .user(user.name), scope: .everything, lifetime: nil, "admin token of the first start")
    let root = RootRecord(
      accountID: account.id, user: user.name, keyID: id, tokenID: token.id)
    let changes = [
      RecordChange(account), RecordChange(user), RecordChange(key), RecordChange(token),
      RecordChange(root),
    ]
    let audit = AuditDraft("root.create", "user/\(user.name)")
    let isMade = try await self.change(by: .system) { directory in
      guard directory.rootRecord == nil else { return ChangePlan([], audit) { _ in false } }
      return ChangePlan(changes, audit) { _ in true }
    }
    guard isMade else { return nil }
    return RootCredentials(
      accessKeyID: id, secretAccessKey: secret, user: user.name, password: password,
      adminToken: Secret(tokenText), accountID: account.id)
  }

  /// The names of what was replaced.
  private func replaceRoot(
    _ parameters: RootParameters
  ) async throws(IdentityError) -> [String] {
    var verifier: SCRAMVerifier?
    if let password = parameters.password {
      verifier = try await self.verifier(for: password)
    }
    let fresh = verifier
    let stamp = self.freshStamp()
    let now = self.now
    return try await self.change(by: .system) { directory throws(IdentityError) in
      guard let root = directory.rootRecord else {
        throw IdentityError(.damaged, "the root record went away while the daemon started")
      }
      var replaced: [String] = []
      var changes = try self.replacedKey(root, parameters, directory, stamp, &replaced)
      if let fresh, let password = parameters.password,
        var user = directory.users[root.user]?.record,
        !(user.verifier?.matches(password: password.exposed) ?? false)
      {
        user.verifier = fresh
        user.passwordChangedAt = now
        user.stamp = stamp
        changes.append(RecordChange(user))
        replaced.append("password")
      }
      let audit = AuditDraft("root.replace", "user/\(root.user)", details: replaced)
      let names = replaced
      return ChangePlan(changes, audit) { _ in names }
    }
  }

  private func replacedKey(
    _ root: RootRecord, _ parameters: RootParameters, _ directory: Directory, _ stamp: UInt64,
    _ replaced: inout [String]
  ) throws(IdentityError) -> [RecordChange] {
    let id = parameters.accessKeyID ?? root.keyID
    let opened = directory.openedKeys[root.keyID]
    let isSameSecret =
      parameters.secretAccessKey.map { opened?.secret?.isEqual($0.exposed) ?? false } ?? true
    let isThere = directory.keys[root.keyID] != nil
    guard id != root.keyID || !isSameSecret || (!isThere && parameters.secretAccessKey != nil)
    else { return [] }
    guard let secret = parameters.secretAccessKey?.exposed ?? opened?.secret?.exposed else {
      throw IdentityError(
        .secretSealed, "the root key cannot be renamed: its secret cannot be opened",
        tries: ["set LAKE_ROOT_SECRET_KEY too"])
    }
    if id != root.keyID, directory.keys[id] != nil || directory.clients[id] != nil {
      throw IdentityError(
        .exists, "the root key cannot be \(id)", why: "another key or client has that id")
    }
    var key = AccessKey(id, owner: .user(root.user), description: "root")
      .prepared(at: directory.keys[root.keyID]?.record.createdAt ?? self.now, stamp: stamp)
    key.sealed = try self.opener.seal(secret, keyID: id, random: self.random)
    var changes = [RecordChange(key)]
    if !isSameSecret || !isThere { replaced.append("secret_access_key") }
    if id != root.keyID {
      replaced.append("access_key_id")
      var moved = root
      moved.keyID = id
      changes.append(RecordChange(moved))
      if isThere {
        changes.append(RecordChange(key: RecordKey(.key, root.keyID), value: nil))
      }
    }
    return changes
  }
}
