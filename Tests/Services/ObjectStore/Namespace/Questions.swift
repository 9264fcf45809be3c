import Bytes
import Crypto
import ObjectModel
import Simulation
import Testing
import Values

/// Random calls, each put to several namespaces; their answers must be the same but for times and
/// identifiers that each gives itself.
final class Questions: @unchecked Sendable {
  // Sendable: used by one task.
  private let namespaces: [any Namespace]
  private var generator: SeededGenerator
  private let seed: UInt64
  private let call = NamespaceCall(root: RootID(rawValue: 7))
  private let versioning: Versioning
  /// For each namespace, versions it has given: the same index is the same version.
  private var versions: [[RecordStamp]] = []
  private var uploads: [(ObjectKey, UploadID)] = []

  init(seed: UInt64, _ namespaces: [any Namespace]) {
    self.seed = seed
    self.generator = SeededGenerator(seed: seed)
    self.namespaces = namespaces
    self.versioning = [.unversioned, .enabled, .suspended][Int(seed % 3)]
    self.versions = namespaces.map { _ in [] }
  }

  func run(steps: Int) async throws {
    for namespace in self.namespaces { try await namespace.createRoot(self.call) }
    for step in 0..<steps {
      do { try await self.step() } catch {
        Issue.record("seed \(self.seed), step \(step): \(error)")
        return
      }
    }
  }

  struct Differ: Error, CustomStringConvertible {
    var description: String
  }

  private func step() async throws {
    switch Int.random(in: 0..<100, using: &self.generator) {
    case 0..<35: try await self.put()
    case 35..<47: try await self.delete()
    case 47..<57: try await self.get()
    case 57..<72: try await self.list()
    case 72..<80: try await self.listVersions()
    case 80..<86: try await self.rename()
    case 86..<94: try await self.upload()
    case 94..<97: try await self.usage()
    default: try await self.garbage()
    }
  }

  /// Asks all; throws when two answers, as `text` has them, differ.
  @discardableResult
  private func ask<R>(
    _ what: String, _ text: (R) -> String, _ question: (any Namespace, Int) async throws -> R
  ) async throws -> [R]? {
    var answers: [R] = []
    var texts: [String] = []
    for (index, namespace) in self.namespaces.enumerated() {
      do {
        let answer = try await question(namespace, index)
        answers.append(answer)
        texts.append(text(answer))
      } catch let error as NamespaceError {
        texts.append("error \(error.code) \(error.condition ?? "")")
      }
    }
    guard Set(texts).count == 1 else { throw Differ(description: "\(what): \(texts)") }
    return answers.count == self.namespaces.count ? answers : nil
  }

  private func key() -> ObjectKey {
    let names = ["a", "b", "ab", "folder", "x\u{0}y", "ü"]
    var text = ""
    for level in 0..<Int.random(in: 1...3, using: &self.generator) {
      if level > 0 { text += "/" }
      text += names.randomElement(using: &self.generator) ?? "a"
    }
    return ObjectKey(text)
  }

  private func record(_ kind: RecordKind = .object) -> [UInt8] {
    var record = ObjectRecord()
    record.kind = kind
    record.size = Int64.random(in: 0...1000, using: &self.generator)
    let content = self.generator.bytes(8)
    record.entityTag = EntityTag(MD5.digest(of: content.rawBytes))
    if record.size > 0, kind == .object {
      record.blob = BlobReference(
        volume: VolumeID(rawValue: 1), id: UUID(bits: UInt128(self.generator.next())),
        byteCount: record.size, blockSizeLog2: 17)
    }
    record.contentType = "text/plain"
    return record.encoded
  }

  private func condition() -> WriteCondition {
    var condition = WriteCondition()
    if self.generator.chance(0.15) { condition.ifNoneMatch = .any }
    if self.generator.chance(0.1) { condition.ifMatch = .any }
    return condition
  }

  private func put() async throws {
    var request = PutRequest(
      key: self.key(), record: self.record(), versioning: self.versioning,
      condition: self.condition())
    if self.generator.chance(0.1) { request.quota = BucketQuota(objects: 5, bytes: 3000) }
    let fixed = request
    let replies = try await self.ask(
      "put \(fixed.key)", { (reply: PutReply) in "\(reply.stamp.isNullVersion)" }
    ) { namespace, _ in try await namespace.put(self.call, fixed) }
    self.remember(replies?.map(\.stamp))
  }

  private func remember(_ stamps: [RecordStamp]?) {
    guard let stamps else { return }
    for (index, stamp) in stamps.enumerated() { self.versions[index].append(stamp) }
  }

