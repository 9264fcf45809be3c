package import Cluster
private import Runtime

/// What a test breaks.
struct ModelFaults: Sendable {
  var outage: FactsError?
  /// How many of the next changes happen without an answer.
  var lostAnswers = 0
  var delay: (@Sendable (ModelFacts.Operation) async -> Void)?
}

extension ModelFacts {
  package enum Operation: String, Sendable {
    case get, list, commit, watch, grantLease, keepAlive, revokeLease

    var changes: Bool {
      switch self {
      case .commit, .grantLease, .keepAlive, .revokeLease: true
      case .get, .list, .watch: false
      }
    }
  }

  /// Every call fails with `code` and changes nothing, and watches fall silent, until `recover`.
  package func fail(_ code: FactsError.Code) {
    self.faults.withLock { $0.outage = FactsError(code, "the test says so") }
  }

  package func recover() {
    self.faults.withLock { $0.outage = nil }
    self.table.withLock { table in for watch in table.watches.values { watch.bell.ring() } }
  }

  /// The next `count` changes are made, and their callers are told `unknownOutcome`.
  package func loseAnswers(_ count: Int) { self.faults.withLock { $0.lostAnswers = count } }

  /// Called before each operation and, for one that changes something, behind it: for latency under a
  /// simulated clock.
  package func delay(with body: @escaping @Sendable (Operation) async -> Void) {
    self.faults.withLock { $0.delay = body }
  }

  var isInOutage: Bool { self.faults.withLock { $0.outage != nil } }

  func before(_ operation: Operation) async throws(FactsError) {
    if let delay = self.faults.withLock({ $0.delay }) { await delay(operation) }
    if let outage = self.faults.withLock({ $0.outage }) { throw outage }
  }

  func after(_ operation: Operation) async throws(FactsError) {
    if let delay = self.faults.withLock({ $0.delay }) { await delay(operation) }
    let isLost = self.faults.withLock { faults in
      guard faults.lostAnswers > 0 else { return false }
      faults.lostAnswers -= 1
      return true
    }
    if isLost { throw FactsError(.unknownOutcome, "the answer was lost: the test says so") }
  }
}
