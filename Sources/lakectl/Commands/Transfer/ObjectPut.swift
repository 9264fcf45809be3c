import Admin
import Bytes
import CommandTable
import Crypto
import HTTP
import HTTPClient
import JSON
import Synchronization
import Values

/// `lakectl object put`
enum ObjectPut {
  static let file = Argument<FilePath>("file", "the file; - is standard input")
  static let object = Argument<BucketPlace>(
    "object", "BUCKET/KEY; what ends in a slash keeps the name of the file")
  static let type = Option<PlainName>(
    "type", placeholder: "TYPE", "its content type, such as text/csv")
  static let ifNoneMatch = Flag("if-none-match", "only when there is no object of that key")
  static let resume = Flag("resume", "go on with an upload of this file that was interrupted")
  static let metadata = ListOption<KeyValuePair>("metadata", "kept with it: KEY=VALUE")

  static let command = Command(
    name: "put", summary: "upload a file or standard input",
    call: Call(
      parameters: [
        file.parameter, object.parameter, type.parameter, ifNoneMatch.parameter,
        metadata.parameter, resume.parameter, TransferColumns.partSize.parameter,
        TransferColumns.parallel.parameter,
      ], effect: .writes, output: .record("ObjectTransfer", TransferColumns.columns),
      exits: [
        .notFound: "there is no such bucket", .conflict: "--if-none-match: there is one already",
        .overLimit: "the quota of the bucket",
      ],
      examples: [
        Example(text: "A file", line: "lakectl object put a.parquet raw/2026/"),
        Example(
          text: "From a pipe", line: "lakectl object put - backup/db.dump --type application/sql"),
      ],
      detail: """
        Large files go in parts, several at once; the object appears when all are there.
        An upload that was interrupted keeps its parts: --resume compares them with the file and sends the rest.
        """,
      run: { call async throws(CommandError) in try await run(call) }))

  static func run(_ call: Invocation) async throws(CommandError) -> Outcome {
    let source = call[self.file]
    var place = call[self.object]
    if place.prefix.isEmpty || place.prefix.hasSuffix("/") {
      guard !source.isStandardStream else {
        throw CommandError(
          .badValue, "\(place.text.visible.quoted) names no object",
          why: "standard input has no name to keep")
      }
      place.prefix += String(source.text.split(separator: "/").last ?? "object")
    }
    let object = ObjectName(bucket: place.bucket, key: place.prefix)
    let parallel = try TransferColumns.parallel(call)
    let wanted = call[TransferColumns.partSize]?.bytes ?? 16 << 20
    let start = call.clock.monotonic()
    guard !call.isDryRun else {
      var outcome = Outcome.record(
        TransferColumns.row(object, bytes: 0, etag: nil, path: source.text, since: start, call))
      outcome.notes = ["would upload \(source.text.visible) to \(object.text.visible)"]
      return outcome
    }
    let session = S3Session(call, connections: parallel)
    defer { session.stop() }
    let upload = PartUpload(session: session, object: object, fields: self.fields(call))
    let sent: PartUpload.Sent
    if source.isStandardStream {
      sent = try await upload.stream(partBytes: Int(max(wanted, PartPlan.partBytesMin)), parallel)
    } else {
      let file = try LocalFile.reading(source.text)
      guard let size = file.size else {
        throw CommandError(
          .unreadableInput, "\(source.text.visible) is no file",
          why: "what has no size is read from standard input",
          try: ["lakectl object put - \(object.text.visible.shellQuoted) < FILE"])
      }
      let plan = PartPlan(size: size, wanted: wanted)
      sent =
        size <= wanted && !call[self.resume]
        ? try await upload.whole(try file.read(at: 0, count: Int(size)))
        : try await upload.parts(of: file, plan, parallel, resumes: call[self.resume])
    }
    var outcome = Outcome.record(
      TransferColumns.row(
        object, bytes: sent.bytes, etag: sent.etag, path: source.text, since: start, call,
        version: sent.version))
    outcome.notes = ["undo: lakectl object delete \(object.text.visible.shellQuoted) --yes"]
    return outcome
  }

  private static func fields(_ call: Invocation) -> PartUpload.Fields {
    var fields = PartUpload.Fields()
    if let type = call[self.type]?.text { fields.plain.append(("Content-Type", type)) }
    fields.isOnlyNew = call[self.ifNoneMatch]
    for pair in call[self.metadata] { fields.signed["x-amz-meta-\(pair.key)"] = pair.value }
    return fields
  }
}

struct KeyValuePair: ArgumentValue, Hashable {
  var key: String
  var value: String
  static let placeholder = "KEY=VALUE"

  init(argument: String) throws(ValueError) {
    guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else {
      throw ValueError(.malformed, "\(argument.visible.quoted) is not KEY=VALUE")
    }
    self.key = argument[..<equals].lowercased()
    self.value = String(argument[argument.index(after: equals)...])
    guard self.key.utf8.allSatisfy({ 0x21...0x7E ~= $0 && $0 != 0x3A }) else {
      throw ValueError(.malformed, "\(self.key.visible.quoted) is no name of metadata")
    }
  }
}

