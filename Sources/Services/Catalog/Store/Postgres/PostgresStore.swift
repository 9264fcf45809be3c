import Bytes
import Iceberg
import Observability
import Postgres
import Runtime
import Values

/// The catalog's store on PostgreSQL: for any number of processes.
///
/// A change is one pipelined transaction, a read one statement. Row locks order changes of one object;
/// what two transactions create at once, constraints and advisory locks of the transaction keep apart.
final class PostgresStore: CatalogStore {
  let pool: PostgresPool
  let known = KnownDocuments()
  private let random: any RandomSource
  private let time: any TimeSource
  /// Waits for threads to end.
  private let blocking: BlockingPool
  let isShared = true
  /// Whoever serves the table next may be another machine, which does not know the file.
  let holdsFiles = false
  /// A change that others were in the way of is made anew this often.
  private static let attemptsMax = 5

  /// Connects, and brings the tables up to date; blocks.
  init(
    _ options: PostgresOptions, time: any TimeSource, random: any RandomSource,
    blocking: BlockingPool, metrics: MetricRegistry? = nil
  ) throws(CatalogStoreError) {
    self.time = time
    self.random = random
    self.blocking = blocking
    self.pool = PostgresPool(options, metrics: metrics)
    do {
      try PostgresMigrating(self.pool).run()
    } catch {
      self.pool.stop()
      throw (error as? CatalogStoreError) ?? CatalogStoreError(.unavailable, "\(error)")
    }
  }

  func apply(_ change: CatalogChange) async throws(CatalogStoreError) -> ChangeOutcome {
    let steps = try PostgresSteps(change)
    let batch = PostgresBatch(
      steps.statements, isReading: false, sharing: Self.sharing(change))
    guard !batch.statements.isEmpty else { return .applied }
    for attempt in 1...Self.attemptsMax {
      switch await self.attempt(batch) {
      case .done:
        self.keep(change)
        return .applied
      case .lost(let error): throw error
      case .failed(let error):
        let position = steps.steps[min(error.statement, steps.steps.count - 1)]
        let step = change.steps.indices.contains(position) ? change.steps[position] : nil
        switch PostgresRefusal(error, step, in: change.warehouse) {
        case .refused(let refusal): return .refused(refusal, step: position)
        case .requestTaken:
          if let taken = try await self.taken(change.request) { return taken }
        case .nameTaken(let identifier):
          if let entry = try await self.entry(identifier, in: change.warehouse) {
            return .refused(.nameTaken(identifier, entry.kind), step: position)
          }
        case .again: try await self.pause(attempt)
        case .unexpected: throw CatalogStoreError(.damaged, error.description)
        }
      }
    }
    throw CatalogStoreError(.overloaded, "other changes were in the way again and again")
  }

  /// The next commit on the table begins with what this one has written.
  private func keep(_ change: CatalogChange) {
    for step in change.steps {
      guard case .replace(let record, let document, _) = step else { continue }
      self.known.keep(
        KnownDocuments.Known(id: record.id, document: StoredDocument(record, document)),
        KnownDocuments.Key(warehouse: change.warehouse, identifier: record.identifier))
    }
  }

  /// The one row that a commit of one table or view locks. Commits that come together are one
  /// transaction: nobody could tell whether they were two.
  private static func sharing(_ change: CatalogChange) -> String? {
    guard change.steps.count == 1, case .replace(let record, _, _) = change.steps[0] else {
      return nil
    }
    return record.id.description
  }

  private enum Attempt {
    case done
    case failed(PostgresError)
    case lost(CatalogStoreError)
  }

  private func attempt(_ batch: PostgresBatch) async -> Attempt {
    do throws(PostgresError) {
      _ = try await self.pool.run(batch)
      return .done
    } catch {
      // 53: out of connections, memory, disk; 57: cancelled. Nothing was changed.
      if error.code == .failed, !error.state.hasPrefix("53"), !error.state.hasPrefix("57") {
        return .failed(error)
      }
      return .lost(CatalogStoreError(error))
    }
  }

  private func taken(_ request: RequestRecord?) async throws(CatalogStoreError) -> ChangeOutcome? {
    guard let request else { return nil }
    return try await self.request(request.key).map { .refused(.requestTaken($0), step: 0) }
  }

  /// A random while, longer each time, so that the same two do not meet again.
  private func pause(_ attempt: Int) async throws(CatalogStoreError) {
    let milliseconds = Int64(self.random.next() % UInt64(20 << attempt))
    do throws(CancellationError) {
      try await self.time.sleep(for: .milliseconds(milliseconds))
    } catch {
      throw CatalogStoreError(.unavailable, "the request was cancelled")
    }
  }

  func heldFiles(
    after location: String?, limit: Int
  ) async throws(CatalogStoreError) -> [HeldFile] { [] }
  func release(_ locations: [String]) async throws(CatalogStoreError) {}

  func ping() async throws(CatalogStoreError) {
    _ = try await self.read(PostgresStatement("SELECT 1"))
  }

  func close() async {
    let pool = self.pool
    try? await self.blocking.run { pool.stop() }
  }

  func read(_ statement: PostgresStatement) async throws(CatalogStoreError) -> PostgresRows {
    do throws(PostgresError) { return try await self.pool.read(statement) } catch {
      throw CatalogStoreError(error)
    }
  }
}

extension CatalogStoreError {
  init(_ error: PostgresError) {
    switch error.code {
    case .unavailable: self.init(.unavailable, error.message)
    case .overloaded: self.init(.overloaded, error.message)
    case .unknownOutcome: self.init(.unknownOutcome, error.message)
    case .failed:
      let passes = error.state.hasPrefix("53") || error.state.hasPrefix("57")
      self.init(passes ? .unavailable : .damaged, error.description)
    }
  }
}
