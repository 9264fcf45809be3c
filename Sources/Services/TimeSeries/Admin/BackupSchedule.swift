package import Cluster
import Hosting
import JSON
import Runtime
package import SeriesBackup
import SeriesColumns
package import Values

/// Backups by the clock: when the newest one of them is old enough, another is due. So a restart makes none, and of
/// several liaisons that look the first one does.
package struct BackupSchedule: Sendable {
  /// What names of such backups end with.
  package static let suffix = "-auto"

  private let place: String
  private let interval: Duration
  private let keep: Int

  /// - Parameter keep: how many of them stay; 0: all.
  package init(place: String, interval: Duration, keep: Int) {
    self.place = place
    self.interval = interval
    self.keep = keep
  }

  /// The job that is due now; nil when none is.
  package func due(in backups: SeriesBackups, now: WallTime) async throws -> JobRequest? {
    let newest = try await backups.names().last { $0.hasSuffix(Self.suffix) }
    if let newest, let manifest = try await backups.manifest(newest),
      let made = try? WallTime(Timestamp(parsing: manifest.createdAt))
    {
      let age = now - made
      // One from the future does not keep others from being made for ever.
      guard age >= self.interval || age < .zero else { return nil }
    }
    let parameters: JSONValue = [
      "place": .string(self.place), "keep": .integer(Int64(self.keep)),
    ]
    return JobRequest(
      SeriesJob.backup, what: "back all groups up to \(self.place)", parameters: parameters,
      joinKey: "schedule\n\(self.place)", requester: "system:series-liaison")
  }

  /// Asks for what is due, until the task is cancelled.
  ///
  /// - Parameter failed: hears why it is not known.
  package func run(
    _ sources: SeriesAdminSources, failed: @Sendable (String) -> Void
  ) async throws(CancellationError) {
    while true {
      try await sources.time.sleep(for: min(self.interval, .seconds(60)))
      do {
        let backups = try sources.backups(in: self.place)
        guard let request = try await self.due(in: backups, now: sources.time.wallNow) else {
          continue
        }
        _ = try await sources.desk.jobs.submit(request)
      } catch {
        failed((error as? SeriesError)?.message ?? "\(error)")
      }
    }
  }
}
