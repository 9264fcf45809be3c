public import GRPC
private import Protobuf
private import Synchronization

/// The standard health service: what a load balancer asks.
public final class HealthService: HealthHandler {
  public typealias Status = HealthCheckResponse.ServingStatus

  private struct State {
    var statuses: [String: Status] = ["": .serving]
    var isShutDown = false
    var watchers: [UInt64: UnsafeContinuation<Void, Never>] = [:]
    /// Watches that ended before they began to wait.
    var lastWatcher: UInt64 = 0
  }

  private let state = Mutex(State())

  public init() {}

  /// Sets the state of a service, or of the server as a whole under the empty name.
  public func set(_ service: String, _ status: Status) {
    self.change { state in
      if !state.isShutDown { state.statuses[service] = status }
    }
  }

  /// Everything is, and stays, not serving.
  func shutDown() {
    self.change { state in
      state.isShutDown = true
      for name in state.statuses.keys { state.statuses[name] = .notServing }
    }
  }

  private func change(_ body: (inout State) -> Void) {
    let waiting = self.state.withLock { state in
      body(&state)
      let waiting = Array(state.watchers.values)
      state.watchers = [:]
      return waiting
    }
    for waiter in waiting { waiter.resume() }
  }

  private func status(of service: String) -> Status? {
    self.state.withLock { $0.statuses[service] }
  }

  public func check(
    _ request: HealthCheckRequest, _ call: ServerCall
  ) async throws(GRPCStatus) -> HealthCheckResponse {
    guard let status = self.status(of: request.service) else {
      throw GRPCStatus(.notFound, "the service \(request.service) is not known")
    }
    return HealthCheckResponse { $0.status = status }
  }

  public func watch(
    _ request: HealthCheckRequest, _ responses: ResponseStream<HealthCheckResponse>,
    _ call: ServerCall
  ) async throws(GRPCStatus) {
    var last: Status?
    while !Task.isCancelled {
      let now = self.status(of: request.service) ?? .serviceUnknown
      if now != last { try await responses.send(HealthCheckResponse { $0.status = now }) }
      last = now
      await self.wait(for: request.service, toChangeFrom: now)
    }
    throw GRPCStatus(.cancelled, "the caller has given up")
  }

  /// Returns at the next change of anything, or when the task is cancelled.
  private func wait(for service: String, toChangeFrom status: Status) async {
    let id = self.state.withLock { state in
      state.lastWatcher += 1
      return state.lastWatcher
    }
    await withTaskCancellationHandler {
      await withUnsafeContinuation { (waiter: UnsafeContinuation<Void, Never>) in
        let isOver = self.state.withLock { state in
          if Task.isCancelled || (state.statuses[service] ?? .serviceUnknown) != status {
            return true
          }
          state.watchers[id] = waiter
          return false
        }
        if isOver { waiter.resume() }
      }
    } onCancel: {
      self.state.withLock { $0.watchers.removeValue(forKey: id) }?.resume()
    }
  }
}
