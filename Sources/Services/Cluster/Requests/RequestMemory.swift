import Bytes
package import Runtime
import Synchronization
import Values

/// Remembers for a day what a write was answered, so that a repeat is answered the same and done once.
///
///     switch try await memory.begin(principal, id, fingerprint: digest) {
///     case .new(let ticket):       // do it, then memory.finish(ticket, answer: bytes)
///     case .answered(let bytes):   // the first answer again
///     case .inProgress:            // "still being done: try again"
///     case .differs:               // "this request id was used for another request"
///     }
package final class RequestMemory: Sendable {
  package static let answerByteCountMax = 64 << 10
  package static let fingerprintByteCountMax = 64

  package struct Options: Sendable {
    package var kept = Duration.seconds(86_400)
    /// A request that was begun this long ago and has no answer is taken for dead, its node with it.
    package var pendingMax = Duration.seconds(120)
    package var sweepInterval = Duration.seconds(3600)
    package init(_ change: (inout Options) -> Void = { _ in }) { change(&self) }
  }

  package enum Outcome: Hashable, Sendable {
    case new(Ticket)
    case inProgress
    case answered([UInt8])
    case differs
  }

  /// The right to answer a request.
  package struct Ticket: Hashable, Sendable {
    let key: FactKey
    let revision: FactRevision
    let fingerprint: [UInt8]
    let startedAt: WallTime
  }

  private let facts: any Facts
  private let time: any TimeSource
  private let options: Options

  /// Given up, but the store could not be told: this process at least takes them for dead.
  private let unforgotten = Mutex<Set<Ticket>>([])

  private static let prefix = "requests/"
  private static let unforgottenCountMax = 1024

  package init(_ facts: any Facts, time: any TimeSource, _ options: Options = Options()) {
    self.facts = facts
    self.time = time
    self.options = options
  }

  /// Looks the request up, and takes it when nobody has it.
  ///
  /// - Parameter fingerprint: of what is asked; a repeat has the same.
  package func begin(
    _ principal: String, _ requestID: String, fingerprint: [UInt8]
  ) async throws(ClusterError) -> Outcome {
    let key = try Self.key(principal, requestID)
    precondition(
      fingerprint.count <= Self.fingerprintByteCountMax, "a fingerprint of \(fingerprint.count)")
    while true {
      let now = self.time.wallNow
      let fact = try await clustered { () throws(FactsError) in try await self.facts.get(key) }
      if let fact {
        let record = try await clustered { () throws(FactsError) in try RequestRecord(fact: fact) }
        let isKept = record.startedAt + self.options.kept > now
        let isDead = self.unforgotten.withLock {
          $0.contains { $0.key == key && $0.revision == fact.modifiedAt }
        }
        let isAlive = !isDead && record.startedAt + self.options.pendingMax > now
        if isKept, record.fingerprint != fingerprint { return .differs }
        if isKept, let answer = record.answer { return .answered(answer) }
        if record.answer == nil, isAlive { return .inProgress }
      }
      let record = RequestRecord(startedAt: now, fingerprint: fingerprint, answer: nil)
      let value = record.bytes
      // Without an answer nobody knows whether it is ours: what was begun then waits for its time.
      let outcome = try await clustered { () throws(FactsError) in
        try await self.facts.put(
          key, value, if: .isUnchanged(key, since: fact?.modifiedAt ?? .zero))
      }
      if let revision = outcome.revision {
        self.unforgotten.withLock { tickets in
          guard !tickets.isEmpty else { return }
          tickets = tickets.filter { $0.key != key && $0.startedAt + self.options.pendingMax > now }
        }
        return .new(
          Ticket(key: key, revision: revision, fingerprint: fingerprint, startedAt: now))
      }
    }
  }

  /// Keeps the answer. Throws `conflict` when somebody else has taken the request meanwhile.
  ///
  /// - Precondition: at most `answerByteCountMax` bytes.
  package func finish(_ ticket: Ticket, answer: [UInt8]) async throws(ClusterError) {
    precondition(answer.count <= Self.answerByteCountMax, "an answer of \(answer.count) bytes")
    let record = RequestRecord(
      startedAt: ticket.startedAt, fingerprint: ticket.fingerprint, answer: answer)
    let outcome: FactOutcome
    do throws(FactsError) {
      outcome = try await self.facts.put(
        ticket.key, record.bytes, if: .isUnchanged(ticket.key, since: ticket.revision))
    } catch {
      guard error.code == .unknownOutcome else { throw ClusterError(error) }
      let found = try await clustered { () throws(FactsError) in
        try await self.facts.get(ticket.key)
      }
      guard found?.value != record.bytes else { return }
      throw ClusterError(error)
    }
    // Answered already by an attempt whose own answer was lost.
    if case .refused(_, let current) = outcome, current?.value != record.bytes {
      throw ClusterError(.conflict, "the request took so long that it was taken for dead")
    }
  }

  /// Nothing was done: a repeat begins anew.
  package func abandon(_ ticket: Ticket) async throws(ClusterError) {
    do throws(FactsError) {
      _ = try await self.facts.delete(
        ticket.key, if: .isUnchanged(ticket.key, since: ticket.revision))
    } catch {
      self.unforgotten.withLock { tickets in
        guard tickets.count < Self.unforgottenCountMax else { return }
        tickets.insert(ticket)
      }
      throw ClusterError(error)
    }
  }

  private static func key(
    _ principal: String, _ requestID: String
  ) throws(ClusterError) -> FactKey {
    guard (1...256).contains(principal.utf8.count), (1...128).contains(requestID.utf8.count),
      !principal.utf8.contains(0), !requestID.utf8.contains(0)
    else {
      throw ClusterError(
        .invalid, "a request id of \(requestID.utf8.count) bytes: 1 to 128, without NUL")
    }
    // With its length, so that no two pairs make the same name.
    return FactKey("\(self.prefix)\(principal.utf8.count)/\(principal)/\(requestID)")
  }

  // MARK: Forgetting

  /// Forgets old requests now and then, until the task is cancelled. Any node may.
  package func run() async throws(CancellationError) {
    while true {
      try? await self.sweep()
      try await self.time.sleep(for: self.options.sweepInterval)
    }
  }

  package func sweep() async throws(FactsError) {
    var after: FactKey?
    repeat {
      let page = try await self.facts.list(Self.prefix, after: after, limit: 256)
      after = page.hasMore ? page.facts.last?.key : nil
      for fact in page.facts {
        if let record = try? RequestRecord(fact: fact),
          record.startedAt + self.options.kept > self.time.wallNow
        {
          continue
        }
        _ = try await self.facts.delete(
          fact.key, if: .isUnchanged(fact.key, since: fact.modifiedAt))
      }
    } while after != nil
  }
}

