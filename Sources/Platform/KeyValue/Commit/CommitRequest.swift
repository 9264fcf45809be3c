/// One caller's piece of work for the writer thread, and the way back to the caller.
final class CommitRequest: @unchecked Sendable {
  // Sendable: filled before it is queued, touched by the writer thread only after.
  enum Kind {
    case batch
    case conditional([Condition])
    /// Fills the decision's batch; false when it threw, and nothing is to be written.
    case deciding((Decision) -> Bool)
    /// Work that is done between groups: dropping a family.
    case job(() -> Void)
  }

  let kind: Kind
  private(set) var batch: WriteBatch
  let durability: Durability
  let complete: @Sendable (Result<ConditionalOutcome, StoreError>) -> Void
  /// Set while the group is put together, delivered after it is durable.
  var outcome: Result<ConditionalOutcome, StoreError>?

  init(
    _ kind: Kind, _ batch: consuming WriteBatch, _ durability: Durability,
    complete: @escaping @Sendable (Result<ConditionalOutcome, StoreError>) -> Void
  ) {
    self.kind = kind
    self.batch = batch
    self.durability = durability
    self.complete = complete
  }

  /// Whether it reads what commits before it have left.
  var isReading: Bool {
    switch kind {
    case .conditional, .deciding: true
    case .batch, .job: false
    }
  }

  var isJob: Bool {
    if case .job = self.kind { true } else { false }
  }

  func checkFamilies() throws(StoreError) {
    for index in self.batch.families.indices { try self.batch.families[index].checkPresent() }
  }
}
