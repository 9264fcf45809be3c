import GRPC

/// What a call to etcd that did not go well means.
enum EtcdFailure: Sendable {
  /// An answer: trying again would give the same.
  case answer(FactsError)
  /// Nothing was done: another endpoint, or this one later, may do it.
  case unavailable
  /// It may have been done.
  case unknown
  /// The token is no longer good; nothing was done.
  case needsToken

  init(_ status: GRPCStatus) {
    switch status.code {
    case .notFound where status.message.contains("lease"):
      self = .answer(FactsError(.leaseEnded, status.message))
    case .outOfRange where status.message.contains("compacted"):
      self = .answer(FactsError(.compacted, status.message))
    case .unauthenticated: self = .needsToken
    case .invalidArgument: self = Self.ofArgument(status)
    case .permissionDenied, .failedPrecondition:
      self = .answer(FactsError(.denied, status.message))
    case .resourceExhausted: self = Self.ofExhaustion(status)
    case .dataLoss: self = .answer(FactsError(.damaged, status.message))
    case .unimplemented:
      self = .answer(FactsError(.unavailable, "this is no etcd 3.4 or newer: \(status.message)"))
    default:
      // Refused before it was proposed: by us, by the server, or for want of a leader.
      let isUnseen = status.isUnseen || status.message == "etcdserver: no leader"
      self = isUnseen ? .unavailable : .unknown
    }
  }

  private static func ofArgument(_ status: GRPCStatus) -> EtcdFailure {
    let message = status.message
    // The rights have changed since the token was made.
    if message.contains("auth store is old") { return .needsToken }
    if message.contains("too large") || message.contains("too many operations") {
      return .answer(FactsError(.tooLarge, message))
    }
    if message.contains("authentication") || message.contains("user name") {
      return .answer(FactsError(.denied, message))
    }
    return .answer(FactsError(.unavailable, "etcd refuses the request: \(message)"))
  }

  private static func ofExhaustion(_ status: GRPCStatus) -> EtcdFailure {
    if status.message.contains("space exceeded") {
      return .answer(
        FactsError(.fullDisk, "etcd is over its quota: \(status.message)"))
    }
    if status.message.contains("too many requests") {
      return .answer(FactsError(.overloaded, status.message))
    }
    return .answer(FactsError(.tooLarge, status.message))
  }
}
