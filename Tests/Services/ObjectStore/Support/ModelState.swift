import Bytes
import ObjectModel

/// The model's trees, its clock and its garbage.
struct ModelState: Sendable {
  var trees: [RootID: ModelTree] = [:]
  var sequence: UInt64 = 0
  var garbage: [GarbageEntry] = []
  private var milliseconds: UInt64 = 0
  private var tokens: [[UInt8]: (RenameRequest?, RenameFolderRequest?, RenameReply)] = [:]
  private let clock: @Sendable () -> UInt64
  private var garbageNumber: UInt64 = 0

  static let garbageDelayMilliseconds: UInt64 = 300_000

  init(clock: @escaping @Sendable () -> UInt64) { self.clock = clock }

  /// The clock that never goes back.
  mutating func now() -> UInt64 {
    self.milliseconds = max(self.milliseconds, self.clock())
    return self.milliseconds
  }

  mutating func nextStamp(isNull: Bool) -> RecordStamp {
    self.sequence += 1
    let now = self.now()
    return RecordStamp(
      milliseconds: now, sequence: self.sequence,
      version: VersionID(
        milliseconds: now, sequence: UInt32(truncatingIfNeeded: self.sequence), node: 1,
        random: self.sequence &* 0x9E37_79B9_7F4A_7C15), isNullVersion: isNull)
  }

  mutating func discard(_ record: [UInt8]) {
    var blobs: [BlobReference] = []
    RecordView(record.rawBytes)?.forEachBlob { blobs.append($0) }
    for blob in blobs { self.discard(blob) }
  }

  mutating func discard(part: [UInt8]) {
    if let blob = ObjectPart(decoding: part.rawBytes)?.blob { self.discard(blob) }
  }

  private mutating func discard(_ blob: BlobReference) {
    self.garbageNumber += 1
    self.garbage.append(
      GarbageEntry(
        number: self.garbageNumber,
        dueMilliseconds: self.now() + Self.garbageDelayMilliseconds, blob: blob))
  }

  // MARK: Put

  static func check(
    _ condition: WriteCondition, _ current: ObjectState?
  ) throws(NamespaceError) {
    switch condition.evaluate(current) {
    case .holds: return
    case .absent: throw NamespaceError(.noSuchKey, "there is no object to match")
    case .fails(let name):
      throw NamespaceError(.preconditionFailed, "\(name) does not hold", condition: name)
    }
  }

  private func checkQuota(_ request: PutRequest, _ tree: inout ModelTree) throws(NamespaceError) {
    guard request.quota != .none else { return }
    let sums = tree.usage(prefix: [], depth: 0, limit: 0).total
    let size = RecordView(request.record.rawBytes)?.size ?? 0
    if let objects = request.quota.objects, tree.current(request.key) == nil,
      Int64(sums.objects) >= objects
    {
      throw NamespaceError(.quotaExceeded, "the bucket may hold \(objects) objects")
    }
    if let bytes = request.quota.bytes, Int64(sums.bytes) + size > bytes {
      throw NamespaceError(.quotaExceeded, "the bucket may hold \(bytes) bytes")
    }
  }

  mutating func put(
    _ request: PutRequest, _ tree: inout ModelTree
  ) throws(NamespaceError) -> PutReply {
    guard RecordView(request.record.rawBytes)?.kind == .object else {
      throw NamespaceError(.badRequest, "the record is no object's")
    }
    try Self.check(request.condition, tree.current(request.key))
    try self.checkQuota(request, &tree)
    let stamp = self.nextStamp(isNull: request.versioning != .enabled)
    var record = request.record
    stamp.stamp(&record)
    self.insert(record, isNull: stamp.isNullVersion, under: request.key, &tree)
    return PutReply(stamp)
  }

  /// Puts a version on top; one called null goes when the new one is called so.
  private mutating func insert(
    _ record: [UInt8], isNull: Bool, under key: ObjectKey, _ tree: inout ModelTree
  ) {
    var versions = tree.versions[key] ?? []
    if isNull, let old = tree.index(of: .null, under: key) {
      self.discard(versions.remove(at: old))
    }
    versions.insert(record, at: 0)
    tree.versions[key] = versions
  }

  // MARK: Delete

  mutating func delete(
    _ request: DeleteRequest, _ tree: inout ModelTree
  ) throws(NamespaceError) -> DeleteReply {
    let target = request.version == .current ? tree.current(request.key) : nil
    if request.version == .current {
      if target != nil { try Self.check(request.condition, target) }
    } else if let index = tree.index(of: request.version, under: request.key) {
      try Self.check(request.condition, tree.view(request.key, index) { ObjectState($0) })
    }
    switch (request.version, request.versioning) {
    case (.current, .unversioned):
      return try self.remove(.current, request, &tree)
    case (.current, .enabled), (.current, .suspended):
      let stamp = self.nextStamp(isNull: request.versioning == .suspended)
      var marker = request.marker
      stamp.stamp(&marker)
      self.insert(marker, isNull: stamp.isNullVersion, under: request.key, &tree)
      return DeleteReply(marker: stamp)
    case (.null, _), (.id, _):
      return try self.remove(request.version, request, &tree)
    }
  }

