import Observability
import Runtime
import Values

extension IcebergCatalog {
  /// Forgets what is over, until the task is cancelled.
  func runUpkeep() async {
    while true {
      do throws(CancellationError) {
        try await self.time.sleep(for: .seconds(600))
      } catch {
        return
      }
      await self.forgetOld()
    }
  }

  /// Outcomes of requests live as long as clients may repeat them, and five minutes more.
  func forgetOld() async {
    let now = self.nowMS
    do {
      let gone = try await self.store.forget(
        requestsBefore: now - (self.options.requestLifetimeSeconds + 300) * 1000,
        eventsBefore: now - self.options.eventRetentionSeconds * 1000)
      _ = try await self.store.thinStatistics(atMS: now)
      guard gone.requests + gone.events > 0 else { return }
      self.log.debug(
        "forgot what is over",
        ["requests": .integer(Int64(gone.requests)), "events": .integer(Int64(gone.events))])
    } catch {
      self.log.warning("what is over could not be forgotten", ["error": .describing(error)])
    }
  }
}
