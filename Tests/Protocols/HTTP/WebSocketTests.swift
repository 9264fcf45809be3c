import Bytes
import HTTP
import Testing

@Suite("WebSocket")
struct WebSocketTests {
  /// A frame with a mask of zeros when it is masked, so that its payload can be read.
  static func frame(
    _ first: UInt8, _ payload: [UInt8], masked: Bool = true, length: Int? = nil
  ) -> [UInt8] {
    let count = length ?? payload.count
    var bytes: [UInt8] = [first]
    let bit: UInt8 = masked ? 0x80 : 0
    if count < 126 {
      bytes.append(bit | UInt8(count))
    } else if count < 65_536 {
      bytes += [bit | 126, UInt8(count >> 8), UInt8(count & 255)]
    } else {
      bytes.append(bit | 127)
      for shift in stride(from: 56, through: 0, by: -8) {
        bytes.append(UInt8(truncatingIfNeeded: count >> shift))
      }
    }
    if masked { bytes += [0, 0, 0, 0] }
    return bytes + payload
  }

  static func events(_ session: WebSocketSession) -> [WebSocketSession.Event] {
    var events: [WebSocketSession.Event] = []
    while let event = session.nextEvent() { events.append(event) }
    return events
  }

  /// Gives bytes to a session and returns what answers them.
  @discardableResult
  static func give(_ session: WebSocketSession, _ bytes: [UInt8]) -> [UInt8] {
    var output = ByteWriter()
    session.receive(bytes.rawBytes, output: &output)
    return output.bytes.array
  }

  static func made(_ body: (inout ByteWriter) -> Void) -> [UInt8] {
    var output = ByteWriter()
    body(&output)
    return output.bytes.array
  }

  @Test("the answer to RFC 6455's sample key is the one it prints")
  func acceptValue() {
    let key = Array("dGhlIHNhbXBsZSBub25jZQ==".utf8)
    let value = WebSocketHandshake.acceptValue(for: key.rawBytes)
    #expect(value == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
  }

