import GRPC
import GRPCServing
import Protobuf
import Runtime
import TestSupport
import Testing
import Values

@Suite("gRPC client, calling grpcio", .serialized)
struct ForeignServerTests {
  /// Runs `body` beside a Python server.
  private func withServer(
    _ body: @Sendable (EchoClient, EventLoopGroup) async throws -> Void
  ) async throws {
    let server = try Program(pythonCommand("server.py", []))
    let isUp = await eventually(within: .seconds(20)) { server.output.hasSuffix("\n") }
    try #require(isUp, "\(server.errors)")
    let port = try #require(UInt16(server.output.dropLast()))
    try await withLoops { group in
      let channel = GRPCChannel(group, to: .ip("127.0.0.1", port: port))
      try await body(EchoClient(channel), group)
      channel.close()
    }
  }

  @Test("unary calls of all sizes, one after the other and many at a time")
  func unary() async throws {
    try await self.withServer { echo, _ in
      for size in [0, 1, 100, 16_378, 65_536, 3_000_000] {
        let payload = [UInt8](repeating: UInt8(truncatingIfNeeded: size), count: size)
        let response = try await echo.unary(EchoRequest { $0.payload = payload })
        #expect(response.payload == payload)
      }
      try await withThrowingTaskGroup(of: Bool.self) { calls in
        for number in 0..<500 {
          calls.addTask {
            let payload = Array("\(number)".utf8)
            return try await echo.unary(EchoRequest { $0.payload = payload }).payload == payload
          }
        }
        for try await isRight in calls { #expect(isRight) }
      }
    }
  }

  @Test("streams from the server, to it, and both ways")
  func streams() async throws {
    try await self.withServer { echo, _ in
      let request = EchoRequest {
        $0.payload = [UInt8](repeating: 1, count: 10_000)
        $0.count = 300
      }
      let count = try await echo.expand(request) { call throws(GRPCStatus) in
        var count: Int32 = 0
        while let response = try await call.next() {
          #expect(response.number == count)
          count += 1
        }
        return count
      }
      #expect(count == 300)

      let collected = try await echo.collect { call throws(GRPCStatus) in
        for _ in 0..<300 { try await call.send(EchoRequest { $0.payload = request.payload }) }
        return try await call.response()
      }
      #expect(collected.payload.count == 3_000_000)
      #expect(collected.number == 300)

      let total = try await echo.chat { call throws(GRPCStatus) in
        var total = 0
        for number in 0..<200 {
          try await call.send(EchoRequest { $0.payload = request.payload })
          guard let response = try await call.next() else { break }
          #expect(response.number == Int32(number))
          total += response.payload.count
        }
        call.finish()
        let last = try await call.next()
        #expect(last == nil)
        return total
      }
      #expect(total == 2_000_000)
    }
  }

  @Test("sending and receiving at the same time, a megabyte a message")
  func bothWays() async throws {
    try await self.withServer { echo, _ in
      let total = try await echo.chat { call throws(GRPCStatus) in
        await withTaskGroup(of: Int.self) { tasks in
          tasks.addTask {
            for _ in 0..<20 {
              let payload = [UInt8](repeating: 3, count: 1_000_000)
              guard (try? await call.send(EchoRequest { $0.payload = payload })) != nil else {
                break
              }
            }
            call.finish()
            return 0
          }
          tasks.addTask {
            var total = 0
            while let response = try? await call.next() { total += response.payload.count }
            return total
          }
          return await tasks.reduce(0, +)
        }
      }
      #expect(total == 20_000_000)
    }
  }

  @Test("a failure carries its code, message and details")
  func failures() async throws {
    try await self.withServer { echo, _ in
      let error = await #expect(throws: GRPCStatus.self) {
        _ = try await echo.unary(
          EchoRequest {
            $0.failCode = 9
            $0.failMessage = "Straße 100% \n"
            $0.hasDetails = true
          })
      }
      #expect(error?.code == .failedPrecondition)
      #expect(error?.message == "Straße 100% \n")
      #expect(error?.details.first?.typeName == "google.protobuf.Duration")
      let missing = await #expect(throws: GRPCStatus.self) {
        _ = try await echo.missing(EchoRequest())
      }
      #expect(missing?.code == .unimplemented)
    }
  }

  @Test("a deadline ends the call on both sides, and so does cancelling the task")
  func endings() async throws {
    try await self.withServer { echo, group in
      let loop = group.loops[0]
      let slow = EchoRequest { $0.delayMilliseconds = 5000 }
      let begun = loop.now
      let error = await #expect(throws: GRPCStatus.self) {
        _ = try await echo.unary(slow, CallOptions { $0.timeout = .milliseconds(150) })
      }
      #expect(error?.code == .deadlineExceeded)
      #expect(loop.now - begun < .seconds(2))
      let code = await withTaskGroup(of: GRPCStatus.Code.self) { tasks in
        tasks.addTask {
          do throws(GRPCStatus) {
            _ = try await echo.unary(slow)
            return .ok
          } catch {
            return error.code
          }
        }
        try? await loop.sleep(for: .milliseconds(50))
        tasks.cancelAll()
        return await tasks.next()
      }
      #expect(code == .cancelled)
      let noticed = try await eventually(within: .seconds(5)) {
        try await echo.unary(EchoRequest()).cancelled >= 2
      }
      #expect(noticed)
    }
  }

  @Test("metadata goes there and comes back, texts and bytes")
  func metadata() async throws {
    try await self.withServer { echo, _ in
      let options = CallOptions {
        $0.metadata = ["echo-text": "a b", "trail-text": "t"]
        $0.metadata.append("echo-data-bin", bytes: [0, 1, 255])
      }
      let request = EchoRequest { $0.count = 1 }
      try await echo.expand(request, options) { call throws(GRPCStatus) in
        let metadata = try await call.metadata()
        #expect(metadata["echo-text"] == "a b")
        #expect(metadata[bytes: "echo-data-bin"] == [0, 1, 255])
        while try await call.next() != nil {}
        #expect(call.trailingMetadata?["trail-text"] == "t")
      }
    }
  }
}