  /// A version by its index, as each namespace calls it.
  private func selector() -> (Int) -> VersionSelector {
    let choice = Int.random(in: 0..<4, using: &self.generator)
    guard choice > 0, let first = self.versions.first, !first.isEmpty else {
      return { _ in .current }
    }
    if choice == 1 { return { _ in .null } }
    let index = Int.random(in: 0..<first.count, using: &self.generator)
    return { .id(self.versions[$0][index].version) }
  }

  private func delete() async throws {
    let key = self.key()
    let selector = self.selector()
    let condition = self.condition()
    let marker = self.record(.deleteMarker)
    let replies = try await self.ask(
      "delete \(key)",
      { (replies: [Result<DeleteReply, NamespaceError>]) in
        replies.map { result in
          switch result {
          case .success(let reply):
            "\(reply.removed != nil) \(reply.removedWasMarker) \(reply.marker?.isNullVersion as Any)"
          case .failure(let error): "\(error.code)"
          }
        }.joined()
      }
    ) { namespace, index in
      try await namespace.delete(
        self.call,
        [
          DeleteRequest(
            key: key, version: selector(index), versioning: self.versioning,
            condition: condition, marker: marker)
        ])
    }
    let markers = replies?.compactMap { try? $0.first?.get().marker }
    if let markers, markers.count == self.namespaces.count { self.remember(markers) }
  }

  private func get() async throws {
    let key = self.key()
    let selector = self.selector()
    try await self.ask(
      "get \(key)",
      { (found: VersionedRecord?) in
        found.map { "\($0.isLatest) \(Self.text($0.bytes.rawBytes))" } ?? "none"
      }
    ) { namespace, index in
      try await namespace.get(self.call, key, version: selector(index))
    }
  }

  private static func text(_ record: RawSpan) -> String {
    guard let view = RecordView(record) else { return "no record" }
    return "\(view.kind) \(view.entityTag) \(view.size) \(view.flags.rawValue)"
  }

  private static func text(_ page: ListPage) -> String {
    page.entries.map { entry in
      let name = ObjectKey(page.name(entry)).description
      let record = page.withRecord(entry) { $0.byteCount == 0 ? "" : self.text($0) }
      return "\(entry.kind) \(entry.isLatest) \(name) \(record)"
    }.joined(separator: "\n") + "\(page.isTruncated)"
  }

  private func position() -> ListPosition? {
    guard self.generator.chance(0.5) else { return nil }
    let key = self.key().bytes
    return self.generator.chance(0.3)
      ? ListPosition(key + [UInt8(ascii: "/")], isCommonPrefix: self.generator.chance(0.5))
      : ListPosition(key)
  }

  private func list() async throws {
    var request = ListRequest(limit: [0, 1, 2, 1000].randomElement(using: &self.generator) ?? 1)
    if self.generator.chance(0.4) { request.prefix = Array(self.key().bytes.prefix(3)) }
    if self.generator.chance(0.6) {
      request.delimiter = self.generator.chance(0.8) ? [UInt8(ascii: "/")] : Array("b".utf8)
    }
    request.after = self.position()
    let fixed = request
    try await self.ask("list \(fixed)", Self.text) { namespace, _ in
      try await namespace.list(self.call, fixed)
    }
  }

  private func listVersions() async throws {
    var request = VersionListRequest(
      limit: [1, 2, 5, 1000].randomElement(using: &self.generator) ?? 1)
    if self.generator.chance(0.4) { request.prefix = Array(self.key().bytes.prefix(3)) }
    if self.generator.chance(0.5) { request.delimiter = [UInt8(ascii: "/")] }
    request.after = self.position()
    let fixed = request
    try await self.ask("versions \(fixed)", Self.text) { namespace, _ in
      try await namespace.listVersions(self.call, fixed)
    }
  }

  private func rename() async throws {
    // Gateways refuse renames in buckets that keep versions.
    guard self.versioning == .unversioned else { return }
    if self.generator.chance(0.5) {
      let request = RenameRequest(
        source: self.key(), destination: self.key(), destinationCondition: self.condition())
      try await self.ask("rename", { (reply: RenameReply) in "\(reply.objects)" }) { namespace, _ in
        try await namespace.renameObject(self.call, request)
      }
      return
    }
    let request = RenameFolderRequest(
      source: ObjectKey(self.key().bytes + [UInt8(ascii: "/")]),
      destination: ObjectKey(self.key().bytes + [UInt8(ascii: "/")]))
    try await self.ask("folder", { (reply: RenameReply) in "\(reply.objects)" }) { namespace, _ in
      try await namespace.renameFolder(self.call, request)
    }
  }

