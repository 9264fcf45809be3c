import Admin
import CommandTable
import HTTP
import HTTPClient
import JSON
import Values

/// Moves bytes to and from S3 by addresses that the admin API signs: `lakectl` needs no key of its own.
final class S3Session: Sendable {
  let call: Invocation
  let http: HTTPClient
  static let attemptsMax = 4
  static let expiresSeconds: Int64 = 6 * 3600

  init(_ call: Invocation, connections: Int) {
    self.call = call
    self.http = HTTPClient(
      HTTPClientOptions {
        $0.connectionsPerHostMax = connections
        $0.userAgent = "lakectl/\(Release.version)"
        $0.usesEnvironmentProxy = false
        $0.tls.authoritiesPath = call.settings.path("ca-file")
        // Bytes take as long as they take; a connection that moves none is given up.
        $0.totalTimeout = .seconds(86_400)
        $0.lowSpeedTime = .seconds(60)
      })
  }

  func stop() { self.http.stop() }

  /// Addresses for one object, one for each query.
  func addresses(
    _ method: HTTP.Method, _ object: ObjectName, queries: [String] = [],
    headers: [String: String] = [:]
  ) async throws(CommandError) -> [String] {
    var input = PresignInput()
    input.bucket = object.bucket
    input.key = object.key
    input.method = "\(method.text)"
    input.queries = queries
    input.headers = headers
    input.expiresSeconds = Self.expiresSeconds
    // A transfer lasts longer than one call may.
    let patient = Invocation(
      self.call, deadline: self.call.clock.monotonic() + self.call.settings.timeout)
    let answer = try await patient.ask(ObjectAPI.presign, input)
    let urls = answer.items.compactMap { $0["url"]?.string }
    guard urls.count == max(1, queries.count) else {
      throw CommandError(
        .badAnswer, "the signed addresses are not understood",
        why: "\(urls.count) came for \(max(1, queries.count))", try: ["lakectl version --server"])
    }
    return urls
  }

  /// One request; what failed on the way, or because S3 was busy, is tried again.
  func fetch(
    _ method: HTTP.Method, _ url: String, fields: [(String, String)] = [],
    content: HTTPClientRequest.Content = .none, limit: Int = 64 << 20,
    isFine: (UInt16) -> Bool = { (200..<300).contains($0) }, what: String
  ) async throws(CommandError) -> HTTPClientAnswer {
    var pause = Duration.milliseconds(200)
    var attempt = 1
    while true {
      let failure: CommandError
      let request = HTTPClientRequest(method, url) { request in
        request.fields += fields.map { (name: $0.0, value: $0.1) }
        request.content = content
        request.retries = .never
      }
      switch await self.result(of: request, limit: limit) {
      case .success(let answer):
        if isFine(answer.status.code) { return answer }
        failure = S3Refusal.error(answer, what: what)
        guard [500, 502, 503, 504].contains(answer.status.code) else { throw failure }
      case .failure(let error):
        failure = AnswerError.error(error, endpoint: Self.place(url))
      }
      guard attempt < Self.attemptsMax, await self.call.clock.sleep(pause) else { throw failure }
      attempt += 1
      pause = pause * 2
    }
  }

  private func result(
    of request: HTTPClientRequest, limit: Int
  ) async -> Result<HTTPClientAnswer, HTTPClientError> {
    do throws(HTTPClientError) {
      return .success(try await self.http.fetch(request, limit: limit))
    } catch {
      return .failure(error)
    }
  }

  /// Scheme, host and port.
  static func place(_ url: String) -> String {
    url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).prefix(3)
      .joined(separator: "/")
  }
}

/// What S3 says when it does not do something.
enum S3Refusal {
  static func error(_ answer: HTTPClientAnswer, what: String) -> CommandError {
    var error = self.error(status: answer.status.code, answer.text, what: what)
    error.requestID = answer.field("x-amz-request-id")
    return error
  }

  static func error(status: UInt16, _ text: String, what: String) -> CommandError {
    let code = self.element("Code", in: text) ?? "status \(status)"
    let message = self.element("Message", in: text)
    let exit: ExitCode =
      switch status {
      case _ where code == "QuotaExceeded": .overLimit
      case 404: .notFound
      case 401, 403: .denied
      case 409, 412: .conflict
      case 429, 507: .overLimit
      case 503: .unavailable
      default: .failed
      }
    return CommandError(
      ErrorCode(serverCode: "s3.\(code)", exit: exit), "\(what) failed",
      why: message.map { "\(code): \($0)" } ?? code, isRetryable: exit == .unavailable)
  }

  /// The text of the first element of a name, entities resolved.
  static func element(_ name: String, in text: String) -> String? {
    self.elements(name, in: text).first
  }

  static func elements(_ name: String, in text: String) -> [String] {
    var found: [String] = []
    var rest = Substring(text)
    while let start = rest.firstRange(of: "<\(name)>") {
      rest = rest[start.upperBound...]
      guard let end = rest.firstRange(of: "</\(name)>") else { break }
      found.append(self.resolved(String(rest[..<end.lowerBound])))
      rest = rest[end.upperBound...]
    }
    return found
  }

  private static func resolved(_ text: String) -> String {
    guard text.contains("&") else { return text }
    var text = text
    for (name, letter) in [
      ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#34;", "\""), ("&apos;", "'"),
      ("&#39;", "'"), ("&amp;", "&"),
    ] { text = text.replacing(name, with: letter) }
    return text
  }
}
