import Bytes
import Runtime
import Simulation
import Testing
import Values

@Suite("a simulated network")
struct SimulatedNetworkTests {
  /// Echoes until the peer ends its side, one task per connection.
  private static func serve(_ world: World, _ host: String, port: UInt16) async throws
    -> any Acceptor
  {
    let acceptor = try await world.network.host(host).listen(
      at: .ip("0.0.0.0", port: port), ListenOptions())
    world.spawn {
      await withTaskGroup(of: Void.self) { group in
        while let connection = try? await acceptor.accept() {
          group.addTask { await Self.echo(connection) }
        }
      }
    }
    return acceptor
  }

  private static func echo(_ connection: Connection) async {
    defer { connection.close() }
    do throws(IOFailure) {
      while try await connection.read() > 0 {
        let bytes = connection.withInput { $0.array }
        connection.consume(bytes.count)
        connection.output.append(bytes)
        try await connection.flush()
      }
      await connection.shutdownOutput()
    } catch {
      connection.abort()
    }
  }

  /// Sends `bytes` to the echo server and reads as many back.
  private static func exchange(
    _ world: World, from host: String, to server: String, _ bytes: [UInt8],
    timeout: Duration = .seconds(600)
  ) async throws(IOFailure) -> [UInt8] {
    let deadline = world.clock.now + timeout
    let connection = try await world.network.host(host).connect(
      to: .ip(server, port: 80), deadline: deadline)
    defer { connection.close() }
    connection.deadline = deadline
    connection.output.append(bytes)
    try await connection.flush()
    var back: [UInt8] = []
    while back.count < bytes.count {
      guard try await connection.read() > 0 else { break }
      back += connection.withInput { $0.array }
      connection.consume(connection.inputCount)
    }
    return back
  }

  @discardableResult
  private static func run<T: Sendable>(
    seed: UInt64 = 1, _ faults: NetworkFaults = NetworkFaults(),
    _ body: @escaping @Sendable (World) async throws -> T
  ) throws -> SimulationResult<T> {
    try Simulation.run(seed: seed, options: SimulationOptions { $0.network = faults }) { world in
      let acceptor = try await Self.serve(world, "server", port: 80)
      defer { acceptor.close() }
      return try await body(world)
    }
  }

