private import Values
import Crypto
import ObjectModel
import Synchronization

/// Keys derived for a day and a region: four HMACs once, not on every request.
final class SigningKeys: Sendable {
  private struct Name: Hashable {
    var key: String
    var version: UInt64
    var scope: SigV4Scope
  }

  static let countMax = 10_000
  private let keys = Mutex<[Name: SigV4Key]>([:])

  func key(_ key: AccessKey, _ scope: SigV4Scope) -> SigV4Key {
    self.key(Name(key: key.id, version: key.version, scope: scope), key.secret)
  }

  /// Made of the secret before, during the grace of a rotation.
  func formerKey(_ key: AccessKey, _ scope: SigV4Scope) -> SigV4Key? {
    key.formerSecret.map {
      self.key(Name(key: key.id, version: ~key.version, scope: scope), $0)
    }
  }

  private func key(_ name: Name, _ secret: Secret<String>) -> SigV4Key {
    if let known = self.keys.withLock({ $0[name] }) { return known }
    let derived = SigV4Key(secret: secret.exposed, scope: name.scope)
    self.keys.withLock { keys in
      // Days go by: what is old goes with all else, and is derived again.
      if keys.count >= Self.countMax { keys.removeAll() }
      keys[name] = derived
    }
    return derived
  }
}
