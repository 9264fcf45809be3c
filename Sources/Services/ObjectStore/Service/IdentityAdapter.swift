import Identity
import ObjectModel
import Synchronization
import Values

/// Identity as the object store asks it. What a key proves is kept for as long as the directory of
/// identities is the same, so that a request costs one look into a table.
final class IdentityAdapter: ObjectIdentity {
  private struct Known: Sendable {
    var answers: [String: ObjectModel.AccessKey] = [:]
    /// Which one they were read from. Held, so that no later one can be taken for it.
    var directory: Directory?
    /// When the use of a key was last noted.
    var noted: [String: Int64] = [:]
  }

  private static let countMax = 10_000
  private let identity: IdentityService
  private let time: @Sendable () -> WallTime
  private let known = Mutex(Known())

  init(_ identity: IdentityService, time: @escaping @Sendable () -> WallTime) {
    self.identity = identity
    self.time = time
  }

  func key(
    _ id: String, sessionToken: String?
  ) async throws(IdentityUnavailable) -> KeyAnswer {
    guard sessionToken == nil else { return self.resolve(id, sessionToken) }
    let directory = self.identity.directory
    let kept = self.known.withLock { known -> ObjectModel.AccessKey? in
      guard known.directory === directory else {
        known.directory = directory
        known.answers.removeAll()
        return nil
      }
      return known.answers[id]
    }
    if let kept, kept.endsAt.map({ self.time() < $0 }) ?? true { return .known(kept) }
    let answer = self.resolve(id, nil)
    // During a rotation the former secret ends by the clock: such a key is looked up every time.
    if case .known(let key) = answer, key.formerSecret == nil {
      self.known.withLock { known in
        guard known.directory === directory else { return }
        if known.answers.count >= Self.countMax { known.answers.removeAll() }
        known.answers[id] = key
      }
    }
    return answer
  }

  private func resolve(_ id: String, _ sessionToken: String?) -> KeyAnswer {
    let found: SigningSecrets
    do throws(IdentityError) {
      found = try self.identity.secret(forAccessKey: id, sessionToken: sessionToken)
    } catch {
      switch error.code {
      case .expired: return .expired
      case .valueMalformed where sessionToken != nil: return .badToken
      default: return .unknown
      }
    }
    guard let account = self.identity.account(of: found.principal) else { return .unknown }
    var key = ObjectModel.AccessKey(
      id: id, secret: found.secrets[0],
      version: UInt64(
        bitPattern: self.identity.directory.keys[id]?.revision ?? 0),
      account: ObjectAccount(
        id: account.id, displayName: account.displayName, email: account.email ?? ""),
      principal: account.isRoot
        ? "arn:aws:iam::\(account.id):root" : "arn:aws:iam::\(account.id):user/\(account.name)",
      userName: account.name, isAccountRoot: account.isRoot, mayCreateBuckets: account.isRoot)
    key.formerSecret = found.secrets.count > 1 ? found.secrets[1] : nil
    key.sessionToken = sessionToken.map { Secret($0) }
    key.isDelegation = account.isDelegation
    key.endsAt = found.principal.expiresAt
    return .known(key)
  }

  func account(_ id: String) async throws(IdentityUnavailable) -> ObjectAccount? {
    self.identity.directory.accounts[id].map { Self.account($0.record) }
  }

  func account(email: String) async throws(IdentityUnavailable) -> ObjectAccount? {
    let wanted = email.lowercased()
    return self.identity.directory.accounts.values
      .first { $0.record.email?.lowercased() == wanted }
      .map { Self.account($0.record) }
  }

  static func account(_ account: Account) -> ObjectAccount {
    ObjectAccount(
      id: account.id, displayName: account.displayName, email: account.email ?? "")
  }

  func evaluate(
    _ request: ObjectModel.AccessRequest
  ) async throws(IdentityUnavailable) -> AccessDecision {
    guard let action = Action(named: request.action),
      let found = try? self.identity.secret(
        forAccessKey: request.key.id, sessionToken: request.key.sessionToken?.exposed)
    else { return .noStatement }
    let decision = self.identity.evaluate(
      found.principal,
      Identity.AccessRequest(
        action, on: request.resource, self.context(request.context),
        resourceOwner: request.resourceOwner))
    if decision.isAllowed { return .allowed }
    return decision.source == Decision.defaultSource ? .noStatement : .denied
  }

  private func context(_ texts: [String: [String]]) -> AccessContext {
    var context = AccessContext(time: self.time())
    for (name, values) in texts {
      switch name {
      case "aws:sourceip": context.sourceAddress = values.first.flatMap { NetworkAddress($0) }
      case "aws:securetransport": context.isSecure = values == ["true"]
      case "aws:useragent": context.userAgent = values.first
      case "aws:referer": context.referer = values.first
      default:
        guard let key = ConditionKey(name) else { continue }
        context.values.append(AccessContext.Value(key, values))
      }
    }
    return context
  }

  /// Noted once a second for each key: "last used" is for people.
  func accepted(_ key: ObjectModel.AccessKey) {
    let second = self.time().nanoseconds / 1_000_000_000
    let isNew = self.known.withLock { known -> Bool in
      if known.noted[key.id] == second { return false }
      if known.noted.count >= Self.countMax { known.noted.removeAll() }
      known.noted[key.id] = second
      return true
    }
    guard isNew,
      let found = try? self.identity.secret(
        forAccessKey: key.id, sessionToken: key.sessionToken?.exposed)
    else { return }
    self.identity.signatureAccepted(found.principal)
  }

  func refused(keyID: String, source: String) {
    self.identity.signatureRefused(accessKey: keyID, source: source)
  }
}
