package import CommandTable
import HTTP
import HTTPClient
import Synchronization
package import Values

/// The admin API over HTTP.
///
/// Every request has an id that it keeps over its tries, so that a write that is repeated is done once.
/// Requests are tried again when the connection is lost or the server says that it cannot answer now,
/// inside the time that the command has. The HTTP client, which has a thread, is made with the first
/// request.
package final class HTTPAdminClient: AdminClient {
  package struct Options: Sendable {
    package var connectTimeout = Duration.seconds(5)
    package var attemptsMax = 5
    /// Before the second try at most this, then twice as much each time.
    package var backoff = Duration.milliseconds(100)
    /// For a command that prints the token.
    package var credentialTime = Duration.seconds(60)

    package init() {}
  }

  static let answerBytesMax = 64 << 20

  let endpoint: String
  private let settings: Settings
  private let options: Options
  private let clock: CommandClock
  let trace: ClientTrace
  private let http = Mutex<HTTPClient?>(nil)
  private let token = Mutex<String??>(nil)

  package init(
    _ settings: Settings, endpoint: String, clock: CommandClock, trace: ClientTrace = .off,
    options: Options = Options()
  ) {
    self.settings = settings
    self.endpoint = endpoint
    self.clock = clock
    self.trace = trace
    self.options = options
  }

  /// Ends the thread, when there is one.
  package func stop() { self.http.withLock { $0.take() }?.stop() }

  package func send(
    _ request: AdminRequest, until deadline: MonotonicTime
  ) async throws(CommandError) -> [UInt8] {
    let token = try await self.credential()
    let id = request.requestID ?? RequestIDs.next(self.clock)
    var attempt = 1
    while true {
      let left = deadline - self.clock.monotonic()
      guard left > .zero else { throw self.timedOut(request, id, hasArrived: attempt > 1) }
      let failure: CommandError
      let isUnsure: Bool
      switch await self.attempt(request, id: id, token: token, within: left) {
      case .answer(let content): return content
      case .failed(let error, let mayHaveArrived, let mayRepeat):
        isUnsure = mayHaveArrived && request.isWrite && !request.isDryRun
        failure = isUnsure ? self.unsure(error, id) : error
        guard mayRepeat, attempt < self.options.attemptsMax else { throw failure }
      }
      let pause = self.pause(before: attempt + 1)
      guard self.clock.monotonic() + pause < deadline else { throw failure }
      let shown = Humanised.duration(nanoseconds: Double(pause.nanosecondsClamped))
      self.tell("try \(attempt + 1) of \(self.options.attemptsMax) in \(shown)")
      guard await self.clock.sleep(pause) else { throw failure }
      attempt += 1
    }
  }

  private enum Attempt {
    case answer([UInt8])
    case failed(CommandError, mayHaveArrived: Bool, mayRepeat: Bool)
  }

  private func attempt(
    _ request: AdminRequest, id: String, token: String?, within left: Duration
  ) async -> Attempt {
    let start = self.clock.monotonic()
    let sent = self.message(request, id: id, token: token, within: left)
    self.tell("> \(request.method) \(request.target)  request \(id)")
    if self.trace.level > 1, let body = request.body { self.tell("> " + TracedBody.text(body)) }
    do throws(HTTPClientError) {
      let answer = try await self.client().fetch(sent, limit: Self.answerBytesMax)
      let took = Int64((self.clock.monotonic() - start).nanosecondsClamped)
      self.tell(
        "< \(answer.status.code)  \(answer.content.count) bytes in"
          + " \(Humanised.duration(nanoseconds: Double(took)))")
      if self.trace.level > 1 { self.tell("< " + TracedBody.text(answer.content)) }
      guard !(200..<300).contains(answer.status.code) else { return .answer(answer.content) }
      var error = AnswerError.error(answer, endpoint: self.endpoint)
      if error.requestID == nil { error.requestID = id }
      // What a server answers, it has decided: nothing of it is in doubt but what it says so.
      return .failed(error, mayHaveArrived: false, mayRepeat: error.exit == .unavailable)
    } catch {
      self.tell("! \(error.message)")
      var mapped = AnswerError.error(error, endpoint: self.endpoint)
      mapped.requestID = id
      let mayRepeat = [.cannotConnect, .disconnected, .nameUnknown].contains(error.code)
      return .failed(mapped, mayHaveArrived: error.mayHaveArrived, mayRepeat: mayRepeat)
    }
  }

  private func message(
    _ request: AdminRequest, id: String, token: String?, within left: Duration
  ) -> HTTPClientRequest {
    let method = Method.allCases.first { "\($0.text)" == request.method } ?? .get
    return HTTPClientRequest(method, self.endpoint + request.target) { message in
      message.fields = [
        ("Accept", "application/json"), ("X-Request-Id", id),
        ("User-Agent", "lakectl/\(Release.version)"),
      ]
      if let token { message.fields.append(("Authorization", "Bearer \(token)")) }
      if let etag = request.ifMatch { message.fields.append(("If-Match", etag)) }
      if let body = request.body {
        message.fields.append(("Content-Type", "application/json"))
        message.content = .bytes(body)
      }
      message.timeout = left
      message.isIdempotent = true
      message.retries = .never
    }
  }

  /// Between half of the wait and all of it.
  private func pause(before attempt: Int) -> Duration {
    let most = self.options.backoff * (1 << (attempt - 2))
    return .nanoseconds(Int64.random(in: most.nanosecondsClamped / 2...most.nanosecondsClamped))
  }

  private func client() throws(HTTPClientError) -> HTTPClient {
    self.http.withLock { client in
      if let client { return client }
      let made = HTTPClient(
        HTTPClientOptions {
          $0.connectionsPerHostMax = 4
          $0.connectTimeout = self.options.connectTimeout
          $0.userAgent = "lakectl/\(Release.version)"
          // Of the names in the environment only that of https counts.
          $0.usesEnvironmentProxy = self.endpoint.hasPrefix("https://")
          // A request that waits for something to happen may be silent for long.
          $0.lowSpeedTime = .seconds(3600)
          $0.tls.authoritiesPath = self.settings.path("ca-file")
          $0.tls.certificatePath = self.settings.path("certificate-file")
          $0.tls.keyPath = self.settings.path("key-file")
        })
      client = made
      return made
    }
  }

  /// Read with the first request, and once.
  private func credential() async throws(CommandError) -> String? {
    if let known = self.token.withLock({ $0 }) { return known }
    let token = try await Credential.token(
      self.settings, within: self.options.credentialTime, self.clock)
    self.token.withLock { $0 = .some(token) }
    return token
  }

  private func tell(_ text: String) {
    if self.trace.level > 0 { self.trace.write(text) }
  }

  // MARK: What is not known

  private func timedOut(_ request: AdminRequest, _ id: String, hasArrived: Bool) -> CommandError {
    let error = CommandError(
      .timedOut, "\(self.endpoint) did not answer in time",
      why: "the time of --timeout had passed", requestID: id)
    return hasArrived && request.isWrite && !request.isDryRun ? self.unsure(error, id) : error
  }

  /// A write that may have arrived: the next line of the same id finds out.
  private func unsure(_ error: CommandError, _ id: String) -> CommandError {
    CommandError(
      .outcomeUnknown, "it is not known whether the change was made",
      why: "\(error.message)\(error.why.map { ": \($0)" } ?? "");"
        + " repeating the command with its request id does it once",
      isRetryable: true, changed: nil, requestID: id)
  }
}

extension AdminRequest {
  /// The path with its query.
  var target: String {
    var parts = self.query
    if self.isDryRun { parts.append(("dry_run", "true")) }
    guard !parts.isEmpty else { return self.path }
    return self.path + "?"
      + parts.map { "\($0.name)=\(PercentCoding.text($0.value))" }.joined(separator: "&")
  }
}