/// The bytes of a remembered request: format (1, is 1), state (1: 0 pending, 1 answered), started at (8,
/// nanoseconds since 1970, little-endian), length of the fingerprint (1), fingerprint, answer.
struct RequestRecord: Hashable, Sendable {
  var startedAt: WallTime
  var fingerprint: [UInt8]
  var answer: [UInt8]?

  init(startedAt: WallTime, fingerprint: [UInt8], answer: [UInt8]?) {
    self.startedAt = startedAt
    self.fingerprint = fingerprint
    self.answer = answer
  }

  init(fact: Fact) throws(FactsError) {
    var reader = ByteReader(fact.value.rawBytes)
    guard reader.byte() == 1, let state = reader.byte(), state <= 1,
      let startedAt = reader.littleEndian(Int64.self), let count = reader.byte(),
      let fingerprint = reader.take(Int(count))
    else { throw .damaged("the request \(fact.key) cannot be read") }
    self.startedAt = WallTime(nanoseconds: startedAt)
    self.fingerprint = fingerprint.array
    self.answer = state == 1 ? reader.rest.array : nil
  }

  var bytes: [UInt8] {
    var target = ByteWriter(capacity: 64 + (self.answer?.count ?? 0))
    target.append(1)
    target.append(self.answer == nil ? 0 : 1)
    target.append(littleEndian: self.startedAt.nanoseconds)
    target.append(UInt8(self.fingerprint.count))
    target.append(self.fingerprint)
    target.append(self.answer ?? [])
    return target.bytes.array
  }
}
