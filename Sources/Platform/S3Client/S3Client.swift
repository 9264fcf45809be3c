private import Bytes
private import Crypto
private import HTTP
public import HTTPClient
public import S3
private import Synchronization
public import Values
private import XML

/// A store of the S3 protocol, as services that keep something in one ask it.
public final class S3Client: Sendable {
  public let endpoint: S3Endpoint
  private let http: HTTPClient
  private let timeout: Duration
  private let retries: RetryPolicy?
  private let now: @Sendable () -> WallTime
  private let signer = Mutex<KnownSigner?>(nil)

  /// The same for all requests of a day.
  private struct KnownSigner {
    var secret: Secret<String>
    var signer: SigV4Signer
  }

  /// - Parameters:
  ///   - timeout: one request must be answered in this time.
  ///   - retries: nil for what the HTTP client does by itself.
  public init(
    _ endpoint: S3Endpoint, over http: HTTPClient, timeout: Duration,
    retries: RetryPolicy? = nil, now: @escaping @Sendable () -> WallTime
  ) {
    self.endpoint = endpoint
    self.http = http
    self.timeout = timeout
    self.retries = retries
    self.now = now
  }

  // MARK: Objects

  /// Writes an object.
  ///
  /// Throws `exists` when it is to be new and is not.
  public func put(
    _ key: String, in bucket: String, _ content: [UInt8], isNew: Bool = false,
    by keys: S3Credentials
  ) async throws(S3ClientError) {
    let answer = try await self.send(
      S3Call(.put, bucket: bucket, key: key) {
        $0.content = content
        if isNew { $0.fields = [("If-None-Match", "*")] }
      }, by: keys)
    if isNew, answer.status.code == 412 {
      throw S3ClientError(.exists, "\(key) is in bucket \(bucket) already")
    }
    guard answer.status.isSuccess else { throw Self.refused(answer, "write \(key)", bucket) }
  }

  /// Nil when there is no such object.
  public func get(
    _ key: String, in bucket: String, limit: Int, by keys: S3Credentials
  ) async throws(S3ClientError) -> [UInt8]? {
    // A refusal needs its room too.
    let call = S3Call(.get, bucket: bucket, key: key) { $0.answerBytesMax = max(limit, 64 << 10) }
    let answer = try await self.send(call, by: keys)
    switch answer.status.code {
    case 200:
      guard answer.content.count <= limit else {
        throw S3ClientError(
          .tooLarge, "\(key) in bucket \(bucket) has more than \(limit) bytes")
      }
      return answer.content
    case 404: return nil
    default: throw Self.refused(answer, "read \(key)", bucket)
    }
  }

  /// An object that is not there is none to delete.
  public func delete(
    _ key: String, in bucket: String, by keys: S3Credentials
  ) async throws(S3ClientError) {
    let answer = try await self.send(S3Call(.delete, bucket: bucket, key: key), by: keys)
    guard answer.status.isSuccess || answer.status.code == 404 else {
      throw Self.refused(answer, "remove \(key)", bucket)
    }
  }

  /// - Parameter after: a name; what is listed is behind it.
  public func list(
    _ bucket: String, prefix: String, after: String?, limit: Int = 1000, by keys: S3Credentials
  ) async throws(S3ClientError) -> S3Page {
    var query = "list-type=2&max-keys=\(min(limit, 1000))&prefix=\(Self.encoded(prefix))"
    if let after { query += "&start-after=\(Self.encoded(after))" }
    let call = S3Call(.get, bucket: bucket) {
      $0.query = query
      $0.answerBytesMax = 16 << 20
    }
    let answer = try await self.send(call, by: keys)
    guard answer.status.code == 200 else {
      throw Self.refused(answer, "list \(prefix)", bucket)
    }
    do throws(XMLError) {
      return try Self.page(answer.content)
    } catch {
      throw S3ClientError(.refused, "the list of bucket \(bucket) cannot be read: \(error)")
    }
  }