/// An object on its way up.
struct PartUpload: Sendable {
  struct Fields: Sendable {
    var plain: [(String, String)] = []
    /// Part of the signature.
    var signed: [String: String] = [:]
    var isOnlyNew = false

    /// Those of the request that makes the object.
    var all: [(String, String)] {
      self.plain + self.signed.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
  }

  struct Sent: Sendable {
    var bytes: Int64
    var etag: String?
    var version: String?
  }

  let session: S3Session
  let object: ObjectName
  let fields: Fields

  private var condition: [(String, String)] {
    self.fields.isOnlyNew ? [("If-None-Match", "*")] : []
  }

  func whole(_ bytes: [UInt8]) async throws(CommandError) -> Sent {
    let url = try await self.session.addresses(.put, self.object, headers: self.fields.signed)[0]
    let answer = try await self.session.fetch(
      .put, url, fields: self.fields.all + self.condition, content: .bytes(bytes),
      what: "uploading \(self.object.text)")
    return Sent(
      bytes: Int64(bytes.count), etag: answer.field("etag"),
      version: answer.field("x-amz-version-id"))
  }

  // MARK: In parts

  func parts(
    of file: LocalFile, _ plan: PartPlan, _ parallel: Int, resumes: Bool
  ) async throws(CommandError) -> Sent {
    let modified = file.modified
    var id: String?
    var there: [Int: String] = [:]
    var plan = plan
    if resumes, let found = try await self.interrupted() {
      id = found.id
      // Cut as it was begun.
      if let bytes = found.partBytes, bytes >= PartPlan.partBytesMin {
        plan.partBytes = bytes
      }
      there = try self.equal(found.etags, file, plan)
    }
    let upload: String
    if let id { upload = id } else { upload = try await self.begin() }
    let tags = Mutex(there)
    let done = there.keys.reduce(0) { $0 + Int64(plan.range($1).count) }
    let progress = TransferProgress(
      self.session.call, self.object.text, total: plan.size, done: done)
    let left = (0..<plan.count).filter { there[$0] == nil }
    let urls = PartAddresses(self.session, self.object, upload: upload)
    let cut = plan
    do throws(CommandError) {
      try await Parts.forEach(left, atOnce: parallel) { number in
        do throws(CommandError) {
          let range = cut.range(number)
          let bytes = try file.read(at: range.lowerBound, count: range.count)
          guard bytes.count == range.count, file.modified == modified else {
            throw CommandError(
              .unreadableInput, "\(file.path.visible) changed while it was read",
              why: "its size or its time is another", changed: false)
          }
          let tag = try await self.send(bytes, number, urls)
          tags.withLock { $0[number] = tag }
          progress.add(Int64(range.count))
          return nil
        } catch {
          return error
        }
      }
    } catch {
      throw self.interrupted(error, file)
    }
    progress.add(0, isLast: true)
    return try await self.complete(upload, tags.withLock { $0 }, bytes: plan.size)
  }

  /// Parts as they come, a few at once.
  func stream(partBytes: Int, _ parallel: Int) async throws(CommandError) -> Sent {
    var bytes = try ByteStreams.read(count: partBytes)
    guard bytes.count == partBytes else { return try await self.whole(bytes) }
    let upload = try await self.begin()
    let urls = PartAddresses(self.session, self.object, upload: upload)
    let tags = Mutex<[Int: String]>([:])
    var total: Int64 = 0
    var number = 0
    while !bytes.isEmpty {
      var batch: [(Int, [UInt8])] = []
      while batch.count < parallel, !bytes.isEmpty {
        batch.append((number, bytes))
        total += Int64(bytes.count)
        number += 1
        bytes = bytes.count < partBytes ? [] : try ByteStreams.read(count: partBytes)
      }
      let pieces = batch
      try await Parts.forEach(Array(pieces.indices), atOnce: parallel) { index in
        do throws(CommandError) {
          let tag = try await self.send(pieces[index].1, pieces[index].0, urls)
          tags.withLock { $0[pieces[index].0] = tag }
          return nil
        } catch {
          return error
        }
      }
    }
    return try await self.complete(upload, tags.withLock { $0 }, bytes: total)
  }

  private func begin() async throws(CommandError) -> String {
    let url = try await self.session.addresses(
      .post, self.object, queries: ["uploads="], headers: self.fields.signed)[0]
    let answer = try await self.session.fetch(
      .post, url, fields: self.fields.all, content: .bytes([]),
      what: "beginning the upload of \(self.object.text)")
    guard let id = S3Refusal.element("UploadId", in: answer.text) else {
      throw CommandError(.badAnswer, "the answer to a new upload is not understood")
    }
    return id
  }

