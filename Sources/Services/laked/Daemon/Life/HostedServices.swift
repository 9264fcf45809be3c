import AdminServing
import Configuration
import Hosting
import Observability
import Runtime
import Synchronization
import Values

/// The services of a daemon, started in order and stopped in reverse.
final class HostedServices: Sendable {
  struct Hosted: Sendable {
    var descriptor: ServiceDescriptor
    var service: any HostedService
  }

  private struct State {
    var hosted: [Hosted] = []
    var started: Set<String> = []
    var draining: Set<String> = []
  }

  private let log: Logger
  private let state = Mutex(State())

  init(log: Logger) { self.log = log }

  var all: [Hosted] { self.state.withLock { $0.hosted } }

  func health(of name: String) -> ServiceHealth {
    let (hosted, isStarted, isDraining) = self.state.withLock { state in
      (
        state.hosted.first { $0.descriptor.name == name }, state.started.contains(name),
        state.draining.contains(name)
      )
    }
    guard let hosted else { return .starting }
    guard isStarted else {
      // A service that waits for something says for what.
      let own = hosted.service.health
      return own == .ok ? .starting : own
    }
    return isDraining ? .draining : hosted.service.health
  }

  /// Makes the services; nothing of them is opened yet.
  func make(
    _ descriptors: [ServiceDescriptor], host: @Sendable (ServiceDescriptor) -> ServiceHost
  ) async throws {
    for descriptor in descriptors {
      let service = try await descriptor.make(host(descriptor))
      self.state.withLock { $0.hosted.append(Hosted(descriptor: descriptor, service: service)) }
    }
  }

  func register(in routes: inout AdminRoutes) throws {
    for hosted in self.all { try hosted.service.register(in: &routes) }
  }

  func start(_ hosted: Hosted) async throws {
    let name = hosted.descriptor.name
    do {
      try await hosted.service.start()
    } catch {
      self.log.error(
        "service \(name) does not start", ["service": .text(name), "error": .describing(error)])
      throw error
    }
    self.state.withLock { _ = $0.started.insert(name) }
    self.log.info("service \(name) is up", ["service": .text(name)])
  }

  func reload(_ configuration: Configuration) async {
    for hosted in self.all { await hosted.service.reload(configuration) }
  }

  /// Drains one service; others go on.
  func drain(_ name: String, until deadline: MonotonicTime) async {
    guard let hosted = self.all.first(where: { $0.descriptor.name == name }) else { return }
    self.state.withLock { _ = $0.draining.insert(name) }
    await hosted.service.drain(until: deadline)
  }

  /// Lets a drained service accept again.
  func undrain(_ name: String) async {
    guard let hosted = self.all.first(where: { $0.descriptor.name == name }) else { return }
    await hosted.service.undrain()
    self.state.withLock { _ = $0.draining.remove(name) }
  }

  func drain(until deadline: MonotonicTime) async {
    for hosted in self.all.reversed() { await self.drain(hosted.descriptor.name, until: deadline) }
  }

  func stop() async {
    for hosted in self.all.reversed() {
      let name = hosted.descriptor.name
      let wasStarted = self.state.withLock { $0.started.remove(name) != nil }
      guard wasStarted else { continue }
      await hosted.service.stop()
      self.log.info("service \(name) is down", ["service": .text(name)])
    }
  }
}
