import Admin
import Bytes
import CommandTable
import HTTP
import HTTPClient
import JSON
import Synchronization
import Values

enum TransferColumns {
  static let columns = [
    Column(key: "key", title: "KEY", isNullable: false, "the object, as BUCKET/KEY"),
    Column(key: "size_bytes", isNullable: false, "of its content"),
    Column(key: "etag", .text, "as S3 says it"),
    Column(key: "took_ms", isNullable: false, "how long it took"),
    Column(key: "path", isWide: true, "the file"),
    Column(key: "version_id", title: "VERSION", isWide: true, "which version"),
  ]
  static let partSize = Option<ByteCount>("part-size", default: "16MiB", "larger ones go in parts")
  static let parallel = Option<Int>("parallel", default: "4", "so many parts at once")

  static func parallel(_ call: Invocation) throws(CommandError) -> Int {
    let count = call[self.parallel] ?? 4
    guard (1...64).contains(count) else {
      throw CommandError(
        .badValue, "--parallel \(count) is not in the range 1 to 64", why: "parts at once")
    }
    return count
  }

  static func row(
    _ object: ObjectName, bytes: Int64, etag: String?, path: String, since start: MonotonicTime,
    _ call: Invocation, version: String? = nil
  ) -> Row {
    [
      "key": .text(object.text), "size_bytes": .integer(bytes),
      "etag": .optional(etag?.filter { $0 != "\"" }),
      "took_ms": .integer((call.clock.monotonic() - start).milliseconds), "path": .text(path),
      "version_id": .optional(version),
    ]
  }
}

/// `lakectl object get`
enum ObjectGet {
  static let to = Option<FilePath>(
    "to", "the file; a folder keeps the name; - is standard output; the name alone when left out")

  static let command = Command(
    name: "get", summary: "download an object",
    call: Call(
      parameters: [
        ObjectColumns.object.parameter, to.parameter, ObjectColumns.version.parameter,
        TransferColumns.partSize.parameter, TransferColumns.parallel.parameter,
      ], effect: .reads, output: .record("ObjectTransfer", TransferColumns.columns),
      exits: [.notFound: "there is no such object", .conflict: "it changed while it was read"],
      examples: [
        Example(text: "Into a folder", line: "lakectl object get raw/2026/a.parquet --to data/"),
        Example(text: "Into a pipe", line: "lakectl object get raw/log.gz --to - | zcat"),
      ],
      detail: """
        Large objects come in parts, several at once.
        What was interrupted goes on where it was when the command is repeated.
        To standard output nothing else is printed.
        """,
      run: { call async throws(CommandError) in try await run(call) }))

  static func run(_ call: Invocation) async throws(CommandError) -> Outcome {
    let object = call[ObjectColumns.object]
    let parallel = try TransferColumns.parallel(call)
    let session = S3Session(call, connections: parallel)
    defer { session.stop() }
    let start = call.clock.monotonic()
    let query = call[ObjectColumns.version].map { "versionId=\(PercentCoding.text($0.text))" } ?? ""
    let head = try await session.fetch(
      .head, try await session.addresses(.head, object, queries: [query])[0],
      isFine: { $0 == 200 }, what: "looking at \(object.text)")
    let url = try await session.addresses(.get, object, queries: [query])[0]
    let etag = head.field("etag")
    let size = head.field("content-length").flatMap { Int64($0) } ?? 0
    if call[self.to]?.isStandardStream ?? false {
      try await self.stream(session, url, etag, size, what: object.text)
      return Outcome(.document(""))
    }
    let path = self.path(call, object)
    let plan = PartPlan(size: size, wanted: call[TransferColumns.partSize]?.bytes ?? 16 << 20)
    try await self.download(session, url, etag ?? "", plan, to: path, parallel, object)
    return .record(
      TransferColumns.row(
        object, bytes: size, etag: etag, path: path, since: start, call,
        version: head.field("x-amz-version-id")))
  }

  private static func path(_ call: Invocation, _ object: ObjectName) -> String {
    guard let given = call[self.to]?.text else { return object.lastPart }
    guard given.hasSuffix("/") || LocalFile.isDirectory(given) else { return given }
    return (given.hasSuffix("/") ? given : given + "/") + object.lastPart
  }

