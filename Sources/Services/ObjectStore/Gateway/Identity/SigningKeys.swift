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
    let name = Name(key: key.id, version: key.version, scope: scope)
    if let known = self.keys.withLock({ $0[name] }) { return known }
    let derived = SigV4Key(secret: key.secret.exposed, scope: scope)
    self.keys.withLock { keys in
      // Days go by: what is old goes with all else, and is derived again.
      if keys.count >= Self.countMax { keys.removeAll() }
      keys[name] = derived
    }
    return derived
  }
}
