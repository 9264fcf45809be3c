import Bytes
import GRPC
import Protobuf
import Testing
import Values

/// A client's and a server's session, wired to each other in memory.
final class Pair {
  let client: GRPCSession
  let server: GRPCSession
  /// What happened on each side and has not been looked at.
  var clientEvents: [GRPCSession.Event] = []
  var serverEvents: [GRPCSession.Event] = []
  var now = MonotonicTime(nanoseconds: 1)

  init(server: GRPCLimits = GRPCLimits(), client: GRPCLimits = GRPCLimits()) throws {
    self.server = GRPCSession(isServer: true, limits: server)
    self.client = GRPCSession(isServer: false, limits: client)
    try self.exchange()
  }

  /// Carries bytes both ways until there are none, at most `chunk` at a time.
  func exchange(chunk: Int = .max) throws {
    while true {
      let toServer = try Self.carry(from: self.client, to: self.server, chunk, self.now)
      while let event = self.server.nextEvent() { self.serverEvents.append(event) }
      let toClient = try Self.carry(from: self.server, to: self.client, chunk, self.now)
      while let event = self.client.nextEvent() { self.clientEvents.append(event) }
      if toServer + toClient == 0 { return }
    }
  }

  private static func carry(
    from source: GRPCSession, to target: GRPCSession, _ chunk: Int, _ now: MonotonicTime
  ) throws -> Int {
    var bytes = ByteWriter()
    while try source.produce(into: &bytes, limit: 1 << 30) {}
    var reader = ByteReader(bytes.bytes)
    while let part = reader.take(min(chunk, reader.remaining)), part.byteCount > 0 {
      try target.receive(part, now: now)
    }
    return bytes.count
  }

  /// Opens a call and sends `messages`, then the end.
  func open(
    _ messages: [ProtoBytesValue], path: String = "/s/m", metadata: GRPCMetadata = [:],
    timeout: Duration? = nil, ends: Bool = true
  ) throws -> GRPCStream {
    let stream = try #require(
      self.client.open(
        path: path, authority: "a", isSecure: false, metadata: metadata, timeout: timeout))
    for message in messages { stream.send(message) }
    if ends { self.client.endRequest(stream) } else { self.client.push(stream) }
    return stream
  }

  /// The calls that have begun on the server.
  var begun: [GRPCStream] {
    self.serverEvents.compactMap { if case .began(let stream) = $0 { stream } else { nil } }
  }

  func messages(of stream: GRPCStream) throws -> [ProtoBytesValue] {
    var found: [ProtoBytesValue] = []
    while let message = try stream.takeMessage(ProtoBytesValue.self) { found.append(message) }
    return found
  }
}

func bytes(_ count: Int, _ value: UInt8 = 7) -> ProtoBytesValue {
  ProtoBytesValue { $0.value = [UInt8](repeating: value, count: count) }
}
