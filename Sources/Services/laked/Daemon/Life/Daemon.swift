private import Configuration
package import Observability
package import Runtime
import Synchronization
import Values

/// One daemon from start to end. `serve` is its whole life; everything it opens it closes, in reverse
/// order, whatever went wrong in between.
package final class Daemon: Sendable {
  let plan: DaemonPlan
  let group: EventLoopGroup
  let logs: LogSystem
  let log: Logger
  package let stop = StopGate()
  let live: LiveConfiguration
  let isReady = Atomic<Bool>(false)
  let parts = Mutex<DaemonParts?>(nil)

  package init(_ plan: DaemonPlan, group: EventLoopGroup, logs: LogSystem) {
    self.plan = plan
    self.group = group
    self.logs = logs
    self.log = logs.logger("laked")
    self.live = LiveConfiguration(plan.configuration) {
      let command = try DaemonCommand.parse(
        plan.arguments, environment: ConfigurationSources.processEnvironment(),
        services: plan.services)
      guard case .run(_, _, let configuration) = command else { return plan.configuration }
      return configuration
    }
  }
}
