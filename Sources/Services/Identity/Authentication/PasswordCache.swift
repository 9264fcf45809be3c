import Bytes
import Crypto
import Runtime

/// Passwords that were found right, as keyed hashes under a key of this process: a client that sends its
/// password with each request pays for PBKDF2 once. A changed password is another verifier, and so
/// another entry.
final class PasswordCache: Sendable {
  static let generationMax = 4096

  private struct State {
    var young: Set<Digest<32>> = []
    var old: Set<Digest<32>> = []
  }

  private let hmac: HMACSHA256
  private let state = Guarded(State())

  init(random: any RandomSource) {
    var key = random.bytes(32)
    self.hmac = HMACSHA256(key: key)
    SecretBytes.clear(&key)
  }

  private func entry(_ user: String, _ password: String, _ verifier: SCRAMVerifier) -> Digest<32> {
    var bytes = ByteWriter(capacity: 256)
    bytes.append(verifier.storedKey)
    bytes.append(littleEndian: UInt32(truncatingIfNeeded: user.utf8.count))
    bytes.append(user)
    bytes.append(password)
    return self.hmac.code(of: bytes.bytes)
  }

  func knows(_ user: String, _ password: String, _ verifier: SCRAMVerifier) -> Bool {
    let entry = self.entry(user, password, verifier)
    return self.state.withLock { state in
      if state.young.contains(entry) { return true }
      guard state.old.contains(entry) else { return false }
      Self.put(entry, &state)
      return true
    }
  }

  func remember(_ user: String, _ password: String, _ verifier: SCRAMVerifier) {
    let entry = self.entry(user, password, verifier)
    self.state.withLock { Self.put(entry, &$0) }
  }

  private static func put(_ entry: Digest<32>, _ state: inout State) {
    if state.young.count >= self.generationMax {
      state.old = state.young
      state.young = []
    }
    state.young.insert(entry)
  }
}
