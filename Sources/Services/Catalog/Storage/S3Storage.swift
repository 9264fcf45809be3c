import Bytes
import Crypto
import HTTP
import HTTPClient
import Iceberg
import Runtime
import S3
import Values
import XML

/// A warehouse in a bucket, or below a prefix of one.
final class S3Storage: TableStorage {
  let root: Location
  let endpoint: S3Endpoint
  private let client: HTTPClient
  private let time: any TimeSource
  /// Asked for every request: keys may run out.
  private let credentials: @Sendable () throws(StorageError) -> S3Credentials
  /// One request must be answered in this time.
  static let timeout = Duration.seconds(10)

  init(
    root: Location, endpoint: S3Endpoint, client: HTTPClient, time: any TimeSource,
    credentials: @escaping @Sendable () throws(StorageError) -> S3Credentials
  ) {
    self.root = root
    self.endpoint = endpoint
    self.client = client
    self.time = time
    self.credentials = credentials
  }

  /// What a store has acknowledged is durable.
  let defersSyncs = false
  func sync(_ locations: [String]) async throws(StorageError) {}

  func write(
    _ content: [UInt8], to location: String, isSynced: Bool
  ) async throws(StorageError) {
    let object = try self.object(location)
    let answer = try await self.send(
      .put, object, content: content, fields: [("If-None-Match", "*")], limit: 64 << 10)
    switch answer.status.code {
    case 200..<300: return
    case 412: throw StorageError(.exists, "\(location) is there already")
    default: throw self.failure(answer, "write", location)
    }
  }

  func read(_ location: String, limit: Int) async throws(StorageError) -> [UInt8] {
    let object = try self.object(location)
    let answer = try await self.send(.get, object, limit: limit)
    switch answer.status.code {
    case 200: return answer.content
    case 404:
      throw StorageError(.notFound, "Failed to open input stream for file: \(location)")
    default: throw self.failure(answer, "read", location)
    }
  }

  func delete(_ locations: [String]) async throws(StorageError) -> [String] {
    var failed: [String] = []
    for location in locations {
      let object = try self.object(location)
      do throws(StorageError) {
        let answer = try await self.send(.delete, object, limit: 64 << 10)
        guard answer.status.isSuccess || answer.status.code == 404 else {
          failed.append(location)
          continue
        }
      } catch {
        failed.append(location)
      }
    }
    return failed
  }

  func files(
    below location: String, after: String?, limit: Int
  ) async throws(StorageError) -> [StoredFile] {
    let folder = try self.object(location)
    var query = "list-type=2&max-keys=\(min(limit, 1000))&prefix=\(Self.encoded(folder.key + "/"))"
    if let after { query += "&start-after=\(Self.encoded(try self.object(after).key))" }
    let answer = try await self.send(
      .get, S3Object(bucket: folder.bucket, key: ""), query: query, limit: 16 << 20)
    guard answer.status.code == 200 else { throw self.failure(answer, "list", location) }
    do throws(XMLError) {
      let document = try XMLElement(parsing: answer.content.rawBytes)
      var found: [StoredFile] = []
      for entry in document.children("Contents") {
        let size: Int64? = try entry.integer(of: "Size")
        found.append(
          StoredFile(
            location: "\(self.root.scheme)://\(folder.bucket)/\(try entry.required("Key"))",
            byteCount: size ?? 0,
            modifiedAtMS: entry.text(of: "LastModified").flatMap { text in
              (try? WallTime(parsing: text)).map { $0.nanoseconds / 1_000_000 }
            }))
      }
      return found
    } catch {
      throw StorageError(.unavailable, "the list of \(location) cannot be read: \(error)")
    }
  }

  // There are no folders.
  func prepare(_ location: String) async throws(StorageError) { _ = try self.object(location) }
  func clear(_ location: String) async throws(StorageError) {}

  /// Makes the bucket of the warehouse, when it is not there.
  func makeBucket() async throws(StorageError) {
    let bucket = S3Object(bucket: self.root.authority, key: "")
    let found = try await self.send(.head, bucket, limit: 4096)
    guard found.status.code == 404 else {
      guard found.status.isSuccess else { throw self.failure(found, "look at", "\(self.root)") }
      return
    }
    let made = try await self.send(.put, bucket, limit: 64 << 10)
    // Another process may have been first.
    guard made.status.isSuccess || made.status.code == 409 else {
      throw self.failure(made, "make the bucket of", "\(self.root)")
    }
  }

  func ping() async throws(StorageError) {
    let answer = try await self.send(
      .head, S3Object(bucket: self.root.authority, key: ""), limit: 4096)
    guard answer.status.isSuccess else { throw self.failure(answer, "look at", "\(self.root)") }
  }

  // MARK: Requests

  /// The bucket and key of a location, which is a literal one: nothing in it is decoded.
  private func object(_ location: String) throws(StorageError) -> S3Object {
    do throws(IcebergError) {
      let parsed = try Location(parsing: location)
      guard parsed.isInside(self.root) else {
        throw IcebergError(
          .validation, "\(location.prefix(300)) is not in the warehouse \(self.root)")
      }
      return S3Object(bucket: parsed.authority, key: String(parsed.path.dropFirst()))
    } catch {
      throw StorageError(.notAllowed, error.message)
    }
  }

  private func send(
    _ method: HTTP.Method, _ object: S3Object, query: String = "", content: [UInt8] = [],
    fields: [(name: String, value: String)] = [], limit: Int
  ) async throws(StorageError) -> HTTPClientAnswer {
    let host = self.endpoint.host(ofBucket: object.bucket)
    let path = self.endpoint.path(bucket: object.bucket, key: object.key)
    let hash = SHA256.digest(of: content.rawBytes)
    let signed = self.endpoint.signed(
      method: "\(method.text)", host: host, path: path, query: query, fields: fields,
      payloadHash: "\(hash)", by: try self.credentials(), at: self.time.wallNow)
    var request = HTTPClientRequest(
      method, "\(self.endpoint.scheme)://\(host)\(path)\(query.isEmpty ? "" : "?\(query)")")
    request.fields = signed
    request.timeout = Self.timeout
    if method == .put { request.content = .bytes(content) }
    do throws(HTTPClientError) {
      return try await self.client.fetch(request, limit: limit)
    } catch {
      throw StorageError(
        error.code == .answerTooLarge ? .tooLarge : .unavailable,
        "\(self.endpoint.text) does not answer: \(error)")
    }
  }

  private func failure(
    _ answer: HTTPClientAnswer, _ what: String, _ location: String
  ) -> StorageError {
    let code = (try? XMLElement(parsing: answer.content.rawBytes))?.text(of: "Code") ?? ""
    return StorageError(
      .unavailable, "cannot \(what) \(location): \(answer.status.code) \(code)")
  }

  private static func encoded(_ text: String) -> String {
    var target = ByteWriter()
    PercentCoding.encode(Array(text.utf8).rawBytes, to: &target)
    return target.bytes.lossyText
  }
}

struct S3Object: Hashable, Sendable {
  var bucket: String
  var key: String
}