  private static func message(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }
  }

  @Test(
    "carries bytes whole and in order, or resets, and does so twice alike",
    arguments: 0..<60 as Range<UInt64>)
  func rough(seed: UInt64) throws {
    let run = {
      try Self.run(seed: seed, .rough) { world in
        await withTaskGroup(of: String.self) { group in
          for client in 0..<4 {
            group.addTask {
              let bytes = Self.message(2000 * client + 10)
              do throws(IOFailure) {
                let back = try await Self.exchange(world, from: "c\(client)", to: "server", bytes)
                return back == bytes ? "whole" : "wrong: \(back.count) of \(bytes.count) bytes"
              } catch {
                return error.isDisconnect || error.isTimeout ? "ended" : "\(error)"
              }
            }
          }
          var outcomes: [String] = []
          for await outcome in group { outcomes.append(outcome) }
          return outcomes
        }
      }
    }
    let first = try run()
    let second = try run()
    #expect(first.value.allSatisfy { $0 == "whole" || $0 == "ended" }, "\(first.value)")
    #expect(first.value == second.value)
    #expect(first.trace == second.trace)
    #expect(first.ended == second.ended)
  }

  @Test("takes its latency, and a slow link its time for every byte")
  func latency() throws {
    let faults = NetworkFaults {
      $0.latency = .milliseconds(10)
      $0.bytesPerSecond = 1_000_000
    }
    let time = try Self.run(seed: 1, faults) { world in
      let start = world.clock.now
      _ = try await Self.exchange(world, from: "a", to: "server", Self.message(1000))
      return world.clock.now - start
    }.value
    #expect(time > .milliseconds(40))
    #expect(time < .milliseconds(60))
  }

  @Test("a connection attempt into a partition times out, and nothing listens where nobody does")
  func connecting() throws {
    try Self.run { world in
      let start = world.clock.now
      await #expect {
        try await world.network.host("a").connect(
          to: .ip("server", port: 81), deadline: .distantFuture)
      } throws: {
        ($0 as? IOFailure)?.code == 111
      }
      #expect(world.clock.now - start < .seconds(1))
      for (from, to) in [("a", "server"), ("server", "a")] {
        world.network.cut(from: from, to: to)
        await #expect {
          try await Self.exchange(world, from: "a", to: "server", [1], timeout: .seconds(5))
        } throws: { ($0 as? IOFailure)?.isTimeout == true }
        world.network.heal()
      }
      let back = try await Self.exchange(world, from: "a", to: "server", [1])
      #expect(back == [1])
    }
  }

  @Test("what is sent into a partition arrives once it heals")
  func healing() throws {
    try Self.run { world in
      let bytes = Self.message(500)
      async let back = Self.exchange(world, from: "a", to: "server", bytes)
      try await world.clock.sleep(for: .microseconds(250))
      world.network.cut(from: "server", to: "a")
      try await world.clock.sleep(for: .seconds(30))
      world.network.heal("a", "server")
      #expect(try await back == bytes)
      #expect(world.clock.now.nanoseconds > 30_000_000_000)
    }
  }

  @Test("a connection that is stuck behind a partition for too long is reset")
  func stall() throws {
    try Self.run(seed: 1, NetworkFaults { $0.stallTimeout = .seconds(20) }) { world in
      let connection = try await world.network.host("a").connect(
        to: .ip("server", port: 80), deadline: .distantFuture)
      world.network.partition("a", "server")
      connection.output.append([1] as [UInt8])
      try await connection.flush()
      let start = world.clock.now
      await #expect(throws: IOFailure.self) { try await connection.read() }
      #expect(world.clock.now - start >= .seconds(20))
      connection.close()
    }
  }

  @Test("a reset ends both sides")
  func resets() throws {
    try Self.run { world in
      let connection = try await world.network.host("a").connect(
        to: .ip("server", port: 80), deadline: .distantFuture)
      world.network.reset(between: "a", "server")
      await #expect { try await connection.read() } throws: {
        ($0 as? IOFailure)?.isDisconnect == true
      }
      connection.close()
    }
  }

  @Test("a host that crashed listens no more, and may come back")
  func crash() throws {
    try Self.run { world in
      world.network.crash("server")
      await #expect(throws: IOFailure.self) {
        try await Self.exchange(world, from: "a", to: "server", [1])
      }
      let again = try await Self.serve(world, "server", port: 80)
      let back = try await Self.exchange(world, from: "a", to: "server", [1])
      #expect(back == [1])
      again.close()
    }
  }

  @Test("a sender waits while the reader does not read")
  func backPressure() throws {
    try Self.run(seed: 1, NetworkFaults { $0.windowBytes = 10_000 }) { world in
      let network = world.network.host("s")
      let acceptor = try await network.listen(at: .ip("s", port: 0), ListenOptions())
      let client = try await network.connect(to: acceptor.address, deadline: .distantFuture)
      let server = try await acceptor.accept()
      client.deadline = world.clock.now + .seconds(1)
      client.output.append(Self.message(10_000))
      try await client.flush()
      client.output.append([1] as [UInt8])
      await #expect { try await client.flush() } throws: { ($0 as? IOFailure)?.isTimeout == true }
      #expect(try await server.read() > 0)
      client.close()
      server.close()
      acceptor.close()
    }
  }

  @Test("an attempt may reach the listener twice; the ghost is dead and the client is served")
  func duplicates() throws {
    let faults = NetworkFaults { $0.duplicatedConnect = 1 }
    try Self.run(seed: 1, faults) { world in
      for _ in 0..<5 {
        let back = try await Self.exchange(world, from: "a", to: "server", [1, 2])
        #expect(back == [1, 2])
      }
    }
  }

  @Test("what was sent before the end arrives, then the end")
  func ending() throws {
    try Self.run { world in
      let connection = try await world.network.host("a").connect(
        to: .ip("server", port: 80), deadline: .distantFuture)
      connection.output.append(Self.message(3000))
      try await connection.flush()
      await connection.shutdownOutput()
      var back: [UInt8] = []
      while try await connection.read() > 0 {
        back += connection.withInput { $0.array }
        connection.consume(connection.inputCount)
      }
      #expect(back == Self.message(3000))
      connection.close()
      await #expect(throws: IOFailure.self) {
        connection.output.append([1] as [UInt8])
        try await connection.flush()
      }
    }
  }

  @Test("an abort wakes whoever waits")
  func abort() throws {
    try Self.run { world in
      let connection = try await world.network.host("a").connect(
        to: .ip("server", port: 80), deadline: .distantFuture)
      async let outcome: Bool = {
        do throws(IOFailure) {
          _ = try await connection.read()
          return false
        } catch {
          return error.isCancelled
        }
      }()
      try await world.clock.sleep(for: .seconds(1))
      connection.abort()
      #expect(await outcome)
    }
  }
}