  private mutating func remove(
    _ version: VersionSelector, _ request: DeleteRequest, _ tree: inout ModelTree
  ) throws(NamespaceError) -> DeleteReply {
    guard let index = tree.index(of: version, under: request.key) else { return DeleteReply() }
    let now = self.now()
    let locked = tree.view(request.key, index) {
      $0.isLocked(at: now, bypassingGovernance: request.bypassesGovernance)
    }
    guard !locked else { throw NamespaceError(.locked, "the version is under a lock") }
    let stamp = tree.stamp(request.key, index)
    let wasMarker = tree.view(request.key, index) { $0.kind == .deleteMarker }
    var versions = tree.versions[request.key] ?? []
    self.discard(versions.remove(at: index))
    tree.versions[request.key] = versions.isEmpty ? nil : versions
    return DeleteReply(removed: stamp, removedWasMarker: wasMarker)
  }

  // MARK: Uploads

  mutating func complete(
    _ request: CompleteRequest, _ tree: inout ModelTree
  ) throws(NamespaceError) -> PutReply {
    let key = request.put.key
    guard let upload = tree.uploads[request.upload], upload.key == key else {
      return try self.completedBefore(request, tree)
    }
    for expected in request.parts {
      guard let bytes = upload.parts[expected.number],
        ObjectPart(decoding: bytes.rawBytes)?.commitSequence == expected.sequence
      else { throw NamespaceError(.conflict, "part \(expected.number) has changed") }
    }
    let reply = try self.put(request.put, &tree)
    let used = Set(request.parts.map(\.number))
    for (number, part) in upload.parts where !used.contains(number) { self.discard(part: part) }
    tree.uploads[request.upload] = nil
    return reply
  }

  private func completedBefore(
    _ request: CompleteRequest, _ tree: ModelTree
  ) throws(NamespaceError) -> PutReply {
    if tree.versions[request.put.key] != nil,
      let bytes = tree.versions[request.put.key]?.first,
      let record = ObjectRecord(decoding: bytes), record.upload == request.upload
    {
      return PutReply(tree.stamp(request.put.key, 0))
    }
    throw NamespaceError(.noSuchUpload, "there is no such upload")
  }

  // MARK: Rename

  mutating func rename(
    _ request: RenameRequest, _ tree: inout ModelTree
  ) throws(NamespaceError) -> RenameReply {
    if let done = self.tokens[request.clientToken], !request.clientToken.isEmpty {
      guard done.0 == request else {
        throw NamespaceError(.tokenMismatch, "the token was used for another rename")
      }
      return done.2
    }
    guard let state = tree.current(request.source) else {
      throw NamespaceError(.noSuchKey, "there is no source")
    }
    try Self.check(request.sourceCondition, state)
    try Self.check(request.destinationCondition, tree.current(request.destination))
    if request.source != request.destination {
      for record in tree.versions[request.destination] ?? [] { self.discard(record) }
      tree.versions[request.destination] = tree.versions[request.source]
      tree.versions[request.source] = nil
    }
    let reply = RenameReply(objects: 1)
    if !request.clientToken.isEmpty { self.tokens[request.clientToken] = (request, nil, reply) }
    return reply
  }

  mutating func rename(
    _ request: RenameFolderRequest, _ tree: inout ModelTree
  ) throws(NamespaceError) -> RenameReply {
    if let done = self.tokens[request.clientToken], !request.clientToken.isEmpty {
      guard done.1 == request else {
        throw NamespaceError(.tokenMismatch, "the token was used for another rename")
      }
      return done.2
    }
    let source = request.source.bytes
    let destination = request.destination.bytes
    guard !source.starts(with: destination), !destination.starts(with: source) else {
      throw NamespaceError(.invalidRename, "one folder is inside the other")
    }
    let moved = tree.versions.keys.filter { $0.hasPrefix(source) }
    guard !moved.isEmpty else { throw NamespaceError(.noSuchKey, "nothing is under the source") }
    guard !tree.versions.keys.contains(where: { $0.hasPrefix(destination) }) else {
      throw NamespaceError(.destinationExists, "something is under the destination")
    }
    let growth = destination.count - source.count
    guard moved.allSatisfy({ $0.byteCount + growth <= ObjectKey.byteCountMax }) else {
      throw NamespaceError(.keyTooLong, "a key would be too long")
    }
    for key in moved {
      let records = tree.versions.removeValue(forKey: key)
      tree.versions[ObjectKey(destination + key.bytes[source.count...])] = records
    }
    let reply = RenameReply(objects: UInt64(moved.count))
    if !request.clientToken.isEmpty { self.tokens[request.clientToken] = (nil, request, reply) }
    return reply
  }
}