  private static func page(_ content: [UInt8]) throws(XMLError) -> S3Page {
    let document = try XMLElement(parsing: content.rawBytes)
    var page = S3Page(entries: [], isMore: document.text(of: "IsTruncated") == "true")
    for entry in document.children("Contents") {
      let byteCount: Int64? = try entry.integer(of: "Size")
      page.entries.append(
        S3Page.Entry(
          key: try entry.required("Key"), byteCount: byteCount ?? 0,
          modifiedAtMS: entry.text(of: "LastModified").flatMap { text in
            (try? WallTime(parsing: text)).map { $0.nanoseconds / 1_000_000 }
          }))
    }
    return page
  }

  // MARK: Buckets

  public func hasBucket(
    _ bucket: String, by keys: S3Credentials
  ) async throws(S3ClientError) -> Bool {
    let answer = try await self.send(S3Call(.head, bucket: bucket), by: keys)
    if answer.status.code == 404 { return false }
    guard answer.status.isSuccess else { throw Self.refused(answer, "look", bucket) }
    return true
  }

  /// Makes a bucket; one that is there already, of whoever, is no error.
  public func makeBucket(
    _ bucket: String, by keys: S3Credentials
  ) async throws(S3ClientError) {
    let answer = try await self.send(S3Call(.put, bucket: bucket), by: keys)
    guard answer.status.isSuccess || answer.status.code == 409 else {
      throw Self.refused(answer, "make it", bucket)
    }
  }

  // MARK: Requests

  /// Sends one signed request. An answer of refusal is an answer.
  public func send(
    _ call: S3Call, by keys: S3Credentials
  ) async throws(S3ClientError) -> HTTPClientAnswer {
    let host = self.endpoint.host(ofBucket: call.bucket)
    let path = self.endpoint.path(bucket: call.bucket, key: call.key)
    var request = HTTPClientRequest(
      call.method,
      "\(self.endpoint.scheme)://\(host)\(path)\(call.query.isEmpty ? "" : "?\(call.query)")")
    request.fields = self.signed(call, host: host, path: path, by: keys)
    request.timeout = self.timeout
    if let retries { request.retries = retries }
    if call.method == .put || !call.content.isEmpty { request.content = .bytes(call.content) }
    do throws(HTTPClientError) {
      return try await self.http.fetch(request, limit: call.answerBytesMax)
    } catch {
      throw S3ClientError(
        error.code == .answerTooLarge ? .tooLarge : .unreachable,
        "\(self.endpoint.text) does not answer: \(error)")
    }
  }

  /// The header fields of a call, and those that prove who sends it.
  private func signed(
    _ call: S3Call, host: String, path: String, by keys: S3Credentials
  ) -> [(name: String, value: String)] {
    let now = self.now()
    let hash =
      call.signsContent
      ? "\(SHA256.digest(of: call.content.rawBytes))" : SigV4Signer.unsignedPayload
    return S3Endpoint.signed(
      method: "\(call.method.text)", host: host, path: path, query: call.query,
      fields: call.fields, payloadHash: hash, token: keys.sessionToken,
      by: self.signer(of: keys, at: now), at: now)
  }

  private func signer(of keys: S3Credentials, at now: WallTime) -> SigV4Signer {
    let known = self.signer.withLock { $0 }
    if let known, known.signer.key.scope.day == SigV4Time(now).day,
      known.signer.accessKeyID == keys.accessKeyID,
      known.secret.exposed == keys.secretAccessKey.exposed
    {
      return known.signer
    }
    let signer = self.endpoint.signer(of: keys, at: now)
    self.signer.withLock { $0 = KnownSigner(secret: keys.secretAccessKey, signer: signer) }
    return signer
  }

  /// What a store said instead of doing it.
  private static func refused(
    _ answer: HTTPClientAnswer, _ what: String, _ bucket: String
  ) -> S3ClientError {
    let code = (try? XMLElement(parsing: answer.content.rawBytes))?.text(of: "Code") ?? ""
    return S3ClientError(
      .refused, "bucket \(bucket): cannot \(what): \(answer.status.code) \(code)")
  }

  private static func encoded(_ text: String) -> String {
    var target = ByteWriter()
    PercentCoding.encode(Array(text.utf8).rawBytes, to: &target)
    return target.bytes.lossyText
  }
}
