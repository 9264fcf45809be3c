import Bytes
import Link
import LinkServing
import Observability
import Runtime
import Simulation
import Synchronization
import Testing
import Values

/// Links under a seed: virtual time, connections that are slow, in pieces, and cut.
@Suite("Simulated links")
struct SimulatedTests {
  private struct Tally: Sendable, Equatable {
    var answered = 0
    var failed = 0
  }

  private func run(seed: UInt64, cuts: Int) throws -> SimulationResult<Tally> {
    let options = SimulationOptions { options in
      options.network = NetworkFaults { faults in
        faults.latency = .microseconds(50)
        faults.jitter = cuts > 0 ? .microseconds(300) : .milliseconds(2)
        faults.segmentBytesMax = 4096
      }
    }
    return try Simulation.run(seed: seed, options: options) { world in
      let network = world.network
      let address = SocketAddress.ip("server", port: 7301)
      let metrics = LinkMetrics(MetricRegistry())
      let seen = Seen()
      let server = LinkServer(
        testRouter(seen, clock: world.clock), credentials: credentials("server"),
        random: world.random, clock: world.clock, metrics: metrics)
      let acceptor = try await network.host("server").listen(
        at: address, ListenOptions())
      world.spawn { await server.serve(acceptor) { world.spawn($0) } }
      let client = LinkClient(
        to: address, through: network.host("client"), credentials: credentials("client"),
        random: world.random,
        clock: world.clock, metrics: metrics,
        options: LinkClient.Options { $0.breaker = CircuitBreaker(failureMax: 100_000) },
        spawn: { world.spawn($0) })
      let tally = await withTaskGroup(of: Bool.self) { group in
        for number in 0..<40 {
          group.addTask { await self.work(number, client, world) }
        }
        group.addTask {
          for _ in 0..<cuts {
            await world.clock.pause(for: .milliseconds(15))
            network.reset(between: "client", "server")
          }
          return true
        }
        var tally = Tally()
        for await isAnswered in group {
          if isAnswered { tally.answered += 1 } else { tally.failed += 1 }
        }
        return tally
      }
      client.close()
      acceptor.close()
      network.reset(between: "client", "server")
      // Whatever was cut off or given up lets its place go.
      while server.activeCount > 0 { await world.clock.pause(for: .milliseconds(10)) }
      return tally
    }
  }

  /// One call or stream; true when it was answered, and the answer was its own.
  @Sendable private func work(
    _ number: Int, _ client: LinkClient, _ world: World
  ) async -> Bool {
    let body = [UInt8(number % 7), UInt8(number), 3]
    let deadline = world.clock.now + .seconds(20)
    do throws(LinkError) {
      switch number % 3 {
      case 0:
        let stream = try await client.stream(
          LinkRequest(Command.parts, body: [UInt8(number)], deadline: deadline))
        let all = try await stream.collect(limit: 1 << 20)
        #expect(all.count == number * 10_000 + 1)
      case 1:
        var request = LinkRequest(Command.wait, body: body, deadline: deadline)
        request.isIdempotent = true
        #expect(try await client.call(request).body == body)
      default:
        #expect(
          try await client.call(LinkRequest(Command.echo, body: body, deadline: deadline)).body
            == body)
      }
      return true
    } catch {
      #expect(error.code == .unreachable)
      return false
    }
  }

  @Test("without faults everything is answered", arguments: 1...10)
  func calm(seed: UInt64) throws {
    let result = try self.run(seed: seed, cuts: 0)
    #expect(result.value == Tally(answered: 41, failed: 0))
  }

  @Test("connections that are cut fail calls, and nothing hangs or is mixed up")
  func cuts() throws {
    var total = Tally()
    for seed in UInt64(1)...40 {
      let tally = try self.run(seed: seed, cuts: 4).value
      #expect(tally.answered + tally.failed == 41, "seed \(seed)")
      total.answered += tally.answered
      total.failed += tally.failed
    }
    #expect(total.failed > 100, "\(total)")
    #expect(total.answered > 400, "\(total)")
  }

  @Test("one seed gives one run", arguments: [3, 4])
  func replays(seed: UInt64) throws {
    let first = try self.run(seed: seed, cuts: 3)
    let second = try self.run(seed: seed, cuts: 3)
    #expect(first.trace == second.trace)
    #expect(first.value == second.value)
  }
}
