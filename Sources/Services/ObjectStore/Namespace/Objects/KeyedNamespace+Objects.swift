private import Bytes
package import ObjectModel
private import Runtime

/// Putting, replacing, deleting.
extension KeyedNamespace {
  package func put(
    _ call: NamespaceCall, _ request: PutRequest
  ) async throws(NamespaceError) -> PutReply {
    let chance = self.random.next()
    let options = self.options
    return try await self.mutate(call) { transaction in
      try Self.put(call.root, request, chance, options, keeping: [], &transaction)
    }
  }

  /// - Parameter kept: blobs that are named already, however old they are.
  static func put(
    _ root: RootID, _ request: PutRequest, _ chance: UInt64, _ options: KeyedNamespaceOptions,
    keeping kept: Set<BlobReference>, _ transaction: inout Tree.Transaction
  ) throws -> PutReply {
    guard let view = RecordView(request.record.rawBytes), view.kind == .object else {
      throw NamespaceError(.badRequest, "the record is no object's")
    }
    try view.checkAges(options, keeping: kept, at: transaction.milliseconds)
    guard (1...ObjectKey.byteCountMax).contains(request.key.byteCount) else {
      throw NamespaceError(.keyTooLong, "a key of \(request.key.byteCount) bytes")
    }
    let versions = Versions(root, request.key)
    let current = try versions.current(&transaction)
    try self.check(request.condition, current)
    try self.checkQuota(root, request, current == nil, &transaction)
    let stamp = self.stamp(
      isNull: request.versioning != .enabled, chance, options, &transaction)
    var record = request.record
    stamp.stamp(&record)
    try versions.insert(
      record, keepsVersions: request.versioning != .unversioned,
      garbageDelay: options.garbageDelayMilliseconds, &transaction)
    return PutReply(stamp)
  }

  static func stamp(
    isNull: Bool, _ chance: UInt64, _ options: KeyedNamespaceOptions,
    _ transaction: inout Tree.Transaction
  ) -> RecordStamp {
    let sequence = transaction.nextNumber()
    let milliseconds = transaction.milliseconds
    return RecordStamp(
      milliseconds: milliseconds, sequence: sequence,
      version: VersionID(
        milliseconds: milliseconds, sequence: UInt32(truncatingIfNeeded: sequence),
        node: options.node, random: chance), isNullVersion: isNull)
  }

  /// - Parameter current: the current object's record; a delete marker counts as none.
  static func check(_ condition: WriteCondition, _ current: [UInt8]?) throws(NamespaceError) {
    guard !condition.isEmpty else { return }
    var state: ObjectState?
    if let current, let view = RecordView(current.rawBytes) { state = ObjectState(view) }
    switch condition.evaluate(state) {
    case .holds: return
    case .absent: throw NamespaceError(.noSuchKey, "there is no object to match")
    case .fails(let name):
      throw NamespaceError(.preconditionFailed, "\(name) does not hold", condition: name)
    }
  }

  private static func checkQuota(
    _ root: RootID, _ request: PutRequest, _ isNew: Bool, _ transaction: inout Tree.Transaction
  ) throws {
    guard request.quota != .none else { return }
    let sums = try transaction.sums(under: KeyLayout.key(root, "o"))
    let size = RecordView(request.record.rawBytes)?.size ?? 0
    if let objects = request.quota.objects, isNew, Int64(clamping: sums.objects) >= objects {
      throw NamespaceError(.quotaExceeded, "the bucket may hold \(objects) objects")
    }
    if let bytes = request.quota.bytes,
      Int64(clamping: sums.weight).addingReportingOverflow(size).partialValue > bytes
    {
      throw NamespaceError(.quotaExceeded, "the bucket may hold \(bytes) bytes")
    }
  }

  package func replace(
    _ call: NamespaceCall, _ request: ReplaceRequest
  ) async throws(NamespaceError) -> PutReply {
    let options = self.options
    return try await self.mutate(call) { transaction in
      let versions = Versions(call.root, request.key)
      guard let found = try versions.find(request.version, &transaction) else {
        throw NamespaceError(.noSuchKey, "there is no such version")
      }
      var stamp = Versions.stamp(found.record)
      guard stamp.sequence == request.sequence else {
        throw NamespaceError(.conflict, "the record has changed")
      }
      stamp.sequence = transaction.nextNumber()
      var record = request.record
      var kept: Set<BlobReference> = []
      RecordView(found.record.rawBytes)?.forEachBlob { kept.insert($0) }
      guard let view = RecordView(request.record.rawBytes) else {
        throw NamespaceError(.badRequest, "the record is none")
      }
      try view.checkAges(options, keeping: kept, at: transaction.milliseconds)
      stamp.stamp(&record)
      if found.isCurrent {
        try versions.putCurrent(record, &transaction)
      } else {
        try versions.putOlder(record, &transaction)
      }
      return PutReply(stamp)
    }
  }

  package func delete(
    _ call: NamespaceCall, _ requests: [DeleteRequest]
  ) async throws(NamespaceError) -> [Result<DeleteReply, NamespaceError>] {
    let chance = self.random.next()
    let options = self.options
    // When a version goes, the one below it may become current.
    let moves = requests.filter { $0.version != .current }.map {
      Move(key: KeyLayout.object(call.root, $0.key), isFolder: false)
    }
    let ticket = self.moveLog.begin(moves)
    defer { self.moveLog.end(ticket) }
    return try await self.mutate(call) { transaction in
      var replies: [Result<DeleteReply, NamespaceError>] = []
      for request in requests {
        do {
          // Each decides before it changes anything.
          replies.append(
            .success(try Self.delete(call.root, request, chance, options, &transaction)))
        } catch let error as NamespaceError {
          replies.append(.failure(error))
        }
      }
      return replies
    }
  }

  private static func delete(
    _ root: RootID, _ request: DeleteRequest, _ chance: UInt64, _ options: KeyedNamespaceOptions,
    _ transaction: inout Tree.Transaction
  ) throws -> DeleteReply {
    let versions = Versions(root, request.key)
    guard request.key.byteCount <= ObjectKey.byteCountMax else { return DeleteReply() }
    if request.version == .current {
      let current = try versions.current(&transaction)
      if current != nil { try self.check(request.condition, current) }
      guard request.versioning == .unversioned else {
        guard RecordView(request.marker.rawBytes) != nil else {
          throw NamespaceError(.badRequest, "the delete marker is no record")
        }
        let stamp = self.stamp(
          isNull: request.versioning == .suspended, chance, options, &transaction)
        var marker = request.marker
        stamp.stamp(&marker)
        try versions.insert(
          marker, keepsVersions: true, garbageDelay: options.garbageDelayMilliseconds,
          &transaction)
        return DeleteReply(marker: stamp)
      }
    }
    guard let found = try versions.find(request.version, &transaction) else {
      return DeleteReply()
    }
    if request.version != .current { try self.check(request.condition, found.record) }
    let view = RecordView(found.record.rawBytes)
    let now = transaction.milliseconds
    if view?.isLocked(at: now, bypassingGovernance: request.bypassesGovernance) ?? false {
      throw NamespaceError(.locked, "the version is under a lock")
    }
    let wasMarker = view?.kind == .deleteMarker
    try versions.remove(found, &transaction)
    try Garbage.discard(record: found.record, options.garbageDelayMilliseconds, &transaction)
    if found.isLatest { try versions.promote(&transaction) }
    return DeleteReply(removed: Versions.stamp(found.record), removedWasMarker: wasMarker)
  }
}
