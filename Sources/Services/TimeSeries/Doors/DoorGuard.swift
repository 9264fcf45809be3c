import Bytes
import Compression
import HTTP
import HTTPServing
package import SeriesServing

/// What all doors have, and what they ask of a request before they look into it.
package struct DoorGuard: Sendable {
  let environment: DoorEnvironment
  /// Who may come in; nil: everybody.
  private let passwords: (any SeriesPasswords)?
  let metrics: DoorMetrics
  private let protector: MemoryProtector?

  package init(
    _ environment: DoorEnvironment, passwords: (any SeriesPasswords)?, metrics: DoorMetrics,
    protector: MemoryProtector? = nil
  ) {
    self.environment = environment
    self.passwords = passwords
    self.metrics = metrics
    self.protector = protector
  }

  /// Whether there is memory for what comes.
  var hasRoom: Bool { self.protector?.admitsStream() ?? true }

  /// Who calls; nil when nobody may come in so. Besides basic authentication: `Token USER:PASSWORD` and `Bearer
  /// USER:PASSWORD`, and the parameters `u` and `p`, as clients of InfluxDB send them.
  func admit(_ exchange: HTTPExchange) async -> CallWatch? {
    guard let passwords = self.passwords else { return CallWatch(caller: nil) }
    guard let (user, password) = Self.credentials(exchange) else { return nil }
    return await passwords.caller(
      user: user, password: password, source: "\(exchange.peer)"
    ).map { CallWatch(caller: $0) }
  }

  private static func credentials(_ exchange: HTTPExchange) -> (String, String)? {
    switch exchange.authorization {
    case .basic(let user, let password): return (user, password)
    case .bearer(let token): return self.split(token)
    case .other("token", let credentials): return self.split(credentials)
    case .other: return nil
    case nil: break
    }
    if let text = exchange.fieldText(.authorization) {
      // A colon is no character of a bearer token; clients of version 3 send it as one nevertheless.
      return text.lowercased().hasPrefix("bearer ") ? self.split(String(text.dropFirst(7))) : nil
    }
    guard let user = try? exchange.queryText("u"),
      let password = try? exchange.queryText("p")
    else { return nil }
    return (user, password)
  }

  private static func split(_ token: String) -> (String, String)? {
    guard let colon = token.firstIndex(of: ":") else { return nil }
    return (String(token[..<colon]), String(token[token.index(after: colon)...]))
  }

  /// The content of the request, unpacked. Throws `HTTPError`.
  func content(_ exchange: HTTPExchange, isSnappy: Bool = false) async throws -> ByteWriter {
    var body = ByteWriter(capacity: 0)
    let coding = exchange.fieldText(.contentEncoding)?.lowercased() ?? ""
    let form: Compression?
    switch coding {
    case "", "identity": form = isSnappy ? .snappy : nil
    case "snappy" where isSnappy: form = .snappy
    case "gzip" where !isSnappy: form = .gzip
    default:
      throw HTTPError(
        .unsupportedMediaType, .codingUnknown, "the content coding \(coding) is not supported")
    }
    try await exchange.collectBody(into: &body, limit: self.environment.options.bodyBytesMax)
    guard let form else { return body }
    return try self.unpack(body, form)
  }

  private func unpack(
    _ body: borrowing ByteWriter, _ form: Compression
  ) throws(HTTPError) -> ByteWriter {
    var content = ByteWriter(capacity: 0)
    do throws(CompressionError) {
      try form.decompress(
        body.bytes, to: &content, byteCountMax: self.environment.options.contentBytesMax)
    } catch {
      throw HTTPError(
        error.code == .tooLarge ? .contentTooLarge : .badRequest,
        error.code == .tooLarge ? .bodyTooLarge : .codingUnknown, error.message)
    }
    return content
  }
}