  static let upgrade = [
    "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  ]

  @Test(
    "a handshake is accepted or refused with its status",
    arguments: [
      (upgrade, "GET", nil),
      (["Upgrade: h2c, WebSocket"] + upgrade.dropFirst(), "GET", nil),
      (Array(upgrade.dropFirst()), "GET", 426),
      ([upgrade[0]] + upgrade.dropFirst(2), "GET", 426),
      (["Upgrade: h2c"] + upgrade.dropFirst(), "GET", 426),
      ([upgrade[0], upgrade[1], "Sec-WebSocket-Version: 8", upgrade[3]], "GET", 426),
      ([upgrade[0], upgrade[1], upgrade[3]], "GET", 426),
      (upgrade, "POST", 400),
      (upgrade + ["Content-Length: 1"], "GET", 400),
      (Array(upgrade.dropLast()), "GET", 400),
      (upgrade.dropLast() + ["Sec-WebSocket-Key: c2hvcnQ="], "GET", 400),
      (upgrade + [upgrade[3]], "GET", 400),
    ] as [([String], String, UInt16?)])
  func handshake(fields: [String], method: String, status: UInt16?) throws {
    let text = "\(method) /ws HTTP/1.1\r\nHost: a\r\n\(fields.joined(separator: "\r\n"))\r\n\r\n"
    let bytes = Array(text.utf8)
    var parser = RequestParser(limits: MessageLimits())
    _ = try #require(try parser.parse(bytes.rawBytes))
    do throws(HTTPError) {
      let accept = try WebSocketHandshake.accept(parser.head, bytes.rawBytes)
      #expect(status == nil)
      #expect(accept == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
    } catch {
      #expect(error.status.code == status)
    }
  }

  @Test("a client's request is accepted by the server, and its answer by the client")
  func bothHalves() throws {
    let key = "AAAAAAAAAAAAAAAAAAAAAA=="
    var request = ByteWriter()
    WebSocketHandshake.appendRequest(
      target: "/ws", host: "a", key: key, fields: [("Sec-WebSocket-Protocol", "x, lake")],
      to: &request)
    let bytes = request.bytes.array
    var parser = RequestParser(limits: MessageLimits())
    _ = try #require(try parser.parse(bytes.rawBytes))
    let accept = try WebSocketHandshake.accept(parser.head, bytes.rawBytes)
    let chosen = WebSocketHandshake.subprotocol(
      parser.head, bytes.rawBytes, ours: ["other", "lake"])
    #expect(chosen?.description == "lake")
    var answer = ByteWriter()
    WebSocketHandshake.appendAccepted(accept, subprotocol: chosen, to: &answer)
    let answered = answer.bytes.array
    var reader = ResponseParser(limits: MessageLimits())
    reader.reset(answering: .get)
    _ = try #require(try reader.parse(answered.rawBytes))
    let isAccepted = WebSocketHandshake.isAccepted(reader.head, answered.rawBytes, key: key)
    #expect(isAccepted)
    let isOther = WebSocketHandshake.isAccepted(
      reader.head, answered.rawBytes, key: "AAAAAAAAAAAAAAAAAAAAAQ==")
    #expect(!isOther)
  }

  @Test("RFC 6455's sample frames are read, whole or byte by byte")
  func samples() {
    let masked: [UInt8] = [0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58]
    for step in [1, masked.count] {
      let server = WebSocketSession(.server)
      var at = 0
      while at < masked.count {
        #expect(Self.give(server, Array(masked[at..<at + step])) == [])
        at += step
      }
      #expect(Self.events(server) == [.text("Hello")])
    }
    let client = WebSocketSession(.client)
    Self.give(client, [0x01, 0x03, 0x48, 0x65, 0x6C, 0x80, 0x02, 0x6C, 0x6F])
    #expect(Self.events(client) == [.text("Hello")])
  }

  @Test("a ping inside a fragmented message is answered before its end")
  func pingBetween() {
    let server = WebSocketSession(.server)
    #expect(Self.give(server, Self.frame(0x01, Array("He".utf8))) == [])
    #expect(Self.give(server, Self.frame(0x89, [1, 2])) == [0x8A, 2, 1, 2])
    #expect(Self.give(server, Self.frame(0x80, Array("llo".utf8))) == [])
    #expect(Self.events(server) == [.ping([1, 2]), .text("Hello")])
  }

  @Test("messages of every length class pass between a client and a server, in both directions")
  func pair() {
    var random = SeededNumbers(seed: 3)
    let client = WebSocketSession(.client) { UInt32.random(in: 0...(.max), using: &random) }
    let server = WebSocketSession(.server)
    for count in [0, 1, 125, 126, 127, 65_535, 65_536, 200_000] {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
      let text = String(repeating: "é", count: count / 2)
      for (from, to) in [(client, server), (server, client)] {
        let sent = Self.made { output in
          let isSent = from.send(binary: bytes.rawBytes, to: &output)
          #expect(isSent)
          #expect(from.send(text: text, to: &output))
          #expect(from.ping([1], to: &output))
        }
        var at = 0
        while at < sent.count {
          Self.give(to, Array(sent[at..<min(at + 5000, sent.count)]))
          at += 5000
        }
        #expect(Self.events(to) == [.binary(bytes), .text(text), .ping([1])])
      }
    }
    let close = Self.made { client.close(.normal, reason: "done", to: &$0) }
    let echo = Self.give(server, close)
    #expect(Self.events(server) == [.close(code: 1000, reason: "done")])
    #expect(Self.give(client, echo) == [])
    #expect(Self.events(client) == [.close(code: 1000, reason: "")])
    #expect(client.isOver)
    #expect(server.isOver)
    #expect(Self.made { _ = server.send(text: "late", to: &$0) } == [])
  }

  @Test("a client's frames are masked with the bits it was given")
  func masking() {
    let client = WebSocketSession(.client) { 0x0403_0201 }
    let frame = Self.made { _ = client.send(text: "abcd", to: &$0) }
    #expect(frame == [0x81, 0x84, 1, 2, 3, 4, 0x60, 0x60, 0x60, 0x60])
  }

  @Test(
    "what breaks the protocol ends the session with its code",
    arguments: [
      (frame(0x81, [65], masked: false), 1002),
      (frame(0xC1, [65]), 1002), (frame(0xA1, [65]), 1002), (frame(0x91, [65]), 1002),
      (frame(0x83, []), 1002), (frame(0x8B, []), 1002), (frame(0x8F, []), 1002),
      (frame(0x09, []), 1002), (frame(0x08, []), 1002),
      (frame(0x89, Array(repeating: 0, count: 126)), 1002),
      (frame(0x80, [65]), 1002), (frame(0x00, [65]), 1002),
      (frame(0x01, [65]) + frame(0x81, [65]), 1002),
      (frame(0x81, [0xFF]), 1007), (frame(0x81, [0xC3]), 1007),
      (frame(0x81, [0xED, 0xA0, 0x80]), 1007),
      (frame(0x01, [0xC3]) + frame(0x80, [0x28]), 1007),
      (frame(0x88, [3]), 1002), (frame(0x88, [3, 0xED]), 1002), (frame(0x88, [0, 1]), 1002),
      (frame(0x88, [3, 0xF7]), 1002), (frame(0x88, [0x0B, 0xB7]), 1002),
      (frame(0x88, [3, 0xE8, 0xFF]), 1007),
      // The length alone decides; wslay tells a header with its first payload byte.
      (frame(0x82, [0], length: 1001), 1009),
      (frame(0x82, [0], length: 1 << 40), 1009),
      (frame(0x02, Array(repeating: 0, count: 600)) + frame(0x80, [0], length: 600), 1009),
    ] as [([UInt8], UInt16)])
  func hostile(bytes: [UInt8], code: UInt16) {
    let server = WebSocketSession(.server, messageBytesMax: 1000)
    let answer = Self.give(server, bytes)
    #expect(answer == [0x88, 2, UInt8(code >> 8), UInt8(code & 255)])
    #expect(server.sentCode == code)
    #expect(server.isOver)
    #expect(Self.give(server, Self.frame(0x81, [65])) == [])
    #expect(Self.events(server) == [])
  }

  @Test("a close without a code is echoed without one")
  func emptyClose() {
    let server = WebSocketSession(.server)
    #expect(Self.give(server, Self.frame(0x88, [])) == [0x88, 0])
    #expect(Self.events(server) == [.close(code: nil, reason: "")])
    #expect(server.isOver)
  }

  @Test("after our close the peer's messages still arrive, and its pings are not answered")
  func halfClosed() {
    let server = WebSocketSession(.server)
    _ = Self.made { server.close(.goingAway, to: &$0) }
    #expect(Self.give(server, Self.frame(0x81, [65]) + Self.frame(0x89, [])) == [])
    #expect(Self.events(server) == [.text("A"), .ping([])])
    #expect(!server.isOver)
    #expect(Self.give(server, Self.frame(0x88, [3, 0xE9])) == [])
    #expect(server.isOver)
  }

  @Test("a long reason is cut between characters")
  func longReason() {
    let server = WebSocketSession(.server)
    let frame = Self.made {
      server.close(.goingAway, reason: String(repeating: "é", count: 100), to: &$0)
    }
    #expect(frame.count == 2 + 2 + 122)
    #expect(String(validating: frame.dropFirst(4), as: UTF8.self) != nil)
  }

  @Test("a code that may not be sent is a bug", arguments: [999, 1005, 1006, 1015, 2000, 5000])
  func badCode(code: UInt16) async {
    await #expect(processExitsWith: .failure) { [code] in
      _ = WebSocketCloseCode(rawValue: code)
    }
  }
}
