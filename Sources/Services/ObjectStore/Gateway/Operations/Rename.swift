private import Runtime
private import Values
import Bytes
import HTTP
import HTTPServing
import ObjectModel
import S3

extension ObjectGateway {
  func renameObject(_ request: S3Request) async throws {
    let source = try self.renameSource(request)
    try await self.authorizeRename(request, source, request.key)
    guard !source.endsInSlash, !request.key.endsInSlash else {
      throw S3Error(.invalidRequest, "names that end in a slash are not renamed one by one")
    }
    let now = self.time.wallNow.nanoseconds / 1_000_000_000
    var condition = RequestConditions.write(request)
    condition.ifModifiedSince = RequestConditions.seconds(
      request.header(.ifModifiedSince), now: now)
    condition.ifUnmodifiedSince = RequestConditions.seconds(
      request.header(.ifUnmodifiedSince), now: .max)
    let rename = RenameRequest(
      source: source, destination: request.key,
      sourceCondition: RequestConditions.source(
        request, prefix: "x-amz-rename-source-", now: now),
      destinationCondition: condition, clientToken: try Self.clientToken(request))
    do throws(NamespaceError) {
      _ = try await self.namespace.renameObject(request.call, rename)
    } catch {
      throw Self.refusal(rename: error, source, request)
    }
    request.respond(200)
  }

  func renameFolder(_ request: S3Request) async throws {
    let source = try self.renameSource(request)
    var destination = request.key
    if !destination.endsInSlash { destination = ObjectKey(destination.bytes + [0x2F]) }
    guard source.endsInSlash else {
      throw S3Error(.invalidRequest, "the source of a folder's rename ends in a slash")
    }
    try await self.authorizeRename(request, source, destination)
    guard source.byteCount > 1 || source.bytes != [0x2F], destination.byteCount > 1,
      !source.bytes.starts(with: destination.bytes), !destination.bytes.starts(with: source.bytes)
    else { throw S3Error(.invalidArgument, "one folder is the other, or inside it") }
    let rename = RenameFolderRequest(
      source: source, destination: destination, clientToken: try Self.clientToken(request))
    let reply: RenameReply
    do throws(NamespaceError) {
      reply = try await self.namespace.renameFolder(request.call, rename)
    } catch {
      throw Self.refusal(rename: error, source, request)
    }
    request.begin(200)
    request.field("x-lake-renamed-objects", "\(reply.objects)")
    request.exchange.end()
  }

  private static func refusal(
    rename error: NamespaceError, _ source: ObjectKey, _ request: S3Request
  ) -> S3Error {
    error.code == .noSuchKey ? Self.noSuchKey(source) : Self.refusal(error, request)
  }

  /// `x-amz-rename-source: [/]bucket/key`, or a key of this bucket; percent-encoded.
  private func renameSource(_ request: S3Request) throws(S3Error) -> ObjectKey {
    guard request.bucket.versioning == .unversioned, !request.bucket.hasObjectLock else {
      throw S3Error(.invalidRequest, "names of buckets that keep versions are not changed")
    }
    let given = request.header("x-amz-rename-source")
    guard let text = given ?? request.target.argument("src-path") else {
      throw S3Error(.invalidRequest, "x-amz-rename-source is missing")
    }
    var plain = text
    if given != nil {
      let bytes = Array(text.utf8)
      guard let decoded = PercentCoding.text(bytes.rawBytes) else {
        throw S3Error.invalidArgument(
          "x-amz-rename-source", text, "the source is not percent-encoded UTF-8")
      }
      plain = decoded
    }
    let stripped = plain.hasPrefix("/") ? String(plain.dropFirst()) : plain
    let own = request.bucket.name + "/"
    let key = stripped.hasPrefix(own) ? String(stripped.dropFirst(own.count)) : plain
    guard (1...ObjectKey.byteCountMax).contains(key.utf8.count) else {
      throw S3Error.invalidArgument(
        "x-amz-rename-source", text, "the source's key has 1 to 1024 bytes")
    }
    return ObjectKey(key)
  }

  private func authorizeRename(
    _ request: S3Request, _ source: ObjectKey, _ destination: ObjectKey
  ) async throws(S3Error) {
    for key in [source, destination] {
      for action in ["s3:RenameObject", "s3:PutObject"] {
        let outcome = try await self.outcome(
          request, action, bucket: request.bucket, request.rules, key: key, .write)
        if outcome == .denied { throw Self.denied }
        if outcome == .allowed { break }
        if action == "s3:PutObject" { throw Self.denied }
      }
    }
    // A policy that tells one part of a folder from another cannot be kept by moving all of it.
    if request.operation == .renameFolder, let policy = request.rules?.policy,
      policy.distinguishes(
        bucket: request.bucket.name, folders: [source.text, destination.text])
    {
      throw Self.denied
    }
  }

  private static func clientToken(_ request: S3Request) throws(S3Error) -> [UInt8] {
    guard let text = request.header("x-amz-client-token") else { return [] }
    guard (1...64).contains(text.utf8.count), text.utf8.allSatisfy({ 0x21...0x7E ~= $0 }) else {
      throw S3Error.invalidArgument(
        "x-amz-client-token", text, "a token has 1 to 64 visible characters")
    }
    return Array(text.utf8)
  }
}
