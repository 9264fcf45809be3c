import Bytes
import Link
import LinkServing
import Observability
import Protobuf
import Runtime
import Synchronization
import TestSupport
import Testing
import Values

enum Command {
  static let echo: UInt32 = 16
  static let fail: UInt32 = 17
  static let wait: UInt32 = 18
  static let parts: UInt32 = 19
  static let inlineSum: UInt32 = 20
  static let count: UInt32 = 21
  static let message: UInt32 = 22
  static let endless: UInt32 = 23
  static let flaky: UInt32 = 24
}

/// What the handlers of a test saw.
final class Seen: Sendable {
  let calls = Atomic<Int>(0)
  let cancelled = Atomic<Int>(0)
  let replays = Atomic<Int>(0)
  let partsSent = Atomic<Int>(0)
}

func testRouter(_ seen: Seen, clock: any TimeSource) -> LinkRouter {
  var router = LinkRouter()
  router.on(Command.echo) { LinkReply(body: $0.body, epoch: $0.epoch + 1) }
  router.on(Command.fail) { incoming async throws(LinkError) in
    throw LinkError(
      .staleEpoch, "stale", hint: "ask again", retryAfter: .milliseconds(7), detail: [1, 2],
      epoch: 42)
  }
  router.on(Command.wait) { incoming async throws(LinkError) in
    seen.calls.add(1, ordering: .relaxed)
    do {
      try await clock.sleep(for: .milliseconds(Int64(incoming.body.first ?? 0) * 10))
    } catch {
      seen.cancelled.add(1, ordering: .relaxed)
      throw LinkError(.cancelled, "cancelled")
    }
    return LinkReply(body: incoming.body)
  }
  router.onStream(Command.parts) { incoming, writer async throws(LinkError) in
    let count = Int(incoming.body.first ?? 0)
    for number in 0..<count {
      try await writer.send([UInt8](repeating: UInt8(number), count: 10_000))
      seen.partsSent.add(1, ordering: .relaxed)
    }
    return LinkReply(body: [0xFF])
  }
  router.onStream(Command.endless) { _, writer async throws(LinkError) in
    do throws(LinkError) {
      while true {
        try await writer.send([UInt8](repeating: 1, count: 1000))
        seen.partsSent.add(1, ordering: .relaxed)
      }
    } catch {
      seen.cancelled.add(1, ordering: .relaxed)
      throw error
    }
  }
  router.onInline(Command.inlineSum) { _, body, output throws(LinkError) in
    guard body.byteCount > 0 else { throw LinkError(.badRequest, "nothing to add") }
    var sum: UInt64 = 0
    for index in 0..<body.byteCount { sum += UInt64(body[byteAt: index]) }
    output.append(littleEndian: sum)
  }
  router.on(Command.message, Credit.self) { credit, _ in Credit { $0.bytes = credit.bytes + 1 } }
  router.on(Command.flaky) { incoming async throws(LinkError) in
    if incoming.isReplay { seen.replays.add(1, ordering: .relaxed) }
    let number = seen.calls.add(1, ordering: .relaxed).newValue
    guard number % 3 == 0 else { throw LinkError(.slowDown, "not yet") }
    return LinkReply(body: [UInt8(truncatingIfNeeded: number)])
  }
  return router
}

func credentials(
  _ node: String, secret: UInt8 = 7, _ change: (inout LinkLimits) -> Void = { _ in }
) -> LinkCredentials {
  LinkCredentials(
    identity: LinkIdentity(
      role: "test", clusterID: [UInt8](repeating: 1, count: 16), nodeID: node),
    secret: [UInt8](repeating: secret, count: 32), limits: LinkLimits(change))
}

/// What is set before two nodes talk.
struct Setting: Sendable {
  var server = LinkServer.Options()
  var client = LinkClient.Options()
  var serverCredentials = credentials("server")
  var clientCredentials = credentials("client")
  var tls: TLSContext?
  var backend = BackendChoice.automatic
  var loops = 1

  init(_ change: (inout Setting) -> Void = { _ in }) { change(&self) }
}

/// A client and a server over sockets.
struct Nodes: Sendable {
  let group: EventLoopGroup
  let client: LinkClient
  let server: LinkServer
  let listener: Listener
  let seen: Seen
  let registry: MetricRegistry

  var deadline: MonotonicTime { self.group.loops[0].now + .seconds(10) }
}

func withNodes(
  _ setting: Setting = Setting(), _ body: @escaping @Sendable (Nodes) async throws -> Void
) async throws {
  try await withLoops(setting.loops, backend: setting.backend) { group in
    let seen = Seen()
    let registry = MetricRegistry()
    let metrics = LinkMetrics(registry)
    let clock = group.loops[0]
    let server = LinkServer(
      testRouter(seen, clock: clock), credentials: setting.serverCredentials,
      random: SystemRandom.shared, clock: clock, metrics: metrics, options: setting.server)
    let listener = try await Listener.start(
      group, at: .ip("127.0.0.1", port: 0), Listener.Options { $0.tls = setting.tls }
    ) { await server.serve($0) }
    let client = LinkClient(
      to: listener.address, through: group.network, credentials: setting.clientCredentials,
      random: SystemRandom.shared, clock: clock, metrics: metrics, options: setting.client)
    let nodes = Nodes(
      group: group, client: client, server: server, listener: listener, seen: seen,
      registry: registry)
    try await body(nodes)
    client.close()
    await listener.drain(until: clock.now + .seconds(5))
    #expect(server.activeCount == 0)
  }
}

/// A server of the same process.
func withLocal(
  requestMax: Int = 100,
  _ body: @escaping @Sendable (LinkLocal, Seen, EventLoop) async throws -> Void
) async throws {
  try await withLoops { group in
    let seen = Seen()
    let clock = group.loops[0]
    let local = LinkLocal(
      testRouter(seen, clock: clock),
      identity: LinkIdentity(role: "t", clusterID: [UInt8](repeating: 1, count: 16), nodeID: "n"),
      limits: LinkLimits { $0.streamWindowByteCount = 20_000 }, clock: clock,
      metrics: LinkMetrics(MetricRegistry()), requestMax: requestMax)
    try await body(local, seen, clock)
  }
}

func failure(_ body: () async throws -> Void) async -> LinkError? {
  do {
    try await body()
    return nil
  } catch { return error as? LinkError }
}
