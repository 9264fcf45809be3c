import Bytes
import HTTP
import HTTPServing
import Runtime
import Values

struct HandlerMistake: Error {}

/// A route for every way of answering.
func testRoutes(_ notes: TestServer.Notes) throws -> HTTPRoutes {
  var routes = HTTPRoutes()
  try routes.on(.get, "/hello", group: "hello") { $0.respond(.ok, "text/plain", "hello") }
  try routes.on(.get, "/item/{name}") { exchange in
    exchange.respond(.ok, "text/plain", text: exchange.parameter("name"))
  }
  try routes.on(.get, "/query") { exchange in
    exchange.respond(.ok, "text/plain", text: try exchange.queryText("q") ?? "none")
  }
  try routes.on(.get, "/field") { exchange in
    exchange.begin(.ok)
    exchange.field(named: "x-echo", exchange.fieldText(.userAgent) ?? "")
    exchange.end()
  }
  try routes.on(.get, "/encoded") { exchange in
    exchange.begin(.ok)
    exchange.end { $0.append("written in place") }
  }
  try routes.on(.get, "/nothing") { $0.respond(.noContent) }
  try routes.on(.get, "/fails") { _ in throw HandlerMistake() }
  try routes.on(.get, "/refuses") { _ in
    throw HTTPError(
      .conflict, HTTPError.Code(rawValue: "test.conflict"), "it is taken", hint: "wait")
  }
  try routes.on(.get, "/fails-late") { exchange in
    exchange.begin(.ok)
    exchange.field(.etag, "\"a\"" as StaticString)
    throw HandlerMistake()
  }
  try routes.on(.get, "/fails-midway") { exchange in
    exchange.begin(.ok)
    exchange.startContent()
    try await exchange.write(text: "some")
    try await exchange.flush()
    throw HandlerMistake()
  }
  try bodyRoutes(&routes, notes)
  try streamRoutes(&routes, notes)
  return routes
}

private func bodyRoutes(_ routes: inout HTTPRoutes, _ notes: TestServer.Notes) throws {
  try routes.on(.put, "/echo") { exchange in
    let body = try await exchange.collectBody(limit: 8 << 20)
    exchange.begin(.ok)
    exchange.end(body.rawBytes)
  }
  try routes.on(.put, "/count") { exchange in
    var count = 0
    while let part = try await exchange.readBody({ $0.byteCount }) { count += part }
    exchange.respond(.ok, "text/plain", text: "\(count) \(exchange.trailer(.xAmzTrailer) ?? "-")")
  }
  try routes.on(.put, "/direct") { exchange in
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 70_000, alignment: 16)
    defer { memory.deallocate() }
    var sum: UInt64 = 0
    var count = 0
    while true {
      let read = try await exchange.readBody(into: memory)
      if read == 0 { break }
      for byte in memory[..<read] { sum &+= UInt64(byte) }
      count += read
    }
    exchange.respond(.ok, "text/plain", text: "\(count) \(sum)")
  }
  try routes.on(.put, "/small", bodyBytesMax: 100) { exchange in
    _ = try await exchange.collectBody(limit: 100)
    exchange.respond(.noContent)
  }
  try routes.on(.put, "/ignored") { $0.respond(.ok, "text/plain", "unread") }
  try routes.on(.put, "/length") { exchange in
    try exchange.requireContentLength()
    exchange.respond(.noContent)
  }
  try routes.on(.put, "/slow-reader") { exchange in
    notes.add("began")
    guard let loop = EventLoop.current else { return }
    try await loop.sleep(for: .milliseconds(300))
    let isRead = try await exchange.discardBody(limit: 1 << 30)
    exchange.respond(.ok, "text/plain", text: "\(isRead)")
  }
}

private func streamRoutes(_ routes: inout HTTPRoutes, _ notes: TestServer.Notes) throws {
  try routes.on(.get, "/counted/{count}") { exchange in
    let count = Int(exchange.parameter(0)) ?? 0
    exchange.begin(.ok)
    exchange.startContent(length: Int64(count))
    try await writePattern(exchange, count)
  }
  try routes.on(.get, "/chunked/{count}") { exchange in
    let count = Int(exchange.parameter(0)) ?? 0
    exchange.begin(.ok)
    exchange.startContent()
    try await writePattern(exchange, count)
    try await exchange.write { $0.append("end") }
    exchange.endContent(trailers: [("x-amz-trailer", "t")])
  }
  try routes.on(.get, "/events") { exchange in
    exchange.begin(.ok)
    exchange.startContent()
    guard let loop = EventLoop.current else { return }
    for number in 0..<3 {
      try await exchange.write(text: "event \(number)\n")
      try await exchange.flush()
      try await loop.sleep(for: .milliseconds(20))
    }
  }
  try routes.on(.get, "/endless") { exchange in
    exchange.begin(.ok)
    exchange.startContent()
    let block = [UInt8](repeating: 65, count: 32_768)
    var count = 0
    do {
      while true {
        try await exchange.write(block)
        count += block.count
      }
    } catch {
      notes.add("endless ended")
      throw error
    }
  }
  try routes.on(.get, "/wait/{milliseconds}") { exchange in
    guard let loop = EventLoop.current else { return }
    notes.add("waiting")
    try await loop.sleep(for: .milliseconds(Int(exchange.parameter(0)) ?? 0))
    exchange.respond(.ok, "text/plain", "waited")
  }
  let options = WebSocketOptions {
    $0.messageBytesMax = 100_000
    $0.subprotocols = ["lake"]
    $0.pingInterval = .milliseconds(100)
  }
  try routes.on(.get, "/socket") { exchange in
    try await exchange.webSocket(options) { socket in
      while let event = try await socket.receive() {
        switch event {
        case .text("fail"): throw HandlerMistake()
        case .text(let text): _ = try await socket.send(text: "you said \(text)")
        case .binary(let bytes): _ = try await socket.send(binary: bytes.reversed())
        case .ping, .pong: break
        case .close(let code, _): notes.add("closed \(code ?? 0)")
        }
      }
    }
  }
}

/// Bytes that tell their position, in pieces of growing size.
private func writePattern(_ exchange: HTTPExchange, _ count: Int) async throws {
  var at = 0
  var size = 1
  while at < count {
    let end = min(at + size, count)
    try await exchange.write((at..<end).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    at = end
    size = min(size * 3, 100_000)
  }
}

func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31) } }
