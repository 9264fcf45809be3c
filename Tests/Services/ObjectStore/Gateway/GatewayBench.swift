import Bytes
import Crypto
import HTTP
import HTTPServing
import ObjectGateway
import ObjectModel
import ObjectTesting
import Observability
import Runtime
import Security
import TestSupport
import Values

/// A gateway over model stores at a free port, and clients that sign.
struct GatewayBench: Sendable {
  let group: EventLoopGroup
  let listener: Listener
  let namespace: ModelNamespace
  let blobs: ModelBlobs
  let control: ModelControl
  let gateway: ObjectGateway

  static let alice = ModelIdentity.root(
    id: "AKALICE", secret: "alice-secret", account: "alice", name: "Alice", email: "a@example.org")
  static let bob = ModelIdentity.root(
    id: "AKBOB", secret: "bob-secret", account: "bob", name: "Bob")

  func connect() async throws -> S3Client {
    let deadline = self.group.loops[0].now + .seconds(5)
    let connection = try await self.group.network.connect(
      to: self.listener.address, deadline: deadline)
    connection.deadline = self.group.loops[0].now + .seconds(30)
    connection.inputLimit = 64 << 20
    return S3Client(connection: connection, time: SigV4Time(self.group.loops[0].wallNow))
  }
}

func withGateway(
  _ change: @escaping @Sendable (inout GatewayOptions) -> Void = { _ in },
  isSealing: Bool = false,
  server changeServer: @escaping @Sendable (inout HTTPServerOptions) -> Void = { _ in },
  _ body: @escaping @Sendable (GatewayBench) async throws -> Void
) async throws {
  try await withLoops { group in
    var options = GatewayOptions { $0.tokenKey = [1, 2, 3] }
    change(&options)
    let clock = group.loops[0]
    let milliseconds: @Sendable () -> UInt64 = {
      UInt64(clamping: clock.wallNow.nanoseconds / 1_000_000)
    }
    let namespace = ModelNamespace(milliseconds: milliseconds)
    let blobs = ModelBlobs()
    let control = ModelControl(namespace: namespace, milliseconds: milliseconds)
    let registry = MetricRegistry()
    let folder = TemporaryDirectory("gateway")
    let sealer = isSealing ? try await ObjectSealer.test(folder.file("ring"), group) : nil
    let gateway = ObjectGateway(
      options, namespace: namespace, blobs: blobs, control: control,
      identity: ModelIdentity([GatewayBench.alice, GatewayBench.bob]), time: clock,
      metrics: registry, sealer: sealer)
    let server = gateway.server(loops: group.loops, metrics: registry, changeServer)
    let listener = try await server.start(group, at: .ip("127.0.0.1", port: 0))
    let bench = GatewayBench(
      group: group, listener: listener, namespace: namespace, blobs: blobs, control: control,
      gateway: gateway)
    let result: Result<Void, any Error>
    do { result = .success(try await body(bench)) } catch { result = .failure(error) }
    await listener.drain(until: clock.now + .milliseconds(200))
    try result.get()
  }
}

extension ObjectSealer {
  /// Under a ring of its own.
  static func test(_ path: String, _ group: EventLoopGroup) async throws -> ObjectSealer {
    let master = try MasterKey(text: Array(repeating: 0x41, count: 40), origin: "test")
    let ring = try await KeyRing.open(
      path, on: group.disk, master: master, random: SystemRandom.shared, clock: group.loops[0])
    return try await ObjectSealer(ring, random: SystemRandom.shared)
  }
}

/// One connection whose requests are signed, or sent as they are.
struct S3Client {
  let connection: Connection
  let time: SigV4Time

  struct Response {
    var status: UInt16
    var fields: [String: String]
    var body: [UInt8]
    var text: String { String(decoding: self.body, as: UTF8.self) }

    /// The text of the first element of a name.
    func element(_ name: String) -> String? {
      guard let start = self.text.range(of: "<\(name)>")?.upperBound,
        let end = self.text.range(of: "</\(name)>", from: start)?.lowerBound
      else { return nil }
      return String(self.text[start..<end])
    }

    var code: String? { self.element("Code") }
  }

  func close() { self.connection.close() }

  func send(_ text: String) async throws {
    self.connection.output.append(text)
    try await self.connection.flush()
  }

  /// Signs and sends one request; nil for somebody without credentials.
  func ask(
    _ method: String, _ path: String, query: String = "", _ fields: [(String, String)] = [],
    body: [UInt8] = [], by key: AccessKey? = GatewayBench.alice, payloadHash: String? = nil,
    host: String = "s3.test"
  ) async throws -> Response {
    var lines = fields
    let hash = payloadHash ?? "\(SHA256.digest(of: body.rawBytes))"
    lines.append(("host", host))
    if let key {
      lines.append(("x-amz-date", "\(self.time)"))
      lines.append(("x-amz-content-sha256", hash))
      let signer = SigV4Signer(
        accessKeyID: key.id,
        key: SigV4Key(
          secret: key.secret.exposed,
          scope: SigV4Scope(day: self.time.day, region: "us-east-1", service: "s3")))
      let authorization = signer.authorization(
        method: method, path: path, query: query,
        headers: SigV4HeaderList(lines.map { (name: $0.0, value: $0.1) }), payloadHash: hash,
        at: self.time)
      lines.append(("authorization", authorization.headerValue))
    }
    var text = "\(method) \(path)\(query.isEmpty ? "" : "?" + query) HTTP/1.1\r\n"
    for (name, value) in lines { text += "\(name): \(value)\r\n" }
    if !body.isEmpty || method == "PUT" || method == "POST" {
      text += "content-length: \(body.count)\r\n"
    }
    self.connection.output.append(text + "\r\n")
    self.connection.output.append(body)
    try await self.connection.flush()
    return try await self.response(toHead: method == "HEAD")
  }

  func response(toHead: Bool = false) async throws -> Response {
    var parser = ResponseParser(limits: MessageLimits { $0.bodyBytes = 1 << 30 })
    parser.reset(answering: toHead ? .head : .get)
    while true {
      if let count = try self.connection.withInput({ try parser.parse($0) }) {
        var fields: [String: String] = [:]
        self.connection.withInput { window in
          for index in 0..<parser.head.fields.count {
            let field = parser.head.fields[index]
            fields[field.nameExtent.bytes(in: window).lossyText.lowercased()] =
              field.value.bytes(in: window).lossyText
          }
        }
        let status = parser.head.status.code
        let framing = parser.head.framing
        self.connection.consume(count)
        if status == 100 {
          parser.reset(answering: toHead ? .head : .get)
          continue
        }
        var body: [UInt8] = []
        if case .length(let length) = framing { body = try await self.take(Int(length)) }
        return Response(status: status, fields: fields, body: body)
      }
      guard try await self.connection.read() > 0 else { throw Closed() }
    }
  }

  struct Closed: Error {}

  private func take(_ count: Int) async throws -> [UInt8] {
    var body: [UInt8] = []
    while body.count < count {
      if self.connection.inputCount == 0 {
        guard try await self.connection.read() > 0 else { throw Closed() }
      }
      let step = min(count - body.count, self.connection.inputCount)
      self.connection.withInput { body += $0.extracting(0..<step).array }
      self.connection.consume(step)
    }
    return body
  }
}

extension StringProtocol {
  func range(of text: String, from start: Index? = nil) -> Range<Index>? {
    var at = start ?? self.startIndex
    while at < self.endIndex {
      if self[at...].hasPrefix(text) { return at..<self.index(at, offsetBy: text.count) }
      at = self.index(after: at)
    }
    return nil
  }
}
