import Bytes
import Crypto
import HTTP
import Iceberg
import Runtime
import S3
import Values
import XML

/// Signing requests of clients that hold no keys: only for what lies in the table's own prefix, and only
/// what the caller may do there.
extension IcebergCatalog {
  func sign(
    _ request: SignRequest, _ identifier: TableIdentifier, in warehouse: Warehouse,
    by caller: Caller
  ) async throws -> SignResponse {
    let entry = try await self.entry(.table, identifier, in: warehouse, .read, by: caller)
    let document = try await self.document(of: entry)
    guard warehouse.record.storage.kind == .s3, let storage = warehouse.storage as? S3Storage
    else {
      throw ErrorResponse(
        .unsupportedOperation, "The files of the warehouse need no signed requests")
    }
    let target = try SignTarget(request, endpoint: storage.endpoint)
    let right: CatalogRight = target.writes ? .write : .read
    guard self.allows(caller, right, on: .object(identifier), in: warehouse),
      target.lies(in: try Self.prefixes(of: document, self.metadata(document)))
    else { throw ErrorResponse.forbidden }
    let keys = try self.keys(of: warehouse.record.storage)
    // Content is signed by the client's own word for it, or not at all.
    let hash =
      request.headers.first { $0.name.lowercased() == "x-amz-content-sha256" }?.values.first
      ?? SigV4Signer.unsignedPayload
    let kept = request.headers.flatMap { header in
      let name = header.name.lowercased()
      return Self.isSigned(name) ? header.values.map { (name: name, value: $0) } : []
    }
    let now = self.time.wallNow
    let signed = S3Endpoint.signed(
      method: request.method, host: target.host, path: target.path, query: target.query,
      fields: kept, payloadHash: hash, token: keys.sessionToken,
      by: storage.endpoint.signer(of: keys, at: now), at: now)
    var headers: [SignHeader] = []
    for field in signed {
      if let index = headers.firstIndex(where: { $0.name == field.name }) {
        headers[index].values.append(field.value)
      } else {
        headers.append(SignHeader(name: field.name, values: [field.value]))
      }
    }
    return SignResponse(uri: request.uri, headers: headers)
  }

  private static func isSigned(_ name: String) -> Bool {
    name == "content-type" || name == "content-md5" || name == "range"
      || name.hasPrefix("x-amz-") && name != "x-amz-date" && name != "x-amz-content-sha256"
        && name != "x-amz-security-token"
  }

  /// Where files of the table are: its location, and what its properties name beside.
  private static func prefixes(
    of document: StoredDocument, _ metadata: TableMetadata
  ) throws(IcebergError) -> [Location] {
    var prefixes = [try Location(parsing: document.location)]
    for name in [MetadataFile.pathProperty, "write.data.path"] {
      if let path = metadata.properties[name] { prefixes.append(try Location(parsing: path)) }
    }
    return prefixes
  }
}

/// What a request that is to be signed would touch.
struct SignTarget {
  var host: String
  /// Still percent-encoded.
  var path: String
  var query: String
  var writes = false
  private var objects: [S3Object] = []

  /// Throws 403 for what is of another store, and 400 for what is no URI.
  init(_ request: SignRequest, endpoint: S3Endpoint) throws {
    let scheme = "\(endpoint.scheme)://"
    guard request.uri.contains("://"), request.uri.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else { throw IcebergError(.badRequest, "uri: \(request.uri.prefix(200)) is no URI") }
    guard request.uri.hasPrefix(scheme), request.region == endpoint.region else {
      throw ErrorResponse.forbidden
    }
    let rest = request.uri.dropFirst(scheme.count).prefix { $0 != "#" }
    let slash = rest.firstIndex(of: "/") ?? rest.endIndex
    let mark = rest.firstIndex(of: "?") ?? rest.endIndex
    self.host = rest[..<min(slash, mark)].lowercased()
    self.path = slash < mark ? String(rest[slash..<mark]) : "/"
    self.query = mark < rest.endIndex ? String(rest[rest.index(after: mark)...]) : ""
    let (bucket, key) = try Self.split(self.host, self.path, endpoint)
    try self.classify(request, S3Object(bucket: bucket, key: key))
  }

  private static func split(
    _ host: String, _ path: String, _ endpoint: S3Endpoint
  ) throws -> (String, String) {
    guard let decoded = PercentCoding.text(Array(path.utf8).rawBytes) else {
      throw IcebergError(.badRequest, "uri: the path is not percent-encoded UTF-8")
    }
    let segments = decoded.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    guard !segments.contains(where: { $0 == "." || $0 == ".." }) else {
      throw ErrorResponse.forbidden
    }
    if host == endpoint.authority, endpoint.usesPathStyle {
      return (
        String(segments.first ?? ""), segments.dropFirst().joined(separator: "/")
      )
    }
    guard host.hasSuffix("." + endpoint.authority) else { throw ErrorResponse.forbidden }
    return (
      String(host.dropLast(endpoint.authority.utf8.count + 1)), segments.joined(separator: "/")
    )
  }

  private mutating func classify(_ request: SignRequest, _ object: S3Object) throws {
    let pairs = try QueryString.pairs(Array(self.query.utf8).rawBytes)
    func has(_ name: String) -> Bool { pairs.contains { $0.name == name } }
    switch request.method.uppercased() {
    case "GET", "HEAD":
      guard object.key.isEmpty else {
        self.objects = [object]
        return
      }
      // A list is of the table when its prefix is.
      guard let prefix = pairs.first(where: { $0.name == "prefix" })?.value, !prefix.isEmpty
      else { throw ErrorResponse.forbidden }
      self.objects = [S3Object(bucket: object.bucket, key: prefix)]
    case "PUT", "DELETE":
      self.writes = true
      self.objects = [object]
    case "POST":
      self.writes = true
      guard has("delete"), object.key.isEmpty else {
        self.objects = [object]
        return
      }
      self.objects = try Self.deleted(request.body, in: object.bucket)
    default: throw ErrorResponse.forbidden
    }
    guard self.objects.allSatisfy({ !$0.key.isEmpty }) else { throw ErrorResponse.forbidden }
  }

  /// The keys of a delete of many.
  private static func deleted(_ body: String?, in bucket: String) throws -> [S3Object] {
    guard let body, let document = try? XMLElement(parsing: body) else {
      throw ErrorResponse.forbidden
    }
    let objects = document.children("Object").compactMap { $0.text(of: "Key") }
    guard !objects.isEmpty else { throw ErrorResponse.forbidden }
    return objects.map { S3Object(bucket: bucket, key: $0) }
  }

  /// Whether everything that is touched lies below one of the prefixes.
  func lies(in prefixes: [Location]) -> Bool {
    self.objects.allSatisfy { object in
      let segments = object.key.split(separator: "/", omittingEmptySubsequences: false)
      guard !segments.contains(where: { $0 == "." || $0 == ".." }) else { return false }
      return prefixes.contains { prefix in
        prefix.authority == object.bucket
          && object.key.utf8.starts(with: (prefix.path.dropFirst() + "/").utf8)
      }
    }
  }
}

/// What a request to sign is for.
private struct S3Object: Hashable, Sendable {
  var bucket: String
  var key: String
}
