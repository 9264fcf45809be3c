import GRPC
import GRPCServing
import Runtime
import TestSupport
import Testing
import Values

@Suite("gRPC server, called by grpcio", .serialized)
struct ForeignClientTests {
  @Test("every kind of call, limits, deadlines, health and reflection", arguments: [1, 2])
  func allCases(loops: Int) async throws {
    try await withLoops(loops) { group in
      let echo = EchoService()
      var options = GRPCServer.Options()
      options.limits.messageByteCountMax = 4 << 20
      let server = try await GRPCServer.start(
        group, at: .ip("127.0.0.1", port: 0), [echo.definition], options)
      let output = try await python("client.py", "\(server.address)")
      #expect(output.split(separator: "\n").count == 21, "\(output)")
      #expect(!output.contains("FAILED"))
      await server.drain(until: group.loops[0].now + .seconds(5))
      #expect(server.connectionCount == 0)
    }
  }
}

/// Runs a program of the `client` folder to its end.
func python(_ program: String, _ arguments: String...) async throws -> String {
  try await runProgram(pythonCommand(program, arguments), within: .seconds(120))
}

func pythonCommand(_ program: String, _ arguments: [String]) -> [String] {
  let folder = "\(repositoryRoot)/Tests/Platform/Serving/GRPC/client"
  return ["\(repositoryRoot)/.venv/bin/python", "\(folder)/\(program)"] + arguments
}