  private func upload() async throws {
    if self.uploads.count < 3 || self.generator.chance(0.3) {
      let key = self.key()
      let upload = UploadID(
        milliseconds: UInt64(self.uploads.count), routing: 1, random: self.generator.bytes(14))
      let record = self.record(.upload)
      try await self.ask("create", { (_: Void) in "" }) { namespace, _ in
        try await namespace.createUpload(self.call, key, upload, record: record)
      }
      self.uploads.append((key, upload))
      return
    }
    let (key, upload) = self.uploads.randomElement(using: &self.generator) ?? self.uploads[0]
    switch Int.random(in: 0..<5, using: &self.generator) {
    case 0, 1:
      let part = ObjectPart(
        number: UInt16.random(in: 1...4, using: &self.generator), size: 10,
        md5: MD5.digest(of: self.generator.bytes(4).rawBytes), checksum: nil,
        blob: BlobReference(
          volume: VolumeID(rawValue: 1), id: UUID(bits: UInt128(self.generator.next())),
          byteCount: 10, blockSizeLog2: 17))
      try await self.ask("part", { (_: PartReply) in "" }) { namespace, _ in
        try await namespace.putPart(self.call, key, upload, part: part.encoded)
      }
    case 2: try await self.complete(key, upload)
    case 3:
      try await self.ask("abort", { (_: Void) in "" }) { namespace, _ in
        try await namespace.abortUpload(self.call, key, upload)
      }
    default:
      let request = UploadListRequest(
        delimiter: self.generator.chance(0.5) ? [UInt8(ascii: "/")] : [], after: self.position(),
        limit: 3)
      try await self.ask(
        "uploads",
        { (page: ListPage) in
          page.entries.map { "\($0.kind) \(ObjectKey(page.name($0))) \(page.upload($0) as Any)" }
            .joined() + "\(page.isTruncated)"
        }
      ) { namespace, _ in try await namespace.listUploads(self.call, request) }
    }
  }

  private func complete(_ key: ObjectKey, _ upload: UploadID) async throws {
    let put = PutRequest(key: key, record: self.record(), versioning: self.versioning)
    let replies = try await self.ask(
      "complete", { (reply: PutReply) in "\(reply.stamp.isNullVersion)" }
    ) { namespace, _ in
      let page = try await namespace.parts(self.call, key, upload, after: 0, limit: 2)
      let parts = page.parts.compactMap { ObjectPart(decoding: $0.rawBytes) }
        .map { ExpectedPart(number: $0.number, sequence: $0.commitSequence) }
      return try await namespace.completeUpload(
        self.call, CompleteRequest(upload: upload, put: put, parts: parts))
    }
    self.remember(replies?.map(\.stamp))
  }

  private func usage() async throws {
    let prefix = self.generator.chance(0.5) ? [] : Array(self.key().bytes.prefix(2))
    try await self.ask(
      "usage",
      { (report: UsageReport) in
        // Rows of folders that hold nothing but old versions are the model's alone.
        let rows = report.rows.filter { $0.sums.objects > 0 }
        return "\(report.total) \(rows)"
      }
    ) { namespace, _ in
      try await namespace.usage(self.call, prefix: prefix, depth: 2, limit: 100)
    }
  }

  private func garbage() async throws {
    let taken = try await self.ask(
      "garbage",
      { (entries: [GarbageEntry]) in
        entries.map { "\($0.blob.id)" }.sorted().joined(separator: " ")
      }
    ) { namespace, _ in try await namespace.takeGarbage(dueBefore: .max, limit: 10_000) }
    try await self.ask(
      "references",
      { (page: [BlobReference]) in
        Set(page.map { "\($0.id)" }).sorted().joined(separator: " ")
      }
    ) { namespace, index in
      var blobs: [BlobReference] = []
      var cursor: [UInt8] = []
      repeat {
        let page = try await namespace.references(self.call, after: cursor, limit: 7)
        blobs += page.blobs
        cursor = page.cursor
      } while !cursor.isEmpty
      // The model leaves the queue out.
      let queued = Set((taken?[index] ?? []).map(\.blob.id))
      return blobs.filter { !queued.contains($0.id) }
    }
    guard self.generator.chance(0.5), let taken else { return }
    for (index, namespace) in self.namespaces.enumerated() {
      try await namespace.acknowledgeGarbage(taken[index].map(\.number))
    }
  }
}
