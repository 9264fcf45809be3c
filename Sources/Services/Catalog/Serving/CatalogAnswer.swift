import Bytes
import HTTP
import HTTPServing
import Iceberg
import JSON

/// What a request is answered.
struct CatalogAnswer: Sendable {
  var status: Status
  var body = Body.nothing
  var entityTag: String?
  var cacheControl: String?
  var extra: [(name: String, value: String)] = []

  enum Body: Sendable {
    case nothing
    case json([UInt8])
    /// A document between what stands before and after it.
    case loaded(before: [UInt8], StoredDocument, after: [UInt8])
  }

  static let noContent = CatalogAnswer(status: .noContent)

  init(status: Status, body: Body = .nothing) {
    self.status = status
    self.body = body
  }

  init(_ value: some JSONEncodable, status: Status = .ok) {
    self.init(status: status, body: .json(value.jsonBytes))
  }

  init(_ loaded: LoadedObject) {
    let (before, after) = loaded.access.envelope(metadataLocation: loaded.metadataLocation)
    self.init(status: .ok, body: .loaded(before: before, loaded.document, after: after))
    self.entityTag = loaded.entityTag
    if !loaded.access.credentials.isEmpty { self.cacheControl = "no-store" }
  }

  /// Only a commit's metadata and where it is.
  init(commit loaded: LoadedObject) {
    let (before, _) = StorageAccess().envelope(metadataLocation: loaded.metadataLocation)
    self.init(
      status: .ok,
      body: .loaded(before: before, loaded.document, after: [UInt8(ascii: "}")]))
    self.entityTag = loaded.entityTag
  }

  init(_ error: ErrorResponse) {
    self.init(error, status: Status(UInt16(clamping: error.status)))
    if error.status == 401 { self.extra.append(("WWW-Authenticate", "Bearer")) }
    // A repeat is harmless where nothing has happened.
    if error.status == 503 || error.status == 429 { self.extra.append(("Retry-After", "1")) }
  }

  /// Larger documents are sent from where the store holds them.
  private static let copiedBytesMax = 64 << 10

  func send(on exchange: HTTPExchange) async throws {
    exchange.begin(self.status)
    if let tag = self.entityTag { exchange.field(.etag, tag) }
    if let cacheControl { exchange.field(.cacheControl, cacheControl) }
    for field in self.extra { exchange.field(named: field.name, field.value) }
    switch self.body {
    case .nothing: exchange.end()
    case .json(let bytes):
      exchange.field(.contentType, "application/json" as StaticString)
      exchange.end(bytes.rawBytes)
    case .loaded(let before, let document, let after):
      exchange.field(.contentType, "application/json" as StaticString)
      try await Self.send(before, document, after, on: exchange)
    }
  }

  private static func send(
    _ before: [UInt8], _ document: StoredDocument, _ after: [UInt8], on exchange: HTTPExchange
  ) async throws {
    let count = document.byteCount
    guard count > Self.copiedBytesMax else {
      exchange.end { output in
        output.append(before)
        document.withBytes { output.append($0) }
        output.append(after)
      }
      return
    }
    exchange.startContent(length: Int64(before.count + count + after.count))
    try await exchange.write(before)
    // The bytes stay where they are as long as the document does.
    let bytes = document.withBytes { span in span.withUnsafeBytes { $0 } }
    try await exchange.write(bytes)
    try await exchange.write(after)
    withExtendedLifetime(document) {}
  }
}
