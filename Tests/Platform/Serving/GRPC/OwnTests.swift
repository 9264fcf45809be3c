import Bytes
import GRPC
import GRPCServing
import Protobuf
import Observability
import Runtime
import Synchronization
import TestSupport
import Testing
import Values

@Suite("gRPC, our client and our server", .serialized)
struct OwnTests {
  private func withEcho(
    _ options: GRPCServer.Options = GRPCServer.Options(),
    channel: GRPCChannel.Options = GRPCChannel.Options(),
    _ body: @Sendable (EchoClient, EchoService, GRPCServer, EventLoopGroup) async throws -> Void
  ) async throws {
    try await withLoops { group in
      let echo = EchoService()
      let server = try await GRPCServer.start(
        group, at: .ip("127.0.0.1", port: 0), [echo.definition], options)
      let channel = GRPCChannel(group, to: server.address, channel)
      try await body(EchoClient(channel), echo, server, group)
      channel.close()
      await server.drain(until: group.loops[0].now + .seconds(5))
      #expect(server.connectionCount == 0)
    }
  }

  @Test("two thousand calls at a time over one connection")
  func manyCalls() async throws {
    try await self.withEcho { echo, _, server, _ in
      try await withThrowingTaskGroup(of: Bool.self) { calls in
        for number in 0..<2000 {
          calls.addTask {
            let request = EchoRequest {
              $0.payload = Array("\(number)".utf8)
              $0.delayMilliseconds = 5
            }
            return try await echo.unary(request).payload == request.payload
          }
        }
        for try await isRight in calls { #expect(isRight) }
      }
      #expect(server.connectionCount == 1)
    }
  }

  @Test("a handler that does not read holds its caller, and only it")
  func backPressure() async throws {
    try await self.withEcho(
      GRPCServer.Options { $0.limits.streamWindow = 65_535 }
    ) { echo, _, _, _ in
      let sent = Atomic<Int>(0)
      let status = await #expect(throws: GRPCStatus.self) {
        let options = CallOptions { $0.timeout = .milliseconds(400) }
        try await echo.collect(options) { call throws(GRPCStatus) in
          try await call.send(EchoRequest { $0.delayMilliseconds = 3000 })
          let payload = [UInt8](repeating: 1, count: 10_000)
          while true {
            try await call.send(EchoRequest { $0.payload = payload })
            sent.add(1, ordering: .relaxed)
          }
        }
      }
      #expect(status?.code == .deadlineExceeded)
      // The window, what waits on our side, and a message on each edge.
      #expect(sent.load(ordering: .relaxed) * 10_000 < 65_535 + (256 << 10) + 40_000)
      let answer = try await echo.unary(EchoRequest { $0.payload = [1] })
      #expect(answer.payload == [1])
    }
  }

  @Test("interceptors see every call: one authenticates, one stops the call")
  func interceptors() async throws {
    struct Gatekeeper: GRPCInterceptor {
      func intercept(
        _ call: ServerCall, _ next: @Sendable (ServerCall) async throws(GRPCStatus) -> Void
      ) async throws(GRPCStatus) {
        guard let token = call.metadata["authorization"] else {
          throw GRPCStatus(.unauthenticated, "no token")
        }
        call.identity = token
        call.trailingMetadata.append("seen", call.path)
        try await next(call)
      }
    }
    try await self.withEcho(GRPCServer.Options { $0.interceptors = [Gatekeeper()] }) {
      echo, _, _, _ in
      let error = await #expect(throws: GRPCStatus.self) { _ = try await echo.unary(EchoRequest()) }
      #expect(error?.code == .unauthenticated)
      let options = CallOptions { $0.metadata = ["authorization": "x"] }
      let answer = try await echo.unary(EchoRequest { $0.payload = [7] }, options)
      #expect(answer.payload == [7])
    }
  }

