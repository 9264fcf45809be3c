import Cluster
import Configuration
import Hosting
import JSON
import Observability
import Runtime
import SeriesAdmin
import SeriesColumns
import SeriesStorage
import Values

/// Asks now and then for the jobs that move shards, when there is something to move. Liaisons that ask at the same
/// time ask for the same job.
struct MoveSchedule: Sendable {
  private let host: ServiceHost
  private let roles: SeriesRoles

  init(_ host: ServiceHost, _ roles: SeriesRoles) {
    self.host = host
    self.roles = roles
  }

  /// Until the task is cancelled.
  func run() async throws(CancellationError) {
    let configuration = self.host.configuration
    await withTaskGroup(of: Void.self) { tasks in
      tasks.addTask {
        try? await self.every(
          configuration[SeriesKeys.migrateInterval], SeriesJob.migrate,
          "move old rows to the next stage"
        ) { desk throws(SeriesError) in try await desk.migrations(group: nil) }
      }
      tasks.addTask {
        try? await self.every(
          configuration[SeriesKeys.placeInterval], SeriesJob.place,
          "move shards to where they belong"
        ) { desk throws(SeriesError) in try await desk.moves(group: nil) }
      }
      await tasks.waitForAll()
    }
    throw CancellationError()
  }

  private func every(
    _ interval: Duration, _ kind: String, _ what: String,
    _ plan: @Sendable (any ShardDesk) async throws(SeriesError) -> [PlannedMove]
  ) async throws(CancellationError) {
    guard interval > .zero else { return }
    while true {
      try await self.host.group.loops[0].sleep(for: interval)
      guard let desk = self.roles.shards else { continue }
      do throws(SeriesError) {
        guard try await plan(desk).contains(where: { $0.problem == nil }) else { continue }
      } catch {
        self.host.log.warning("what is to move is not known", ["error": .text(error.message)])
        continue
      }
      // One at a time: the same key joins the one that runs.
      let request = JobRequest(
        kind, what: what, parameters: .object(JSONObject()), joinKey: SeriesJob.joinKeyOfAll,
        requester: "system:series-liaison")
      _ = try? await self.host.desk.jobs.submit(request)
    }
  }
}
