import CommandTable
import HTTP
import HTTPClient
import S3
import S3Client
import Values

/// S3 as a bench asks it: every request signed by itself.
final class BenchTarget: Sendable {
  let bucket: String
  private let store: S3Client
  private let keys: S3Credentials
  private let http: HTTPClient
  static let timeout = Duration.seconds(60)

  init(
    _ call: Invocation, endpoint: String, bucket: String, key: BenchKey, concurrency: Int
  ) throws(CommandError) {
    guard let store = S3Endpoint(endpoint, region: "us-east-1", usesPathStyle: true) else {
      throw CommandError(
        .badValue, "\(endpoint) is no address of a store", try: ["such as http://127.0.0.1:9000"])
    }
    self.bucket = bucket
    self.keys = S3Credentials(accessKeyID: key.id, secretAccessKey: key.secret)
    self.http = HTTPClient(
      HTTPClientOptions {
        $0.connectionsPerHostMax = concurrency + 4
        $0.userAgent = "lakectl/\(Release.version)"
        $0.usesEnvironmentProxy = false
        $0.tls.authoritiesPath = call.settings.path("ca-file")
      })
    self.store = S3Client(
      store, over: self.http, timeout: Self.timeout, retries: .never, now: call.clock.now)
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
    _ method: HTTP.Method, _ key: String = "", query: String = "",
    _ fields: [(name: String, value: String)] = [], body: [UInt8] = []
  ) async -> Answer {
    let call = S3Call(method, bucket: self.bucket, key: key) {
      $0.query = query
      $0.fields = fields
      $0.content = body
      $0.signsContent = body.isEmpty
      $0.answerBytesMax = 512 << 20
    }
    do throws(S3ClientError) {
      let answer = try await self.store.send(call, by: self.keys)
      return Answer(status: answer.status.code, content: answer.content, failure: nil)
    } catch {
      return Answer(status: 0, content: [], failure: error.message)
    }
  }

  func makeBucket() async throws(CommandError) {
    let answer = await self.ask(.put)
    guard !answer.isFine else { return }
    throw self.refusal(answer, "making bucket \(self.bucket)")
  }

  func removeBucket() async { _ = await self.ask(.delete) }

  func refusal(_ answer: Answer, _ what: String) -> CommandError {
    if let failure = answer.failure {
      return CommandError(
        .unreachable, "cannot reach \(self.store.endpoint.text)", why: failure, isRetryable: true)
    }
    return S3Refusal.error(
      status: answer.status, String(decoding: answer.content, as: UTF8.self), what: what)
  }
}
