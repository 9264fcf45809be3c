import Bytes
import Crypto
import HTTP
package import HTTPClient
package import Runtime
package import S3
package import SeriesColumns
import XML

/// How a bucket is reached.
package struct BackupBucket: Sendable {
  package var endpoint: S3Endpoint
  package var bucket: String
  package var prefix: String
  package var keys: S3Credentials

  package init(endpoint: S3Endpoint, bucket: String, prefix: String, keys: S3Credentials) {
    self.endpoint = endpoint
    self.bucket = bucket
    self.prefix = prefix
    self.keys = keys
  }
}

/// Backups in a bucket of an S3 store.
package struct BucketBackups: BackupStore {
  private let bucket: BackupBucket
  private let client: HTTPClient
  private let time: any TimeSource
  /// One piece must go in this time.
  private static let timeout = Duration.seconds(120)

  package init(_ bucket: BackupBucket, client: HTTPClient, time: any TimeSource) {
    self.bucket = bucket
    self.client = client
    self.time = time
  }

  package func put(_ name: String, _ content: [UInt8]) async throws(SeriesError) {
    let answer = try await self.send(.put, key: name, content: content, limit: 64 << 10)
    guard answer.status.isSuccess else { throw self.failed("write", name, answer) }
  }

  package func get(_ name: String, limit: Int) async throws(SeriesError) -> [UInt8]? {
    let answer = try await self.send(.get, key: name, limit: limit)
    if answer.status.code == 404 { return nil }
    guard answer.status.code == 200 else { throw self.failed("read", name, answer) }
    return answer.content
  }

  package func remove(_ name: String) async throws(SeriesError) {
    let answer = try await self.send(.delete, key: name, limit: 64 << 10)
    guard answer.status.isSuccess || answer.status.code == 404 else {
      throw self.failed("remove", name, answer)
    }
  }

  package func list(_ prefix: String) async throws(SeriesError) -> [String] {
    var names: [String] = []
    let whole = self.bucket.prefix.isEmpty ? "" : self.bucket.prefix + "/"
    while true {
      var query = "list-type=2&max-keys=1000&prefix=\(Self.encoded(whole + prefix))"
      if let last = names.last { query += "&start-after=\(Self.encoded(whole + last))" }
      let answer = try await self.send(.get, key: nil, query: query, limit: 16 << 20)
      guard answer.status.code == 200 else { throw self.failed("list", prefix, answer) }
      let found: [String]
      let isMore: Bool
      do throws(XMLError) {
        let document = try XMLElement(parsing: answer.content.rawBytes)
        found = document.children("Contents").compactMap { $0.text(of: "Key") }
        isMore = document.text(of: "IsTruncated") == "true"
      } catch {
        throw SeriesError(.io, "the list of \(self.bucket.bucket) cannot be read: \(error)")
      }
      names += found.filter { $0.hasPrefix(whole) }.map { String($0.dropFirst(whole.count)) }
      guard isMore, !found.isEmpty else { return names }
    }
  }

  // MARK: Requests

  private func send(
    _ method: HTTP.Method, key: String?, query: String = "", content: [UInt8] = [], limit: Int
  ) async throws(SeriesError) -> HTTPClientAnswer {
    let bucket = self.bucket
    let host = bucket.endpoint.host(ofBucket: bucket.bucket)
    let path = bucket.endpoint.path(
      bucket: bucket.bucket,
      key: key.map { (bucket.prefix.isEmpty ? "" : bucket.prefix + "/") + $0 } ?? "")
    let hash = SHA256.digest(of: content.rawBytes)
    var request = HTTPClientRequest(
      method, "\(bucket.endpoint.scheme)://\(host)\(path)\(query.isEmpty ? "" : "?\(query)")")
    request.fields = bucket.endpoint.signed(
      method: "\(method.text)", host: host, path: path, query: query, fields: [],
      payloadHash: "\(hash)", by: bucket.keys, at: self.time.wallNow)
    request.timeout = Self.timeout
    if method == .put { request.content = .bytes(content) }
    do throws(HTTPClientError) {
      return try await self.client.fetch(request, limit: limit)
    } catch {
      throw SeriesError(
        error.code == .answerTooLarge ? .tooLarge : .io,
        "\(bucket.endpoint.text) does not answer: \(error)")
    }
  }

  private func failed(_ what: String, _ name: String, _ answer: HTTPClientAnswer) -> SeriesError {
    let code = (try? XMLElement(parsing: answer.content.rawBytes))?.text(of: "Code") ?? ""
    return SeriesError(
      .io,
      "cannot \(what) \(name) in bucket \(self.bucket.bucket): \(answer.status.code) \(code)")
  }

  private static func encoded(_ text: String) -> String {
    var target = ByteWriter()
    PercentCoding.encode(Array(text.utf8).rawBytes, to: &target)
    return target.bytes.lossyText
  }
}