  /// One part behind the other: a pipe has no place to go back to.
  private static func stream(
    _ session: S3Session, _ url: String, _ etag: String?, _ size: Int64, what: String
  ) async throws(CommandError) {
    let plan = PartPlan(size: size, wanted: 8 << 20)
    guard size > 0 else { return }
    for number in 0..<plan.count {
      let bytes = try await self.part(session, url, etag ?? "", plan, number, what)
      guard try ByteStreams.write(bytes) else { return }
    }
  }

  private static func part(
    _ session: S3Session, _ url: String, _ etag: String, _ plan: PartPlan, _ number: Int,
    _ what: String
  ) async throws(CommandError) -> [UInt8] {
    let range = plan.range(number)
    var fields = [("Range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")]
    if !etag.isEmpty { fields.append(("If-Match", etag)) }
    let answer = try await session.fetch(
      .get, url, fields: fields, limit: Int(plan.partBytes) + 1024, what: "reading \(what)")
    guard answer.content.count == range.count else {
      throw CommandError(
        .badAnswer, "reading \(what.visible) failed",
        why: "\(answer.content.count) bytes came where \(range.count) were asked for")
    }
    return answer.content
  }

  private static func download(
    _ session: S3Session, _ url: String, _ etag: String, _ plan: PartPlan, to path: String,
    _ parallel: Int, _ object: ObjectName
  ) async throws(CommandError) {
    let partial = path + ".partial"
    let state = PartialState(path: partial + ".json", etag: etag, plan: plan)
    let file = try LocalFile.writing(partial)
    let done = state.done
    try file.resize(plan.size)
    let doneBytes = done.reduce(0) { $0 + Int64(plan.range($1).count) }
    let progress = TransferProgress(
      session.call, object.text, total: plan.size, done: doneBytes)
    let left = plan.size == 0 ? [] : (0..<plan.count).filter { !done.contains($0) }
    do throws(CommandError) {
      try await Parts.forEach(left, atOnce: parallel) { number in
        do throws(CommandError) {
          let bytes = try await Self.part(session, url, etag, plan, number, object.text)
          try file.write(bytes, at: plan.range(number).lowerBound)
          try state.finish(number)
          progress.add(Int64(bytes.count))
          return nil
        } catch {
          return error
        }
      }
    } catch {
      var error = error
      error.tries.append("the same command again: it goes on with what is in \(partial.visible)")
      throw error
    }
    progress.add(0, isLast: true)
    try file.sync()
    try LocalFile.rename(partial, to: path)
    state.remove()
  }
}

/// Which parts of a download are there, beside the file that is not whole yet:
///
///     {"etag": "\"9a0…\"", "size": 104857600, "part_bytes": 16777216, "done": [0, 3]}
final class PartialState: Sendable {
  private let path: String
  private let etag: String
  private let plan: PartPlan
  private let parts: Mutex<Set<Int>>

  /// What was there of the same content, cut the same way, counts.
  init(path: String, etag: String, plan: PartPlan) {
    self.path = path
    self.etag = etag
    self.plan = plan
    var done: Set<Int> = []
    if !etag.isEmpty, let text = try? InputFile.read(path),
      let value = try? JSONValue(parsing: text.rawBytes), value["etag"]?.string == etag,
      value["size"]?.int64 == plan.size, value["part_bytes"]?.int64 == plan.partBytes
    {
      for number in value["done"]?.array ?? [] {
        guard let part = number.int64, (0..<Int64(plan.count)).contains(part) else { continue }
        done.insert(Int(part))
      }
    }
    self.parts = Mutex(done)
  }

  var done: Set<Int> { self.parts.withLock { $0 } }

  /// A part is in the file.
  func finish(_ number: Int) throws(CommandError) {
    let done = self.parts.withLock { parts in
      parts.insert(number)
      return parts
    }
    let value: JSONValue = [
      "etag": .string(self.etag), "size": .integer(self.plan.size),
      "part_bytes": .integer(self.plan.partBytes),
      "done": .array(done.sorted().map { .integer($0) }),
    ]
    let fresh = "\(self.path).\(number)"
    let file = try LocalFile.writing(fresh)
    let bytes = Array((value.text() + "\n").utf8)
    try file.write(bytes, at: 0)
    try LocalFile.rename(fresh, to: self.path)
  }

  func remove() { LocalFile.remove(self.path) }
}
