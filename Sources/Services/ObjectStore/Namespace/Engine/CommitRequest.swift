internal import ObjectModel

/// A deciding commit that waits for its turn, for any kind of transaction.
final class CommitRequest<Transaction>: @unchecked Sendable {
  // Sendable: handed from the caller to the one task that commits, and back through a continuation.
  /// Runs the caller's closure and keeps what it returned.
  let decide: (inout Transaction) throws -> Void
  /// Set when the closure refused: told once what it saw is durable.
  var failure: NamespaceError?
  private let waiter: UnsafeContinuation<NamespaceError?, Never>

  init(
    _ waiter: UnsafeContinuation<NamespaceError?, Never>,
    _ decide: @escaping (inout Transaction) throws -> Void
  ) {
    self.waiter = waiter
    self.decide = decide
  }

  func resume(_ error: NamespaceError?) { self.waiter.resume(returning: error ?? self.failure) }
}

/// What a caller's closure returned, on its way out of the committing task.
final class CommitResult<R: Sendable>: @unchecked Sendable {
  // Sendable: written before the caller is resumed, read after.
  var value: R?
}
