package import AdminServing
package import Cluster
package import Configuration
package import Values

/// A service of the daemon. To add one: a folder with its code, a descriptor, and a line in the list of
/// `laked`.
///
/// The daemon calls `register`, then, in the order of its list, `start`; each one's `run` begins before the
/// next starts, so that a service may use those before it. When all are up it is ready. At the end come
/// `drain` and `stop`, in reverse order; `run` is cancelled last.
package protocol HostedService: Sendable {
  /// The kinds of jobs that it does.
  var jobKinds: [JobKind] { get }
  /// Adds the service's part of the admin API.
  func register(in routes: inout AdminRoutes) throws
  /// Opens its stores and its doors; returns once it can answer.
  func start() async throws
  /// Its background work, in child tasks; ends when the task is cancelled. Ending otherwise with an error
  /// ends the daemon.
  func run() async throws
  /// Stops accepting, lets what is under way finish until `deadline`.
  func drain(until deadline: MonotonicTime) async
  /// Accepts again after a drain.
  func undrain() async
  /// Flushes and closes its stores.
  func stop() async
  /// Takes new values of keys that need no restart.
  func reload(_ configuration: Configuration) async
  /// How it is; asked often, so it must not block.
  var health: ServiceHealth { get }
}

extension HostedService {
  package var jobKinds: [JobKind] { [] }
  package func register(in routes: inout AdminRoutes) throws {}
  package func run() async throws {}
  package func drain(until deadline: MonotonicTime) async {}
  package func undrain() async {}
  package func reload(_ configuration: Configuration) async {}
  package var health: ServiceHealth { .ok }
}

package enum ServiceHealth: Hashable, Sendable {
  case ok
  case degraded(String)
  case behind(String)
  case starting
  case draining
}

/// A service before it is made: what the daemon must know to offer it.
package struct ServiceDescriptor: Sendable {
  /// As `--services` and `laked NAME` spell it: `object-gateway`.
  package var name: String
  package var summary: String
  /// Its keys in the configuration.
  package var sections: [ConfigurationSection]
  /// Names of services that must be up before it, when they run in this process.
  package var after: [String]
  /// The `server` labels of its listeners in the metrics; its rates are made of them.
  package var servers: [String]
  package var make: @Sendable (ServiceHost) async throws -> any HostedService

  package init(
    name: String, summary: String, sections: [ConfigurationSection] = [], after: [String] = [],
    servers: [String] = [],
    make: @escaping @Sendable (ServiceHost) async throws -> any HostedService
  ) {
    self.name = name
    self.summary = summary
    self.sections = sections
    self.after = after
    self.servers = servers
    self.make = make
  }
}
