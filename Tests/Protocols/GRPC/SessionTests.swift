import Bytes
import GRPC
import Protobuf
import Testing
import Values

@Suite("gRPC sessions")
struct SessionTests {
  @Test("a call goes there and back, in pieces of any size", arguments: [1, 2, 3, 7, 100, .max])
  func unary(chunk: Int) throws {
    let pair = try Pair()
    let metadata: GRPCMetadata = ["key": "a value", "key2": "b"]
    let call = try pair.open(
      [bytes(100)], path: "/lake.Echo/Unary", metadata: metadata, timeout: .milliseconds(1500))
    try pair.exchange(chunk: chunk)
    let served = try #require(pair.begun.first)
    #expect(served.head.path == "/lake.Echo/Unary")
    #expect(served.head.authority == "a")
    #expect(served.head.timeout == .milliseconds(1500))
    #expect(served.head.metadata["key"] == "a value")
    #expect(served.head.metadata["key2"] == "b")
    #expect(served.isInputEnded)
    #expect(try pair.messages(of: served) == [bytes(100)])
    pair.server.sendHead(served, ["answer": "1"])
    served.send(bytes(100, 8))
    pair.server.finish(served, nil, metadata: ["trail": "2"])
    try pair.exchange(chunk: chunk)
    #expect(call.answerMetadata["answer"] == "1")
    #expect(try pair.messages(of: call) == [bytes(100, 8)])
    #expect(call.endStatus == GRPCStatus(.ok, "", metadata: ["trail": "2"]))
    #expect(call.isClosed)
    #expect(served.isClosed)
    #expect(pair.server.streams.isEmpty)
  }

  @Test("a failure carries its message in any script, details and metadata")
  func failure() throws {
    let pair = try Pair()
    let call = try pair.open([bytes(1)])
    try pair.exchange()
    let status = GRPCStatus(
      .notFound, "Straße 100 % \n\u{1F600}", details: [ProtoAny(ProtoDuration { $0.seconds = 4 })],
      metadata: ["why": "because"])
    pair.server.finish(try #require(pair.begun.first), status)
    try pair.exchange()
    #expect(call.endStatus?.code == .notFound)
    #expect(call.endStatus?.message == status.message)
    #expect(call.endStatus?.details == status.details)
    #expect(call.endStatus?.metadata["why"] == "because")
  }

  @Test("an answer before the end of the request is not overtaken by the reset behind it")
  func earlyAnswer() throws {
    let pair = try Pair()
    let call = try pair.open([bytes(10)], ends: false)
    try pair.exchange()
    pair.server.finish(try #require(pair.begun.first), GRPCStatus(.aborted, "enough"))
    try pair.exchange()
    #expect(call.endStatus?.code == .aborted)
    #expect(call.isClosed)
    #expect(pair.server.streams.isEmpty)
  }

  @Test("a message of megabytes passes windows that are smaller than it")
  func large() throws {
    let small = GRPCLimits { $0.streamWindow = 65_535 }
    let pair = try Pair(server: small, client: small)
    let call = try pair.open([bytes(3_000_000)])
    try pair.exchange()
    let served = try #require(pair.begun.first)
    #expect(try pair.messages(of: served) == [bytes(3_000_000)])
    served.send(bytes(3_000_000, 1))
    pair.server.finish(served, nil)
    try pair.exchange()
    #expect(try pair.messages(of: call) == [bytes(3_000_000, 1)])
  }

  @Test("messages that are not taken hold the sender, and taking them lets it go on")
  func backPressure() throws {
    let pair = try Pair(server: GRPCLimits { $0.streamWindow = 65_535 })
    let call = try pair.open((0..<100).map { bytes(10_000, UInt8($0)) })
    try pair.exchange()
    let served = try #require(pair.begun.first)
    #expect(call.outboundCount > 900_000)
    let other = try pair.open([bytes(1000)])
    try pair.exchange()
    #expect(other.outboundCount == 0, "another call is not held")
    var taken = 0
    while taken < 100 {
      guard let message = try served.takeMessage(ProtoBytesValue.self) else {
        Issue.record("held after \(taken) messages")
        return
      }
      #expect(message == bytes(10_000, UInt8(taken)))
      taken += 1
      try pair.exchange()
    }
    #expect(served.isInputEnded)
    #expect(try served.takeMessage(ProtoBytesValue.self) == nil)
  }

  @Test("a message over the limit is refused when its length is known")
  func tooLarge() throws {
    let pair = try Pair(server: GRPCLimits { $0.messageByteCountMax = 1000 })
    let call = try pair.open([bytes(996)])
    let refused = try pair.open([bytes(100_000)])
    try pair.exchange()
    let served = try #require(pair.begun.first)
    #expect(try pair.messages(of: served) == [bytes(996)])
    #expect(refused.endStatus?.code == .resourceExhausted)
    #expect(call.endStatus == nil)
  }

  @Test("headers over the limit are refused, and the connection lives on")
  func largeHeaders() throws {
    let pair = try Pair(server: GRPCLimits { $0.headerByteCountMax = 2000 })
    let big = String(repeating: "x", count: 3000)
    let refused = try pair.open([bytes(1)], metadata: ["big": big])
    let fine = try pair.open([bytes(1)])
    try pair.exchange()
    #expect(refused.endStatus?.code == .resourceExhausted)
    #expect(pair.begun.count == 1)
    #expect(fine.endStatus == nil)
  }

  @Test("more calls than allowed wait on the client's side")
  func concurrency() throws {
    let pair = try Pair(server: GRPCLimits { $0.concurrentCallsMax = 3 })
    let calls = try (0..<10).map { _ in try pair.open([bytes(1)]) }
    try pair.exchange()
    #expect(pair.begun.count == 3)
    for served in pair.begun { pair.server.finish(served, nil) }
    try pair.exchange()
    #expect(pair.begun.count == 6)
    #expect(calls.filter { $0.endStatus != nil }.count == 3)
  }

  @Test("a drain takes the calls that were on their way and no later ones")
  func drain() throws {
    let pair = try Pair()
    _ = try pair.open([bytes(1)])
    try pair.exchange()
    pair.server.drain()
    // Sent before the client hears of the drain.
    _ = try pair.open([bytes(1)])
    try pair.exchange()
    #expect(pair.begun.count == 2)
    #expect(pair.client.isGoingAway)
    #expect(
      pair.client.open(path: "/s/m", authority: "a", isSecure: false, metadata: [:], timeout: nil)
        == nil)
    #expect(!pair.server.isDrained)
    for served in pair.begun { pair.server.finish(served, nil) }
    try pair.exchange()
    #expect(pair.server.isDrained)
  }

  @Test("cancelling a call closes it on both sides")
  func cancel() throws {
    let pair = try Pair()
    let call = try pair.open([bytes(1)], ends: false)
    try pair.exchange()
    pair.client.cancel(call)
    try pair.exchange()
    let served = try #require(pair.begun.first)
    #expect(served.isClosed)
    #expect(served.closeCode == 8)
    #expect(call.isClosed)
  }

  @Test("calls of a lost connection are closed as such")
  func lost() throws {
    let pair = try Pair()
    let call = try pair.open([bytes(1)])
    try pair.exchange()
    pair.client.abandonCalls()
    #expect(call.isClosed)
    #expect(call.isConnectionLost)
    #expect(pair.client.streams.isEmpty)
  }
}
