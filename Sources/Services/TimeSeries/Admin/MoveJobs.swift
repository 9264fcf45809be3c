import Cluster
import JSON
import Runtime
import SeriesColumns
import SeriesStorage
import Values

/// The jobs that move shards: to the next tier, and to the nodes where they belong.
///
/// A move that ends early has changed nothing for readers and writers: the next run begins with what is left.
struct MoveJobs: Sendable {
  let sources: SeriesAdminSources
  /// Of one move, in one run of a job.
  private static let attemptsMax = 3
  /// Named in the result of a run: tables, and errors.
  private static let orphansMax = 100
  private static let errorsMax = 20

  private enum Plan: Sendable {
    case migrations, moves
  }

  var kinds: [JobKind] {
    [
      JobKind(SeriesJob.migrate, { $0.concurrentMax = 1 }) { run in
        try await seriesJob { try await self.run(run, .migrations) }
      },
      JobKind(SeriesJob.place, { $0.concurrentMax = 1 }) { run in
        try await seriesJob { try await self.run(run, .moves) }
      },
    ]
  }

  private func plan(
    _ plan: Plan, _ group: String?, _ desk: any ShardDesk
  ) async throws(SeriesError) -> [PlannedMove] {
    switch plan {
    case .migrations: try await desk.migrations(group: group)
    case .moves: try await desk.moves(group: group)
    }
  }

  private struct Done {
    var report = MoveReport()
    var moves = 0
    var failures: [PlannedMove.Key: Int] = [:]
    var told: Set<String> = []
    var segments = 0
    var groups: Set<String> = []
    /// What kept moves, in the order in which it did.
    var errors: [String] = []
    /// By table, the rows that did not go on.
    var orphans: [String: Int64] = [:]
  }

  private func run(_ run: JobRun, _ plan: Plan) async throws -> JobResult {
    var done = Done()
    guard let desk = self.sources.shards else { return Self.result(done) }
    let group = run.parameters["group"]?.string
    while true {
      try run.checkCancelled()
      // Anew each time: a move changes where the others begin.
      let planned = try await self.plan(plan, group, desk)
      for move in planned {
        guard let problem = move.problem, done.told.insert("\(move.name): \(problem)").inserted
        else { continue }
        run.log("\(move.name) stays: \(problem)")
      }
      let next = planned.first {
        $0.problem == nil && done.failures[$0.key, default: 0] < Self.attemptsMax
      }
      guard let next else { break }
      run.report(
        JobProgress(
          phase: next.name, doneBytes: done.report.bytes,
          totalBytes: done.report.bytes + planned.reduce(0) { $0 + $1.bytes }))
      try await self.take(next, desk, run, &done)
    }
    guard done.failures.values.allSatisfy({ $0 < Self.attemptsMax }) else {
      throw JobFailure("series.move_failed", "some moves failed: the job's log names them")
    }
    return Self.result(done)
  }

  private func take(
    _ move: PlannedMove, _ desk: any ShardDesk, _ run: JobRun, _ done: inout Done
  ) async throws {
    let rate = self.sources.moveBytesPerSecond
    let time = self.sources.time
    do throws(SeriesError) {
      let report = try await desk.run(move) { bytes throws(SeriesError) in
        guard !run.isCancelled else { throw SeriesError(.closed, "the job was cancelled") }
        guard rate > 0 else { return }
        do throws(CancellationError) {
          try await time.sleep(for: .nanoseconds(Int64(bytes) * 1_000_000_000 / rate))
        } catch {
          throw SeriesError(.closed, "the job was cancelled")
        }
      }
      done.report.rows += report.rows
      done.report.bytes += report.bytes
      done.report.files += report.files
      done.moves += 1
      done.segments += move.segments
      done.groups.insert(move.group)
      run.log("\(move.name): \(report.rows) rows, \(report.bytes) bytes copied")
      for orphan in report.orphans {
        run.log(
          "\(move.name): \(orphan.name) is in no schema,"
            + " \(orphan.rows) rows \(orphan.isArchived ? "were archived" : "went")")
        done.orphans[move.group + "/" + orphan.name, default: 0] += orphan.rows
      }
    } catch {
      try run.checkCancelled()
      done.failures[move.key, default: 0] += 1
      run.log("\(move.name) was not moved: \(error.message)")
      if done.errors.count < Self.errorsMax { done.errors.append("\(move.name): \(error.message)") }
      try await time.sleep(for: .seconds(1))
    }
  }

  private static func result(_ done: Done) -> JobResult {
    JobResult([
      "moves_count": .integer(done.moves), "rows_count": .integer(done.report.rows),
      "copied_bytes": .integer(done.report.bytes), "files_count": .integer(done.report.files),
      "skipped_count": .integer(done.told.count), "segments_count": .integer(done.segments),
      "groups": .array(done.groups.sorted().map { .string($0) }),
      "errors": .array(done.errors.map { .string($0) }),
      "orphans": .array(
        done.orphans.sorted { $0.key < $1.key }.prefix(Self.orphansMax).map { name, rows in
          ["table": .string(name), "rows_count": .integer(rows)]
        }),
    ])
  }
}

extension PlannedMove {
  /// What stays the same when it is planned anew.
  struct Key: Hashable, Sendable {
    var group: String
    var stage: String
    var until: Int64
    var shards: [UInt32]
  }

  var key: Key {
    Key(
      group: self.group, stage: self.stage, until: self.times.upperBound,
      shards: self.from.keys.sorted())
  }

  /// For people, and different for all of a plan.
  var name: String {
    switch self.kind {
    case .stage:
      "\(self.group)/\(self.stage) until \(Timestamp(nanoseconds: self.times.upperBound &+ 1))"
    case .nodes:
      "\(self.group)/\(self.stage)/\(self.from.keys.sorted().map(String.init).joined(separator: ","))"
    }
  }
}
