import Link
import LinkServing
import Protobuf
import Runtime
import Synchronization
import TestSupport
import Testing
import Values

/// What holds for calls over a connection and inside a process alike.
@Suite("Channels")
struct ChannelTests {
  enum Form: String, CaseIterable, Sendable {
    case uring, epoll, local
  }

  private func withChannel(
    _ form: Form, requestMax: Int = 100,
    _ body: @escaping @Sendable (any LinkChannel, Seen, EventLoop) async throws -> Void
  ) async throws {
    switch form {
    case .local: try await withLocal(requestMax: requestMax, body)
    case .uring, .epoll:
      try await withNodes(
        Setting {
          $0.backend = form == .uring ? .automatic : .epoll
          $0.server.requestMax = requestMax
          $0.clientCredentials = credentials("client") { $0.streamWindowByteCount = 20_000 }
          $0.client.retry = .never
        }
      ) { nodes in try await body(nodes.client, nodes.seen, nodes.group.loops[0]) }
    }
  }

  @Test("a call is answered, with the epoch of the node that answers", arguments: Form.allCases)
  func echo(form: Form) async throws {
    try await self.withChannel(form) { channel, _, clock in
      for size in [0, 1, 1000, 100_000, 1 << 20] {
        var request = LinkRequest(
          Command.echo, body: [UInt8](repeating: 7, count: size),
          deadline: clock.now + .seconds(10))
        request.epoch = 9
        let reply = try await channel.call(request)
        #expect(reply.body.count == size && reply.epoch == 10)
      }
      try await channel.ping(deadline: clock.now + .seconds(10))
    }
  }

  @Test("an error comes as it was thrown", arguments: Form.allCases)
  func errors(form: Form) async throws {
    try await self.withChannel(form) { channel, _, clock in
      let deadline = clock.now + .seconds(10)
      let error = await failure {
        _ = try await channel.call(LinkRequest(Command.fail, deadline: deadline))
      }
      #expect(
        error
          == LinkError(
            .staleEpoch, "stale", hint: "ask again", retryAfter: .milliseconds(7), detail: [1, 2],
            epoch: 42))
      let unknown = await failure {
        _ = try await channel.call(LinkRequest(999, deadline: deadline))
      }
      #expect(unknown?.code == .unknownCommand)
      let large = await failure {
        _ = try await channel.call(
          LinkRequest(Command.echo, body: [UInt8](repeating: 0, count: 2 << 20), deadline: deadline)
        )
      }
      #expect(large?.code == .badRequest)
      let late = await failure {
        _ = try await channel.call(LinkRequest(Command.echo, deadline: clock.now))
      }
      #expect(late?.code == .deadlineExceeded)
      let parts = await failure {
        _ = try await channel.call(LinkRequest(Command.parts, deadline: deadline))
      }
      #expect(parts?.code == .badRequest)
      // The channel is as good as before.
      try await channel.ping(deadline: deadline)
    }
  }

  @Test("messages and handlers that answer at once work", arguments: Form.allCases)
  func messages(form: Form) async throws {
    try await self.withChannel(form) { channel, _, clock in
      let deadline = clock.now + .seconds(10)
      let credit = try await channel.call(
        Command.message, Credit { $0.bytes = 41 }, deadline: deadline, returning: Credit.self)
      #expect(credit.bytes == 42)
      let sum = try await channel.call(
        LinkRequest(Command.inlineSum, body: [1, 2, 3, 250], deadline: deadline))
      #expect(sum.body == [0, 1, 0, 0, 0, 0, 0, 0])
      let nothing = await failure {
        _ = try await channel.call(LinkRequest(Command.inlineSum, deadline: deadline))
      }
      #expect(nothing?.message == "nothing to add")
      let garbage = await failure {
        _ = try await channel.call(
          LinkRequest(Command.message, body: [0xFF, 0xFF], deadline: deadline))
      }
      #expect(garbage?.code == .badRequest)
    }
  }

  @Test("a stream of many windows comes whole and in order", arguments: Form.allCases)
  func streams(form: Form) async throws {
    try await self.withChannel(form) { channel, seen, clock in
      let stream = try await channel.stream(
        LinkRequest(Command.parts, body: [200], deadline: clock.now + .seconds(10)))
      var number = 0
      while let part = try await stream.next() {
        if number == 200 {
          #expect(part == [0xFF])
        } else {
          #expect(part.count == 10_000 && part[0] == UInt8(number))
        }
        // What is not taken holds the sender up.
        #expect(seen.partsSent.load(ordering: .relaxed) <= number + 5)
        number += 1
      }
      #expect(number == 201)
      #expect(try await stream.next() == nil)
    }
  }

  @Test("a stream that is given up ends its handler", arguments: Form.allCases, [true, false])
  func giveUp(form: Form, explicitly: Bool) async throws {
    try await self.withChannel(form) { channel, seen, clock in
      var stream: LinkReplyStream? = try await channel.stream(
        LinkRequest(Command.endless, deadline: clock.now + .seconds(10)))
      for _ in 0..<50 { #expect(try await stream?.next()?.count == 1000) }
      if explicitly {
        stream?.cancel()
      } else {
        stream = nil
      }
      #expect(await eventually { seen.cancelled.load(ordering: .relaxed) == 1 })
      try await channel.ping(deadline: clock.now + .seconds(10))
      _ = stream
    }
  }

  @Test("a call that is cancelled ends at once, and so does its handler", arguments: Form.allCases)
  func cancellation(form: Form) async throws {
    try await self.withChannel(form) { channel, seen, clock in
      let start = clock.now
      await withTaskGroup(of: LinkError?.self) { group in
        group.addTask {
          await failure {
            _ = try await channel.call(
              LinkRequest(Command.wait, body: [255], deadline: clock.now + .seconds(10)))
          }
        }
        _ = await eventually { seen.calls.load(ordering: .relaxed) == 1 }
        group.cancelAll()
        for await error in group { #expect(error?.code == .cancelled) }
      }
      #expect(await eventually { seen.cancelled.load(ordering: .relaxed) == 1 })
      #expect(clock.now - start < .seconds(2))
    }
  }

  @Test("over the limit a call is told to slow down", arguments: Form.allCases)
  func slowDown(form: Form) async throws {
    try await self.withChannel(form, requestMax: 2) { channel, seen, clock in
      let deadline = clock.now + .seconds(10)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<2 {
          group.addTask {
            _ = try await channel.call(LinkRequest(Command.wait, body: [30], deadline: deadline))
          }
        }
        #expect(await eventually { seen.calls.load(ordering: .relaxed) == 2 })
        let refused = await failure {
          _ = try await channel.call(LinkRequest(Command.wait, body: [1], deadline: deadline))
        }
        #expect(refused?.code == .slowDown)
        #expect(refused?.retryAfter == .milliseconds(20))
        try await group.waitForAll()
      }
      _ = try await channel.call(LinkRequest(Command.wait, body: [1], deadline: deadline))
    }
  }
}
