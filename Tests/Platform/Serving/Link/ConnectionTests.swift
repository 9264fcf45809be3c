import Bytes
import Crypto
import Link
import LinkServing
import Observability
import Runtime
import Synchronization
import TestSupport
import Testing
import Values

/// What only connections can do to a call.
@Suite("Connections")
struct ConnectionTests {
  static let certificates = AsyncOnce { try await Certificates.make() }

  @Test("many calls in flight each get their own answer", arguments: [1, 2])
  func manyInFlight(loops: Int) async throws {
    try await withNodes(Setting { $0.loops = loops }) { nodes in
      let deadline = nodes.deadline
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<500 {
          group.addTask {
            let body = [UInt8(number % 5), UInt8(number & 255), UInt8(number >> 8)]
            let command = number % 2 == 0 ? Command.wait : Command.echo
            let reply = try await nodes.client.call(
              LinkRequest(command, body: body, deadline: deadline))
            #expect(reply.body == body)
          }
        }
        try await group.waitForAll()
      }
      #expect(nodes.listener.acceptedCount <= 2 * loops)
      #expect(
        nodes.registry.snapshot().value("lake_link_client_calls_total", "ok") == .count(500))
    }
  }

  @Test("a call without an answer ends at its deadline, and its handler is told")
  func deadline() async throws {
    try await withNodes { nodes in
      let start = nodes.group.loops[0].now
      let error = await failure {
        _ = try await nodes.client.call(
          LinkRequest(Command.wait, body: [255], deadline: start + .milliseconds(50)))
      }
      #expect(error?.code == .deadlineExceeded)
      let took = nodes.group.loops[0].now - start
      #expect(took >= .milliseconds(50) && took < .milliseconds(1500))
      #expect(await eventually { nodes.seen.cancelled.load(ordering: .relaxed) == 1 })
      try await nodes.client.ping(deadline: nodes.deadline)
    }
  }

  @Test("a node that is told to slow down tries again, and says that it does")
  func retries() async throws {
    try await withNodes { nodes in
      let reply = try await nodes.client.call(
        LinkRequest(Command.flaky, deadline: nodes.deadline))
      #expect(reply.body == [3])
      #expect(nodes.seen.replays.load(ordering: .relaxed) == 2)
      #expect(
        nodes.registry.snapshot().value("lake_link_client_retries_total") == .count(2))
    }
  }

  @Test("a node of another cluster's secret is refused on either side")
  func strangers() async throws {
    for (server, client) in [(7, 8), (8, 7)] as [(UInt8, UInt8)] {
      try await withNodes(
        Setting {
          $0.serverCredentials = credentials("server", secret: server)
          $0.clientCredentials = credentials("client", secret: client)
        }
      ) { nodes in
        let error = await failure { try await nodes.client.ping(deadline: nodes.deadline) }
        #expect(error?.code == .refused)
      }
    }
  }

  @Test("mutual TLS carries calls and streams, and refuses a client without a certificate")
  func tls() async throws {
    let certificates = try await Self.certificates.value()
    func client(_ certificate: String?) throws -> TLSContext {
      var settings = TLSContext.Settings.client(authorities: certificates.authority)
      settings.requiresTLS13 = true
      settings.certificatePath = certificate.map(certificates.certificate)
      settings.keyPath = certificate.map(certificates.key)
      return try TLSContext(settings)
    }
    let server = try TLSContext(
      .server(
        certificate: certificates.certificate("server"), key: certificates.key("server"),
        clientAuthorities: certificates.authority))
    for hasCertificate in [true, false] {
      let context = try client(hasCertificate ? "client" : nil)
      try await withNodes(
        Setting {
          $0.tls = server
          $0.client.tls = context
          $0.client.tlsName = "localhost"
          $0.client.retry = .never
        }
      ) { nodes in
        let request = LinkRequest(Command.parts, body: [50], deadline: nodes.deadline)
        if hasCertificate {
          let all = try await nodes.client.stream(request).collect(limit: 1 << 20)
          #expect(all.count == 500_001)
        } else {
          let error = await failure { try await nodes.client.ping(deadline: nodes.deadline) }
          #expect(error?.code == .unreachable)
        }
      }
    }
  }

  @Test("bodies are compressed on the way when both sides like")
  func compression() async throws {
    try await withNodes(
      Setting {
        $0.server.compressedFrom = 1000
        $0.client.compressedFrom = 1000
      }
    ) { nodes in
      let body = [UInt8](repeating: 0x61, count: 200_000)
      let reply = try await nodes.client.call(
        LinkRequest(Command.echo, body: body, deadline: nodes.deadline))
      #expect(reply.body == body)
      let sum = try await nodes.client.call(
        LinkRequest(Command.inlineSum, body: body, deadline: nodes.deadline))
      #expect(sum.body.prefix(3) == [0x40, 0x05, 0x28])
      guard
        case .count(let sent)? = nodes.registry.snapshot().value("lake_link_sent_bytes_total")
      else { return }
      #expect(sent < 100_000)
    }
  }

  @Test("a connection that breaks fails its calls", arguments: [true, false])
  func broken(byServer: Bool) async throws {
    try await withNodes(Setting { $0.client.retry = .never }) { nodes in
      await withTaskGroup(of: LinkError?.self) { group in
        let deadline = nodes.deadline
        for _ in 0..<10 {
          group.addTask {
            await failure {
              _ = try await nodes.client.call(
                LinkRequest(Command.wait, body: [255], deadline: deadline))
            }
          }
        }
        _ = await eventually { nodes.seen.calls.load(ordering: .relaxed) == 10 }
        if byServer {
          await nodes.listener.drain(until: nodes.group.loops[0].now)
        } else {
          nodes.client.close()
        }
        for await error in group { #expect(error?.code == .unreachable) }
      }
      #expect(await eventually { nodes.seen.cancelled.load(ordering: .relaxed) == 10 })
    }
  }

  @Test("calls that may be made twice survive a peer that goes and comes back")
  func failover() async throws {
    try await withLoops { group in
      let clock = group.loops[0]
      let metrics = LinkMetrics(MetricRegistry())
      let server = LinkServer(
        testRouter(Seen(), clock: clock), credentials: credentials("server"),
        random: SystemRandom.shared, clock: clock, metrics: metrics)
      let directory = TemporaryDirectory("link")
      let address = SocketAddress.unix(directory.file("s"))
      let client = LinkClient(
        to: address, through: group.network, credentials: credentials("client"),
        random: SystemRandom.shared, clock: clock, metrics: metrics,
        options: LinkClient.Options { $0.breaker = CircuitBreaker(failureMax: 1000) })
      for _ in 0..<3 {
        let listener = try await Listener.start(group, at: address) { await server.serve($0) }
        for number in 0..<20 {
          var request = LinkRequest(
            Command.echo, body: [UInt8(number)], deadline: clock.now + .seconds(10))
          request.isIdempotent = true
          #expect(try await client.call(request).body == [UInt8(number)])
        }
        await listener.drain(until: clock.now + .seconds(1))
      }
      client.close()
    }
  }

  @Test("a peer that is not there opens the circuit, and one probe closes it")
  func breaker() async throws {
    try await withLoops { group in
      let clock = group.loops[0]
      let metrics = LinkMetrics(MetricRegistry())
      let directory = TemporaryDirectory("link")
      let address = SocketAddress.unix(directory.file("s"))
      let client = LinkClient(
        to: address, through: group.network, credentials: credentials("client"),
        random: SystemRandom.shared, clock: clock, metrics: metrics,
        options: LinkClient.Options {
          $0.breaker = CircuitBreaker(failureMax: 3, openFor: .milliseconds(100))
          $0.retry = .never
        })
      let deadline = clock.now + .seconds(10)
      var codes: [LinkError.Code?] = []
      for _ in 0..<4 {
        codes.append(await failure { try await client.ping(deadline: deadline) }?.code)
      }
      #expect(codes == [.unreachable, .unreachable, .unreachable, .circuitOpen])
      let server = LinkServer(
        testRouter(Seen(), clock: clock), credentials: credentials("server"),
        random: SystemRandom.shared, clock: clock, metrics: metrics)
      let listener = try await Listener.start(group, at: address) { await server.serve($0) }
      #expect(
        await eventually { await failure { try await client.ping(deadline: deadline) } == nil })
      #expect(client.breakerState == .closed(failures: 0))
      client.close()
      await listener.drain(until: clock.now + .seconds(1))
    }
  }

  @Test("a node that drains finishes what it has and refuses the rest")
  func drain() async throws {
    try await withNodes(Setting { $0.client.retry = .never }) { nodes in
      let deadline = nodes.deadline
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          let reply = try await nodes.client.call(
            LinkRequest(Command.wait, body: [20], deadline: deadline))
          #expect(reply.body == [20])
        }
        #expect(await eventually { nodes.seen.calls.load(ordering: .relaxed) == 1 })
        nodes.server.drain()
        let refused = await failure {
          _ = try await nodes.client.call(LinkRequest(Command.echo, deadline: deadline))
        }
        #expect(refused?.code == .shuttingDown)
        await nodes.listener.drain(until: deadline)
        try await group.waitForAll()
      }
    }
  }

  @Test("a peer that accepts and says nothing holds a call until its deadline only")
  func muteServer() async throws {
    try await withLoops { group in
      let clock = group.loops[0]
      let listener = try await Listener.start(group, at: .ip("127.0.0.1", port: 0)) {
        _ = try? await $0.read()
        _ = try? await $0.read()
      }
      let client = LinkClient(
        to: listener.address, through: group.network, credentials: credentials("client"),
        random: SystemRandom.shared, clock: clock, metrics: LinkMetrics(MetricRegistry()))
      let start = clock.now
      let late = await failure { try await client.ping(deadline: start + .milliseconds(50)) }
      #expect(late?.code == .deadlineExceeded)
      await withTaskGroup(of: Void.self) { tasks in
        tasks.addTask {
          let error = await failure { try await client.ping(deadline: start + .seconds(60)) }
          #expect(error?.code == .cancelled)
        }
        tasks.cancelAll()
      }
      #expect(clock.now - start < .seconds(2))
      client.close()
      await listener.drain(until: clock.now)
    }
  }

  // MARK: Hostile peers

  private func raw(_ nodes: Nodes) async throws -> Connection {
    let connection = try await nodes.group.network.connect(
      to: nodes.listener.address, deadline: nodes.deadline)
    connection.deadline = nodes.deadline
    return connection
  }

  /// Reads until the server hangs up; what it said.
  private func farewell(_ connection: Connection) async -> [UInt8] {
    do {
      while try await connection.flushAndRead() > 0 {}
    } catch {}
    let said = connection.withInput { $0.array }
    connection.abort()
    connection.close()
    return said
  }

  @Test("bytes that are no frame end their connection and no other")
  func garbage() async throws {
    try await withNodes { nodes in
      try await nodes.client.ping(deadline: nodes.deadline)
      var random = SystemRandomNumberGenerator()
      for round in 0..<30 {
        let connection = try await self.raw(nodes)
        var bytes = (0..<200).map { _ in UInt8.random(in: 0...255, using: &random) }
        if round % 2 == 0 {
          // A frame that is right, then one that is not.
          var target = ByteWriter()
          target.append(LinkHeader(command: Command.echo, requestID: 1), body: bytes.span.bytes)
          bytes = target.bytes.array + bytes
        }
        connection.output.append(bytes)
        let said = await self.farewell(connection)
        #expect(said.isEmpty == (round % 2 != 0))
      }
      try await nodes.client.ping(deadline: nodes.deadline)
      #expect(await eventually { nodes.listener.connectionCount <= 2 })
    }
  }

  @Test("a request before the handshake is refused in words")
  func noHandshake() async throws {
    try await withNodes { nodes in
      let connection = try await self.raw(nodes)
      connection.output.append(LinkHeader(command: Command.echo, requestID: 1), body: RawSpan())
      let said = await self.farewell(connection)
      guard
        case .frame(let header) = try LinkFrameScanner.next(
          in: said.span.bytes, frameByteCountMax: 4096)
      else { return }
      #expect(header.flags.contains(.error))
    }
  }

  @Test("a peer that says nothing is not waited for")
  func silence() async throws {
    try await withNodes(Setting { $0.server.handshakeTimeout = .milliseconds(50) }) { nodes in
      let connection = try await self.raw(nodes)
      #expect(await eventually { nodes.listener.acceptedCount == 1 })
      #expect(await self.farewell(connection).isEmpty)
      #expect(await eventually { nodes.listener.connectionCount == 0 })
    }
  }
}
