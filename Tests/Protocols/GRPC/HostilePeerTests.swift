import Bytes
import Fuzzing
import GRPC
import Protobuf
import Testing
import Values

@Suite("gRPC under hostile peers")
struct HostilePeerTests {
  /// The connection's first words, and a SETTINGS frame that sets nothing.
  static let preface =
    Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + frame(4, 0, stream: 0, payload: [])

  static func frame(
    _ type: UInt8, _ flags: UInt8, stream: UInt32, payload: [UInt8]
  ) -> [UInt8] {
    var writer = ByteWriter()
    writer.append(UInt8(payload.count >> 16))
    writer.append(UInt8(payload.count >> 8 & 255))
    writer.append(UInt8(payload.count & 255))
    writer.append(type)
    writer.append(flags)
    writer.append(bigEndian: stream)
    writer.append(payload)
    return writer.bytes.array
  }

  /// Header fields, each as a literal without indexing.
  static func headers(_ fields: [(String, String)]) -> [UInt8] {
    var writer = ByteWriter()
    for (name, value) in fields {
      writer.append(0)
      writer.append(UInt8(name.utf8.count))
      writer.append(name)
      writer.append(UInt8(value.utf8.count))
      writer.append(value)
    }
    return writer.bytes.array
  }

  static let request = headers([
    (":method", "POST"), (":scheme", "http"), (":path", "/s/m"), (":authority", "a"),
    ("te", "trailers"), ("content-type", "application/grpc"),
  ])

  /// Feeds a server; whether it is still willing to read.
  private func survives(
    _ input: [UInt8], limits: GRPCLimits = GRPCLimits(), answers: Bool = true
  ) -> Bool {
    let server = GRPCSession(isServer: true, limits: limits)
    var output = ByteWriter()
    var reader = ByteReader(input.rawBytes)
    while let part = reader.take(min(16_384, reader.remaining)), part.byteCount > 0 {
      do {
        try server.receive(part, now: MonotonicTime(nanoseconds: 1))
        while server.nextEvent() != nil {}
        // A peer that reads nothing: what is produced stays with us.
        if answers { while try server.produce(into: &output, limit: 1 << 30) {} }
      } catch {
        return false
      }
    }
    _ = try? server.produce(into: &output, limit: 1 << 30)
    return !server.isFinished
  }

  @Test("a plain request is served: the frames of these tests are right")
  func plain() {
    let input = Self.preface + Self.frame(1, 4, stream: 1, payload: Self.request)
    #expect(self.survives(input))
  }

  @Test("a flood of pings ends the connection")
  func pings() {
    let ping = Self.frame(6, 0, stream: 0, payload: [UInt8](repeating: 0, count: 8))
    let some = Self.preface + Array([[UInt8]](repeating: ping, count: 500).joined())
    let many = Self.preface + Array([[UInt8]](repeating: ping, count: 5000).joined())
    #expect(self.survives(some))
    #expect(!self.survives(many))
    #expect(!self.survives(many, answers: false))
  }

  @Test("a flood of settings ends the connection")
  func settings() {
    let frame = Self.frame(4, 0, stream: 0, payload: [])
    let many = Self.preface + Array([[UInt8]](repeating: frame, count: 5000).joined())
    #expect(!self.survives(many))
  }

  @Test("opening and resetting calls without end ends the connection")
  func rapidReset() {
    var input = Self.preface
    for number in 0..<5000 {
      let stream = UInt32(number * 2 + 1)
      input += Self.frame(1, 4, stream: stream, payload: Self.request)
      input += Self.frame(3, 0, stream: stream, payload: [0, 0, 0, 8])
    }
    #expect(!self.survives(input))
  }

  @Test("a block of headers without end ends the connection")
  func continuations() {
    var input = Self.preface + Self.frame(1, 0, stream: 1, payload: Self.request)
    for _ in 0..<1000 {
      input += Self.frame(9, 0, stream: 1, payload: Self.headers([("x", "y")]))
    }
    #expect(!self.survives(input))
  }

  @Test(
    "requests that are not gRPC's are answered in HTTP",
    arguments: [
      ("GET", "application/grpc", "405"), ("POST", "text/html", "415"),
    ])
  func notGRPC(method: String, contentType: String, status: String) throws {
    let server = GRPCSession(isServer: true)
    let fields = Self.headers([
      (":method", method), (":scheme", "http"), (":path", "/"), (":authority", "a"),
      ("content-type", contentType),
    ])
    let input = Self.preface + Self.frame(1, 5, stream: 1, payload: fields)
    try server.receive(input.rawBytes, now: MonotonicTime(nanoseconds: 1))
    while let event = server.nextEvent() {
      if case .began = event { Issue.record("a call has begun") }
    }
    var output = ByteWriter()
    _ = try server.produce(into: &output, limit: 1 << 20)
    #expect(output.bytes.lossyText.contains(status))
  }

  @Test(
    "messages that are framed wrongly end their call",
    arguments: [
      ([1, 0, 0, 0, 1, 0], GRPCStatus.Code.unimplemented),
      ([2, 0, 0, 0, 1, 0], .internalError),
      ([0, 255, 255, 255, 255, 0], .resourceExhausted),
    ] as [([UInt8], GRPCStatus.Code)])
  func framing(data: [UInt8], code: GRPCStatus.Code) throws {
    let server = GRPCSession(isServer: true)
    let input =
      Self.preface + Self.frame(1, 4, stream: 1, payload: Self.request)
      + Self.frame(0, 1, stream: 1, payload: data)
    try server.receive(input.rawBytes, now: MonotonicTime(nanoseconds: 1))
    var failure: GRPCStatus?
    while let event = server.nextEvent() {
      if case .readable(let stream) = event { failure = stream.failure ?? failure }
    }
    #expect(failure?.code == code)
  }

  @Test("damaged connections never trap, never hang and hold little memory")
  func fuzz() throws {
    let message: [UInt8] = [0, 0, 0, 0, 3, 10, 1, 7]
    let call =
      Self.frame(1, 4, stream: 1, payload: Self.request)
      + Self.frame(0, 1, stream: 1, payload: message)
    let seeds = [
      Self.preface + call,
      Self.preface + call + Self.frame(1, 5, stream: 3, payload: Self.request)
        + Self.frame(8, 0, stream: 0, payload: [0, 0, 1, 0])
        + Self.frame(3, 0, stream: 3, payload: [0, 0, 0, 8])
        + Self.frame(6, 0, stream: 0, payload: [1, 2, 3, 4, 5, 6, 7, 8])
        + Self.frame(7, 0, stream: 0, payload: [0, 0, 0, 3, 0, 0, 0, 0]),
    ]
    try Fuzzer.run(name: "grpc", seeds: seeds, iterations: 5000, seconds: 3) { input in
      let server = GRPCSession(isServer: true)
      do {
        try server.receive(input, now: MonotonicTime(nanoseconds: 1))
      } catch {
        return
      }
      while let event = server.nextEvent() {
        guard case .readable(let stream) = event else { continue }
        do {
          while try stream.takeMessage(ProtoBytesValue.self) != nil { stream.send(bytes(10)) }
          server.finish(stream, nil)
        } catch {
          server.finish(stream, error as? GRPCStatus)
        }
      }
      var output = ByteWriter()
      _ = try? server.produce(into: &output, limit: 1 << 20)
      try Fuzzer.require(output.count < input.byteCount * 20 + 4096, "\(output.count) bytes out")
    }
  }
}
