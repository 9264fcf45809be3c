import Runtime

/// Tokens whose signature was found right, with their policies compiled. Two generations: when the young
/// one is full it becomes the old one, so that what is used stays and memory is bounded.
final class SessionCache: Sendable {
  static let generationMax = 2048

  struct Session: Sendable {
    let claims: SessionClaims
    let scope: TokenScope
    /// Of temporary credentials.
    let secret: String?
    /// The scope's rules and the policy's.
    let narrowing: [RuleSet]
    /// Of delegated credentials: all their rights.
    let rights: RuleSet?
  }

  private struct State {
    var young: [String: Session] = [:]
    var old: [String: Session] = [:]
  }

  private let state = Guarded(State())

  func session(_ token: String) -> Session? {
    self.state.withLock { state in
      if let session = state.young[token] { return session }
      guard let session = state.old[token] else { return nil }
      Self.put(session, token, &state)
      return session
    }
  }

  func put(_ session: Session, for token: String) {
    self.state.withLock { Self.put(session, token, &$0) }
  }

  private static func put(_ session: Session, _ token: String, _ state: inout State) {
    if state.young.count >= self.generationMax {
      state.old = state.young
      state.young = [:]
    }
    state.young[token] = session
  }

  func removeAll() { self.state.withLock { $0 = State() } }
}