  @Test("calls are counted by method and status")
  func metrics() async throws {
    let registry = MetricRegistry()
    try await self.withEcho(GRPCServer.Options { $0.metrics = registry }) { echo, _, _, _ in
      for _ in 0..<3 { _ = try await echo.unary(EchoRequest()) }
      _ = try? await echo.unary(EchoRequest { $0.failCode = 5 })
      var target = ByteWriter()
      registry.snapshot().appendPrometheusText(to: &target)
      let text = target.bytes.lossyText
      #expect(
        text.contains(#"lake_grpc_calls_total{method="/lake.echo.Echo/Unary",code="OK"} 3"#))
      #expect(
        text.contains(#"lake_grpc_calls_total{method="/lake.echo.Echo/Unary",code="NOT_FOUND"} 1"#))
      #expect(
        text.contains(#"lake_grpc_call_seconds_count{method="/lake.echo.Echo/Unary"} 4"#))
    }
  }

  @Test("a drain lets running calls finish and refuses none that came in time")
  func drain() async throws {
    try await withLoops { group in
      let loop = group.loops[0]
      let echo = EchoService()
      let server = try await GRPCServer.start(
        group, at: .ip("127.0.0.1", port: 0), [echo.definition])
      let channel = GRPCChannel(group, to: server.address)
      let client = EchoClient(channel)
      let codes = await withTaskGroup(of: GRPCStatus.Code?.self) { calls in
        for _ in 0..<50 {
          calls.addTask {
            do throws(GRPCStatus) {
              _ = try await client.unary(EchoRequest { $0.delayMilliseconds = 200 })
              return nil
            } catch {
              return error.code
            }
          }
        }
        try? await loop.sleep(for: .milliseconds(80))
        await server.drain(until: loop.now + .seconds(5))
        var codes: [GRPCStatus.Code] = []
        for await code in calls { if let code { codes.append(code) } }
        return codes
      }
      #expect(codes == [])
      #expect(server.connectionCount == 0)
      let error = await #expect(throws: GRPCStatus.self) {
        _ = try await client.unary(EchoRequest())
      }
      #expect(error?.code == .unavailable)
      channel.close()
    }
  }

  @Test("a client finds its server again after a restart")
  func reconnects() async throws {
    try await withLoops { group in
      let loop = group.loops[0]
      let echo = EchoService()
      var server = try await GRPCServer.start(
        group, at: .ip("127.0.0.1", port: 0), [echo.definition])
      let address = server.address
      let channel = GRPCChannel(
        group, to: address,
        GRPCChannel.Options {
          $0.backoffMin = .milliseconds(20)
          $0.backoffMax = .milliseconds(50)
        })
      let client = EchoClient(channel)
      _ = try await client.unary(EchoRequest())
      await server.drain(until: loop.now + .seconds(1))
      let gone = await #expect(throws: GRPCStatus.self) {
        _ = try await client.unary(EchoRequest())
      }
      #expect(gone?.code == .unavailable)
      server = try await GRPCServer.start(group, at: address, [echo.definition])
      let options = CallOptions {
        $0.waitsForReady = true
        $0.timeout = .seconds(5)
      }
      _ = try await client.unary(EchoRequest(), options)
      channel.close()
      await server.drain(until: loop.now + .seconds(1))
    }
  }

  @Test("a call waits for no connection longer than its deadline")
  func noServer() async throws {
    try await withLoops { group in
      let channel = GRPCChannel(group, to: .ip("127.0.0.1", port: 1))
      let client = EchoClient(channel)
      let error = await #expect(throws: GRPCStatus.self) {
        _ = try await client.unary(EchoRequest())
      }
      #expect(error?.code == .unavailable)
      let options = CallOptions {
        $0.waitsForReady = true
        $0.timeout = .milliseconds(200)
      }
      let late = await #expect(throws: GRPCStatus.self) {
        _ = try await client.unary(EchoRequest(), options)
      }
      #expect(late?.code == .deadlineExceeded)
      channel.close()
    }
  }

  @Test("health follows what the server says, and watchers are told")
  func health() async throws {
    try await self.withEcho { echo, _, server, _ in
      let client = HealthClient(echo.channel)
      try await client.watch(HealthCheckRequest { $0.service = "a" }) { call throws(GRPCStatus) in
        var status: HealthService.Status?
        status = try await call.next()?.status
        #expect(status == .serviceUnknown)
        server.health.set("a", .serving)
        status = try await call.next()?.status
        #expect(status == .serving)
        server.health.set("b", .serving)
        server.health.set("a", .notServing)
        status = try await call.next()?.status
        #expect(status == .notServing)
      }
      let answer = try await client.check(HealthCheckRequest())
      #expect(answer.status == .serving)
    }
  }

  @Test("calls go over TLS with HTTP/2 agreed on")
  func overTLS() async throws {
    let certificates = try await Certificates.make()
    var serving = TLSContext.Settings.server(
      certificate: certificates.certificate("server"), key: certificates.key("server"))
    serving.protocols = ["h2"]
    var calling = TLSContext.Settings.client(authorities: certificates.authority)
    calling.protocols = ["h2"]
    let server = try TLSContext(serving)
    let client = try TLSContext(calling)
    try await self.withEcho(
      GRPCServer.Options { $0.tls = server },
      channel: GRPCChannel.Options {
        $0.tls = client
        $0.authority = "localhost"
      }
    ) { echo, _, _, _ in
      let payload = [UInt8](repeating: 9, count: 300_000)
      let answer = try await echo.unary(EchoRequest { $0.payload = payload })
      #expect(answer.payload == payload)
    }
  }

  @Test("a peer that does not speak HTTP/2 is shown out, others are served meanwhile")
  func strangers() async throws {
    try await self.withEcho { echo, _, server, group in
      let loop = group.loops[0]
      for text in [
        "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\0\0\0\0\0\0\0\0\0", "PRI * HTTP/2.0\r\n\r\nXX",
      ] {
        let stranger = try await group.network.connect(
          to: server.address, deadline: loop.now + .seconds(5))
        stranger.deadline = loop.now + .seconds(5)
        stranger.output.append(text)
        try await stranger.flush()
        // The server may send its settings and a GOAWAY before it closes.
        while let count = try? await stranger.read(), count > 0 {
          stranger.consume(stranger.inputCount)
        }
        #expect(loop.now < stranger.deadline, "\(text)")
        stranger.close()
        let answer = try await echo.unary(EchoRequest { $0.payload = [1] })
        #expect(answer.payload == [1])
      }
    }
  }
}
