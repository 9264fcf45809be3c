import Bytes
import CommandTable
import Crypto
import HTTP
import HTTPClient
import Values

/// S3 as a bench asks it: every request signed by itself.
final class BenchTarget: Sendable {
  let bucket: String
  private let endpoint: String
  private let host: String
  private let key: BenchKey
  private let clock: CommandClock
  private let http: HTTPClient
  private static let region = "us-east-1"
  static let timeout = Duration.seconds(60)

  init(
    _ call: Invocation, endpoint: String, bucket: String, key: BenchKey, concurrency: Int
  ) {
    self.endpoint = endpoint
    self.host = String(endpoint.split(separator: "/").last ?? "")
    self.bucket = bucket
    self.key = key
    self.clock = call.clock
    self.http = HTTPClient(
      HTTPClientOptions {
        $0.connectionsPerHostMax = concurrency + 4
        $0.userAgent = "lakectl/\(Release.version)"
        $0.usesEnvironmentProxy = false
        $0.tls.authoritiesPath = call.settings.path("ca-file")
      })
  }

  func stop() { self.http.stop() }

  struct Answer: Sendable {
    var status: UInt16
    var content: [UInt8]
    /// Nil when there was an answer.
    var failure: String?

    var isFine: Bool { self.failure == nil && (200..<300).contains(self.status) }
  }

  func ask(
    _ method: HTTP.Method, _ path: String, query: String = "", _ fields: [(String, String)] = [],
    body: [UInt8] = []
  ) async -> Answer {
    let time = SigV4Time(self.clock.now())
    let hash = body.isEmpty ? Self.emptyHash : SigV4Signer.unsignedPayload
    var lines: [(name: String, value: String)] = [
      ("host", self.host), ("x-amz-date", "\(time)"), ("x-amz-content-sha256", hash),
    ]
    for field in fields { lines.append((field.0, field.1)) }
    let scope = SigV4Scope(day: time.day, region: Self.region, service: "s3")
    let signer = SigV4Signer(
      accessKeyID: self.key.id, key: SigV4Key(secret: self.key.secret.exposed, scope: scope))
    let signed = signer.authorization(
      method: "\(method.text)", path: path, query: query, headers: SigV4HeaderList(lines),
      payloadHash: hash, at: time)
    let url = self.endpoint + path + (query.isEmpty ? "" : "?" + query)
    let headers = lines.dropFirst() + [(name: "Authorization", value: signed.headerValue)]
    let request = HTTPClientRequest(method, url) { request in
      request.fields = Array(headers)
      request.content = body.isEmpty && method != .put ? .none : .bytes(body)
      request.timeout = Self.timeout
      request.retries = .never
    }
    do throws(HTTPClientError) {
      let answer = try await self.http.fetch(request, limit: 512 << 20)
      return Answer(status: answer.status.code, content: answer.content, failure: nil)
    } catch {
      return Answer(status: 0, content: [], failure: error.message)
    }
  }

  private static let emptyHash = "\(SHA256.digest(of: RawSpan()))"

  func makeBucket() async throws(CommandError) {
    let answer = await self.ask(.put, "/\(self.bucket)")
    guard !answer.isFine else { return }
    throw self.refusal(answer, "making bucket \(self.bucket)")
  }

  func removeBucket() async { _ = await self.ask(.delete, "/\(self.bucket)") }

  func refusal(_ answer: Answer, _ what: String) -> CommandError {
    if let failure = answer.failure {
      return CommandError(
        .unreachable, "cannot reach \(self.endpoint)", why: failure, isRetryable: true)
    }
    return S3Refusal.error(
      status: answer.status, String(decoding: answer.content, as: UTF8.self), what: what)
  }
}