  private func send(
    _ bytes: [UInt8], _ number: Int, _ urls: PartAddresses
  ) async throws(CommandError) -> String {
    let answer = try await self.session.fetch(
      .put, try await urls.address(number), content: .bytes(bytes),
      what: "uploading part \(number + 1) of \(self.object.text)")
    guard let tag = answer.field("etag"),
      tag.filter({ $0 != "\"" }) == "\(MD5.digest(of: bytes.rawBytes))"
    else {
      throw CommandError(
        .badAnswer, "part \(number + 1) of \(self.object.text.visible) did not arrive whole",
        why: "its entity tag is not the MD5 of what was sent")
    }
    return tag
  }

  private func complete(
    _ upload: String, _ tags: [Int: String], bytes: Int64
  ) async throws(CommandError) -> Sent {
    var xml = "<CompleteMultipartUpload>"
    for (number, tag) in tags.sorted(by: { $0.key < $1.key }) {
      xml += "<Part><PartNumber>\(number + 1)</PartNumber><ETag>\(tag)</ETag></Part>"
    }
    xml += "</CompleteMultipartUpload>"
    let url = try await self.session.addresses(
      .post, self.object, queries: ["uploadId=\(PercentCoding.text(upload))"])[0]
    let answer = try await self.session.fetch(
      .post, url, fields: self.condition, content: .bytes(Array(xml.utf8)),
      what: "completing \(self.object.text)")
    // What lasts is answered before it is done: the end may be an error in the body.
    guard let tag = S3Refusal.element("ETag", in: answer.text) else {
      throw S3Refusal.error(answer, what: "completing \(self.object.text)")
    }
    return Sent(bytes: bytes, etag: tag, version: answer.field("x-amz-version-id"))
  }

  // MARK: Going on

  private struct Interrupted {
    var id: String
    var partBytes: Int64?
    var etags: [Int: (tag: String, bytes: Int64)]
  }

  /// The newest upload of this key with its parts.
  private func interrupted() async throws(CommandError) -> Interrupted? {
    let uploads = try await self.session.call.all(
      ObjectAPI.uploads, BucketPrefixInput(self.object.bucket, prefix: self.object.key))
    let own = uploads.filter { $0["key"]?.string == self.object.key }
    guard
      let newest = own.max(by: {
        ($0["started_at"]?.string ?? "") < ($1["started_at"]?.string ?? "")
      }), let id = newest["upload_id"]?.string
    else { return nil }
    var found = Interrupted(id: id, partBytes: nil, etags: [:])
    var marker = 0
    while true {
      let query =
        "part-number-marker=\(marker)&uploadId=\(PercentCoding.text(id))"
      let url = try await self.session.addresses(.get, self.object, queries: [query])[0]
      let text = try await self.session.fetch(
        .get, url, what: "listing the parts of \(self.object.text)"
      ).text
      for part in S3Refusal.elements("Part", in: text) {
        guard let number = S3Refusal.element("PartNumber", in: part).flatMap({ Int($0) }),
          let tag = S3Refusal.element("ETag", in: part),
          let bytes = S3Refusal.element("Size", in: part).flatMap({ Int64($0) })
        else { continue }
        found.etags[number - 1] = (tag, bytes)
        found.partBytes = max(found.partBytes ?? 0, bytes)
        marker = number
      }
      guard S3Refusal.element("IsTruncated", in: text) == "true" else { return found }
    }
  }

  /// Those parts that are what the file holds there.
  private func equal(
    _ etags: [Int: (tag: String, bytes: Int64)], _ file: LocalFile, _ plan: PartPlan
  ) throws(CommandError) -> [Int: String] {
    var equal: [Int: String] = [:]
    for (number, part) in etags where number < plan.count {
      let range = plan.range(number)
      guard range.count == part.bytes else { continue }
      let bytes = try file.read(at: range.lowerBound, count: range.count)
      if "\(MD5.digest(of: bytes.rawBytes))" == part.tag.filter({ $0 != "\"" }) {
        equal[number] = part.tag
      }
    }
    return equal
  }

  private func interrupted(_ error: CommandError, _ file: LocalFile) -> CommandError {
    var error = error
    let names = "\(file.path.visible.shellQuoted) \(self.object.text.visible.shellQuoted)"
    error.tries.append("lakectl object put \(names) --resume")
    error.tries.append(
      "lakectl object upload list \(self.object.bucket.visible.shellQuoted)")
    return error
  }
}

/// Addresses of parts, signed a hundred at a time.
actor PartAddresses {
  // Protects what was signed; two tasks that ask for one batch at once sign it twice, which is fine.
  private let session: S3Session
  private let object: ObjectName
  private let upload: String
  private var known: [Int: String] = [:]
  private static let batch = 100

  init(_ session: S3Session, _ object: ObjectName, upload: String) {
    self.session = session
    self.object = object
    self.upload = upload
  }

  func address(_ number: Int) async throws(CommandError) -> String {
    if let url = self.known[number] { return url }
    let first = number / Self.batch * Self.batch
    let numbers = Array(first..<(first + Self.batch))
    let urls = try await self.session.addresses(
      .put, self.object,
      queries: numbers.map { "partNumber=\($0 + 1)&uploadId=\(PercentCoding.text(self.upload))" })
    for (number, url) in zip(numbers, urls) { self.known[number] = url }
    return self.known[number] ?? urls[0]
  }
}
