import Bytes
import Crypto
import Security
import Values

/// How far sealing anew has come. A job keeps `after` as its cursor: starting again there, or at the
/// beginning, does no harm.
package struct ResealProgress: Hashable, Sendable {
  /// Where to go on; nil when all is done.
  package var after: String?
  /// Secrets sealed anew by this step.
  package var resealedCount: Int
  /// Keys that still have a secret under an old version.
  package var remainingCount: Int
  /// Keys whose secret the ring does not open: they are left as they are.
  package var unreadableCount: Int
}

extension IdentityService {
  /// Seals the secrets of up to `limit` keys behind `cursor` under the newest version. One transaction.
  package func resealSecrets(
    after cursor: String? = nil, limit: Int = 50, by author: Author = .system
  ) async throws(IdentityError) -> ResealProgress {
    precondition((1...100).contains(limit), "\(limit) keys in one step")
    guard let version = self.opener.ring.sealingKey(for: SecretOpener.purpose)?.version else {
      throw IdentityError(.keysUnavailable, "the key ring has no key for access key secrets")
    }
    return try await self.change(by: author) { directory throws(IdentityError) in
      let old = directory.keys.values.map(\.record)
        .filter { $0.isSealed(underOtherThan: version) }.sorted { $0.id < $1.id }
      let rest = old.filter { key in cursor.map { key.id > $0 } ?? true }
      let some = rest.prefix(limit)
      var progress = ResealProgress(
        after: rest.count > some.count ? some.last?.id : nil, resealedCount: 0,
        remainingCount: old.count, unreadableCount: 0)
      var changes: [RecordChange] = []
      for key in some {
        if let resealed = try self.resealed(key) {
          changes.append(RecordChange(resealed))
          progress.resealedCount += 1
          progress.remainingCount -= 1
        } else {
          progress.unreadableCount += 1
        }
      }
      let audit = AuditDraft(
        "key.reseal", "keys", details: ["\(progress.resealedCount) under version \(version)"])
      let result = progress
      return ChangePlan(changes, audit) { _ in result }
    }
  }

  /// Nil when the ring does not open it.
  private func resealed(_ key: AccessKey) throws(IdentityError) -> AccessKey? {
    guard let secret = try? self.opener.open(key.sealed, keyID: key.id) else { return nil }
    var key = key
    key.sealed = try self.opener.seal(secret.exposed, keyID: key.id, random: self.random)
    if let former = key.former {
      guard let text = try? self.opener.open(former.sealed, keyID: key.id) else { return nil }
      key.former?.sealed = try self.opener.seal(
        text.exposed, keyID: key.id, random: self.random)
    }
    return key
  }

  /// Destroys versions of the secrets' key that seal nothing any more. Returns which.
  package func retireSecretKeys(by author: Author = .system) async throws(IdentityError) -> [UInt32]
  {
    _ = try await self.reload()
    var used: Set<UInt32> = []
    for key in self.directory.keys.values.map(\.record) {
      for sealed in [key.sealed, key.former?.sealed ?? []] {
        if let version = SecretOpener.version(of: sealed) { used.insert(version) }
      }
    }
    return try await self.retire(SecretOpener.purpose, keeping: used, by: author)
  }

  /// Destroys all but the newest version of the session key: what it signed is good no more.
  package func retireSessionKeys(
    by author: Author = .system
  ) async throws(IdentityError) -> [UInt32] {
    let retired = try await self.retire(SessionSigner.purpose, keeping: [], by: author)
    self.signer.forget()
    self.sessions.removeAll()
    return retired
  }

  private func retire(
    _ purpose: String, keeping used: Set<UInt32>, by author: Author
  ) async throws(IdentityError) -> [UInt32] {
    let ring = self.opener.ring
    guard let newest = ring.sealingKey(for: purpose) else { return [] }
    var retired: [UInt32] = []
    for key in ring.keys where key.purpose == purpose && key.version != newest.version {
      guard !used.contains(key.version) else { continue }
      do {
        try await ring.destroy(id: key.id, version: key.version)
      } catch {
        throw IdentityError(
          .keysUnavailable, "version \(key.version) of \(purpose) cannot be destroyed",
          why: error.message)
      }
      retired.append(key.version)
    }
    if !retired.isEmpty {
      await self.note(
        "keys.retire", purpose, details: retired.map { "version \($0)" }, by: author)
    }
    return retired
  }
}

extension AccessKey {
  func isSealed(underOtherThan version: UInt32) -> Bool {
    SecretOpener.version(of: self.sealed) != version
      || self.former.map { SecretOpener.version(of: $0.sealed) != version } ?? false
  }
}
