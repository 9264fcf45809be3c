import GRPC
import GRPCServing
import Glibc
import Observability
import Protobuf
import Runtime
import Synchronization
import Values

/// `bench-grpc server` serves an echo on one loop and prints its port; `bench-grpc load PORT CONNECTIONS
/// STREAMS SECONDS` calls it. `run.py` beside this file pins them, measures CPU and compares with a peer.
@main
struct BenchGRPC {
  static func main() throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    let group = try EventLoopGroup(loops: 1)
    switch arguments.first {
    case "server":
      run(group) { try await serve(group) }
    case "load" where arguments.count == 5:
      let numbers = arguments.dropFirst().compactMap { Int($0) }
      guard numbers.count == 4, let port = UInt16(exactly: numbers[0]) else { return usage() }
      run(group) {
        try await load(
          group, port, connections: numbers[1], streams: numbers[2], seconds: numbers[3])
      }
    default: usage()
    }
  }

  private static func usage() {
    print("usage: bench-grpc server | load PORT CONNECTIONS STREAMS SECONDS")
  }

  private static func run(
    _ group: EventLoopGroup, _ body: @escaping @Sendable () async throws -> Void
  ) {
    group.loops[0].spawn {
      do { try await body() } catch { print("\(error)") }
      exit(0)
    }
    while true { pause() }
  }

  struct Echo: EchoHandler {
    func unary(
      _ request: Payload, _ call: ServerCall
    ) async throws(GRPCStatus) -> Payload { request }
  }

  private static func serve(_ group: EventLoopGroup) async throws {
    let registry = MetricRegistry()
    let server = try await GRPCServer.start(
      group, at: .ip("127.0.0.1", port: 0), [Echo().definition],
      GRPCServer.Options { $0.metrics = registry })
    if case .ip(_, let port) = server.address { print(port) }
    fflush(nil)
    try await group.loops[0].sleep(for: .seconds(3600))
  }

  private static let count = Atomic<Int>(0)

  private static func load(
    _ group: EventLoopGroup, _ port: UInt16, connections: Int, streams: Int, seconds: Int
  ) async throws {
    let loop = group.loops[0]
    let request = Payload { $0.data = [UInt8](repeating: 7, count: 100) }
    let end = loop.now + .seconds(seconds)
    let begun = loop.now
    await withTaskGroup(of: Void.self) { tasks in
      for _ in 0..<connections {
        let client = EchoClient(GRPCChannel(group, to: .ip("127.0.0.1", port: port)))
        for _ in 0..<streams {
          tasks.addTask {
            while loop.now < end {
              do {
                let response = try await client.unary(request)
                guard response.data.count == 100 else { return print("a wrong answer") }
                self.count.add(1, ordering: .relaxed)
              } catch {
                return print("\(error)")
              }
            }
          }
        }
      }
    }
    let elapsed = Double((loop.now - begun).nanosecondsClamped) / 1e9
    print(Int(Double(self.count.load(ordering: .relaxed)) / elapsed))
  }
}
