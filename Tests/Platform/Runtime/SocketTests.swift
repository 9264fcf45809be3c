import Bytes
import Glibc
import Synchronization
import TestSupport
import Testing
import Values

@testable import Runtime

/// Sends back what comes, until the peer ends.
@Sendable func echo(_ connection: Connection) async {
  do {
    while try await connection.flushAndRead() > 0 {
      connection.withInput { connection.output.append($0) }
      connection.consume(connection.inputCount)
    }
    try await connection.flush()
  } catch {}
}

let loopback = SocketAddress.ip("127.0.0.1", port: 0)

func connect(_ group: EventLoopGroup, _ listener: Listener) async throws -> Connection {
  let deadline = group.loops[0].now + .seconds(10)
  let connection = try await group.network.connect(to: listener.address, deadline: deadline)
  connection.deadline = deadline
  return connection
}

extension Connection {
  /// Reads exactly `count` bytes.
  func take(_ count: Int) async throws -> [UInt8] {
    while self.inputCount < count {
      guard try await self.flushAndRead() > 0 else {
        throw IOFailure.disconnected("read", "\(self.inputCount) of \(count) bytes")
      }
    }
    let bytes = self.withInput { $0.extracting(first: count).array }
    self.consume(count)
    return bytes
  }
}

@Suite("Sockets")
struct SocketTests {
  @Test("bytes come back in order, small and large", arguments: backends)
  func echoes(backend: BackendChoice) async throws {
    try await withLoops(2, backend: backend) { group in
      let listener = try await Listener.start(group, at: loopback, handler: echo)
      let connection = try await connect(group, listener)
      for size in [1, 100, 8191, 8192, 8193, 16_384, 40_000, 60_000] {
        let sent = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ size) }
        connection.output.append(sent)
        #expect(try await connection.take(size) == sent, "\(size) bytes")
      }
      connection.close()
      await listener.drain(until: group.loops[0].now + .seconds(5))
    }
  }

  @Test("a Unix socket works like TCP and removes its file", arguments: backends)
  func unixSocket(backend: BackendChoice) async throws {
    let directory = TemporaryDirectory()
    try await withLoops(2, backend: backend) { group in
      let path = directory.file("echo.sock")
      let listener = try await Listener.start(group, at: .unix(path), handler: echo)
      let connection = try await connect(group, listener)
      connection.output.append("hello")
      #expect(try await connection.take(5) == Array("hello".utf8))
      connection.close()
      await listener.drain(until: group.loops[0].now + .seconds(5))
      #expect(await eventually { (try? await group.disk.information(path)) == nil })
    }
  }

  @Test("large bodies go both ways at the same time", arguments: backends)
  func fullDuplex(backend: BackendChoice) async throws {
    try await withLoops(backend: backend) { group in
      let total = 8 << 20
      let sent = [UInt8](unsafeUninitializedCapacity: total) { target, count in
        SystemRandom.shared.fill(UnsafeMutableRawBufferPointer(target))
        count = total
      }
      let listener = try await Listener.start(group, at: loopback, handler: echo)
      let connection = try await connect(group, listener)
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        tasks.addTask {
          let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: total, alignment: 64)
          defer { memory.deallocate() }
          memory.copyBytes(from: sent)
          var done = 0
          while done < total {
            let end = min(done + 100_000, total)
            try await connection.write(UnsafeRawBufferPointer(rebasing: memory[done..<end]))
            done = end
          }
          await connection.shutdownOutput()
        }
        tasks.addTask {
          let target = UnsafeMutableRawBufferPointer.allocate(byteCount: total + 1, alignment: 64)
          defer { target.deallocate() }
          var received = 0
          while true {
            let rest = UnsafeMutableRawBufferPointer(rebasing: target[received...])
            let count = try await connection.read(into: rest)
            if count == 0 { break }
            received += count
          }
          #expect(received == total)
          let same = memcmp(sent, try #require(target.baseAddress), total)
          #expect(same == 0)
        }
        try await tasks.waitForAll()
      }
      connection.close()
    }
  }

  @Test("a read past its deadline times out and an answer can still be sent", arguments: backends)
  func readDeadline(backend: BackendChoice) async throws {
    try await withLoops(backend: backend) { group in
      let listener = try await Listener.start(group, at: loopback) { connection in
        connection.deadline = group.loops[0].now + .milliseconds(30)
        do throws(IOFailure) {
          _ = try await connection.read()
          Issue.record("nothing was sent")
        } catch {
          #expect(error.isTimeout)
        }
        connection.output.append("too slow")
        connection.deadline = .distantFuture
        try? await connection.flush()
      }
      let connection = try await connect(group, listener)
      #expect(try await connection.take(8) == Array("too slow".utf8))
      #expect(try await connection.read() == 0)
      connection.close()
    }
  }

  @Test("a peer that does not read makes a flush time out", arguments: backends)
  func writeDeadline(backend: BackendChoice) async throws {
    try await withLoops(backend: backend) { group in
      let outcome = Recorded<IOFailure?>(nil)
      let listener = try await Listener.start(group, at: loopback) { connection in
        connection.deadline = group.loops[0].now + .milliseconds(50)
        connection.output.append(repeating: 7, count: 64 << 20)
        do throws(IOFailure) {
          try await connection.flush()
        } catch {
          outcome.change { $0 = error }
        }
      }
      let connection = try await connect(group, listener)
      #expect(await eventually { outcome.value?.isTimeout == true })
      connection.close()
      await listener.drain(until: group.loops[0].now)
    }
  }

  @Test("input beyond the limit is refused, not stored", arguments: backends)
  func inputLimit(backend: BackendChoice) async throws {
    try await withLoops(backend: backend) { group in
      let outcome = Recorded<(Int, Int32)?>(nil)
      let listener = try await Listener.start(group, at: loopback) { connection in
        do throws(IOFailure) {
          while try await connection.read() > 0 {}
        } catch {
          let count = connection.inputCount
          outcome.change { $0 = (count, error.code) }
        }
      }
      let connection = try await connect(group, listener)
      connection.output.append(repeating: 1, count: 400_000)
      try? await connection.flush()
      #expect(await eventually { outcome.value != nil })
      let (count, code) = try #require(outcome.value)
      #expect(code == 105)
      #expect(count >= 65_536 && count < 200_000)
      connection.close()
    }
  }

  @Test("a connection over the limit gets its answer and is closed", arguments: backends)
  func connectionLimit(backend: BackendChoice) async throws {
    try await withLoops(backend: backend) { group in
      let listener = try await Listener.start(
        group, at: loopback,
        Listener.Options {
          $0.connectionsMax = 2
          $0.overLimit = Array("later".utf8)
        }, handler: echo)
      let first = try await connect(group, listener)
      let second = try await connect(group, listener)
      for connection in [first, second] {
        connection.output.append("x")
        _ = try await connection.take(1)
      }
      let third = try await connect(group, listener)
      #expect(try await third.take(5) == Array("later".utf8))
      #expect(listener.refusedCount == 1)
      first.close()
      #expect(await eventually { listener.connectionCount == 1 })
      let fourth = try await connect(group, listener)
      fourth.output.append("y")
      #expect(try await fourth.take(1) == Array("y".utf8))
      for connection in [second, third, fourth] { connection.close() }
    }
  }

  @Test("one address may have so many connections, over all loops", arguments: backends)
  func addressLimit(backend: BackendChoice) async throws {
    try await withLoops(2, backend: backend) { group in
      let listener = try await Listener.start(
        group, at: loopback,
        Listener.Options {
          $0.connectionsPerAddressMax = 3
          $0.overLimit = Array("later".utf8)
        }, handler: echo)
      var held: [Connection] = []
      for _ in 1...3 {
        let connection = try await connect(group, listener)
        connection.output.append("x")
        #expect(try await connection.take(1) == Array("x".utf8))
        held.append(connection)
      }
      let refused = try await connect(group, listener)
      #expect(try await refused.take(5) == Array("later".utf8))
      #expect(await eventually { listener.connectionCount == 3 })
      held[0].close()
      #expect(await eventually { listener.connectionCount == 2 })
      let again = try await connect(group, listener)
      again.output.append("y")
      #expect(try await again.take(1) == Array("y".utf8))
      for connection in held.dropFirst() + [refused, again] { connection.close() }
    }
  }

  @Test(
    "a drain ends idle connections, lets busy ones finish and aborts the rest", arguments: backends)
  func drains(backend: BackendChoice) async throws {
    try await withLoops(2, backend: backend) { group in
      let finished = Recorded<[String]>([])
      let listener = try await Listener.start(group, at: loopback) { connection in
        do {
          guard try await connection.waitForInput() else { return }
          let kind = connection.withInput { $0.lossyText }
          connection.consume(connection.inputCount)
          switch kind {
          case "idle":
            connection.isBetweenRequests = true
            connection.output.append("ok")
            let more = try await connection.flushAndRead()
            finished.append("idle \(more)")
          case "busy":
            connection.output.append("ok")
            try await connection.flush()
            try await EventLoop.current?.sleep(for: .milliseconds(100))
            connection.output.append("done")
            try await connection.flush()
            finished.append("busy")
          default:
            connection.output.append("ok")
            _ = try await connection.flushAndRead()
          }
        } catch let failure as IOFailure {
          finished.append(failure.isCancelled ? "aborted" : "\(failure)")
        } catch {}
      }
      var connections: [Connection] = []
      for kind in ["idle", "busy", "stuck"] {
        let connection = try await connect(group, listener)
        connection.output.append(kind)
        #expect(try await connection.take(2) == Array("ok".utf8))
        connections.append(connection)
      }
      let loop = try #require(EventLoop.current)
      await listener.drain(until: loop.now + .milliseconds(400))
      #expect(try await connections[1].take(4) == Array("done".utf8))
      #expect(finished.value.sorted() == ["aborted", "busy", "idle 0"])
      #expect(listener.connectionCount == 0)
      await #expect(throws: IOFailure.self) { try await connect(group, listener) }
      for connection in connections { connection.close() }
    }
  }

  @Test("connecting where nobody listens is refused by name", arguments: backends)
  func refused(backend: BackendChoice) async throws {
    try await withLoops(backend: backend) { group in
      let listener = try await Listener.start(group, at: loopback, handler: echo)
      let address = listener.address
      await listener.drain(until: group.loops[0].now)
      do {
        _ = try await group.network.connect(
          to: address, deadline: group.loops[0].now + .seconds(5))
        Issue.record("connected to a closed port")
      } catch let error as IOFailure {
        #expect(error.code == 111)
        #expect(error.description == "connect \(address): Connection refused")
      }
    }
  }

  @Test("a port that is taken is refused with its address", arguments: backends)
  func portTaken(backend: BackendChoice) async throws {
    try await withLoops(backend: backend) { group in
      let listener = try await Listener.start(group, at: loopback, handler: echo)
      await #expect(throws: IOFailure(code: 98, operation: "bind", subject: "\(listener.address)"))
      {
        _ = try await Listener.start(group, at: listener.address, handler: echo)
      }
    }
  }

  @Test("two hundred clients at once are all served", arguments: backends)
  func manyClients(backend: BackendChoice) async throws {
    try await withLoops(2, backend: backend) { group in
      let listener = try await Listener.start(group, at: loopback, handler: echo)
      try await withThrowingTaskGroup(of: Void.self) { tasks in
        for number in 0..<200 {
          tasks.addTask {
            let connection = try await connect(group, listener)
            for round in 0..<20 {
              let text = "client \(number) round \(round)"
              connection.output.append(text)
              #expect(try await connection.take(text.utf8.count) == Array(text.utf8))
            }
            connection.close()
          }
        }
        try await tasks.waitForAll()
      }
      #expect(await eventually { listener.connectionCount == 0 })
    }
  }
}
