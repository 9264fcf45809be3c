private import Bytes
package import ObjectModel
private import Runtime

/// Multipart uploads.
extension KeyedNamespace {
  package func createUpload(
    _ call: NamespaceCall, _ key: ObjectKey, _ upload: UploadID, record: [UInt8]
  ) async throws(NamespaceError) {
    let chance = self.random.next()
    let options = self.options
    _ = try await self.mutate(call) { transaction in
      guard RecordView(record.rawBytes)?.kind == .upload else {
        throw NamespaceError(.badRequest, "the record is no upload's")
      }
      guard (1...ObjectKey.byteCountMax).contains(key.byteCount) else {
        throw NamespaceError(.keyTooLong, "a key of \(key.byteCount) bytes")
      }
      var record = record
      Self.stamp(isNull: false, chance, options, &transaction).stamp(&record)
      try transaction.put(KeyLayout.upload(call.root, key, upload), record, weight: 0)
      return NoReply()
    }
  }

  package func upload(
    _ call: NamespaceCall, _ key: ObjectKey, _ upload: UploadID
  ) async throws(NamespaceError) -> [UInt8] {
    try self.admit(call)
    if let record = try await self.tree.get(KeyLayout.upload(call.root, key, upload)) {
      return record
    }
    try await self.checkRoot(call)
    throw Self.noSuchUpload
  }

  private static var noSuchUpload: NamespaceError {
    NamespaceError(.noSuchUpload, "there is no such upload")
  }

  package func putPart(
    _ call: NamespaceCall, _ key: ObjectKey, _ upload: UploadID, part: [UInt8]
  ) async throws(NamespaceError) -> PartReply {
    let options = self.options
    return try await self.mutate(call) { transaction in
      guard try transaction.get(KeyLayout.upload(call.root, key, upload)) != nil else {
        throw Self.noSuchUpload
      }
      guard var decoded = ObjectPart(decoding: part.rawBytes) else {
        throw NamespaceError(.badRequest, "the part is none")
      }
      try decoded.blob?.checkAge(options, at: transaction.milliseconds)
      decoded.commitMilliseconds = transaction.milliseconds
      decoded.commitSequence = transaction.nextNumber()
      let place = KeyLayout.part(call.root, upload, decoded.number)
      if let old = try transaction.get(place) {
        try Garbage.discard(part: old.rawBytes, options.garbageDelayMilliseconds, &transaction)
      }
      try transaction.put(place, decoded.encoded, weight: UInt64(decoded.size))
      return PartReply(
        milliseconds: decoded.commitMilliseconds, sequence: decoded.commitSequence)
    }
  }

  package func parts(
    _ call: NamespaceCall, _ key: ObjectKey, _ upload: UploadID, after number: UInt16, limit: Int
  ) async throws(NamespaceError) -> PartPage {
    _ = try await self.upload(call, key, upload)
    var parts: [[UInt8]] = []
    var scan = TreeScan(
      prefix: KeyLayout.parts(call.root, upload),
      after: number == 0 ? [] : KeyLayout.part(call.root, upload, number), limit: limit)
    while true {
      let page = try await self.tree.scan(scan)
      page.forEach { _, key, value, _ in
        parts.append(value.array)
        scan.after = key.array
      }
      scan.limit = limit - parts.count
      guard page.isTruncated, scan.limit > 0, page.count > 0 else {
        return PartPage(parts: parts, isTruncated: page.isTruncated)
      }
    }
  }

  package func completeUpload(
    _ call: NamespaceCall, _ request: CompleteRequest
  ) async throws(NamespaceError) -> PutReply {
    let chance = self.random.next()
    let options = self.options
    return try await self.mutate(call) { transaction in
      let place = KeyLayout.upload(call.root, request.put.key, request.upload)
      guard try transaction.get(place) != nil else {
        return try Self.completedBefore(call, request, &transaction)
      }
      var kept: Set<BlobReference> = []
      for expected in request.parts {
        let key = KeyLayout.part(call.root, request.upload, expected.number)
        guard let bytes = try transaction.get(key), let part = ObjectPart(decoding: bytes.rawBytes),
          part.commitSequence == expected.sequence
        else { throw NamespaceError(.conflict, "part \(expected.number) has changed") }
        if let blob = part.blob { kept.insert(blob) }
      }
      let reply = try Self.put(
        call.root, request.put, chance, options, keeping: kept, &transaction)
      let used = Set(request.parts.map(\.number))
      try Self.forgetParts(call.root, request.upload, keeping: used, options, &transaction)
      try transaction.remove(place)
      return reply
    }
  }

  /// What parts hold that became part of an object stays; the rest goes to the garbage queue.
  private static func forgetParts(
    _ root: RootID, _ upload: UploadID, keeping used: Set<UInt16>,
    _ options: KeyedNamespaceOptions, _ transaction: inout Tree.Transaction
  ) throws {
    let parts = try transaction.scan(
      TreeScan(prefix: KeyLayout.parts(root, upload), limit: ObjectPart.numberMax + 1))
    try parts.forEach { _, key, value, _ throws(any Error) in
      if let part = ObjectPart(decoding: value), !used.contains(part.number) {
        try Garbage.discard(part: value, options.garbageDelayMilliseconds, &transaction)
      }
      try transaction.remove(key.array)
    }
  }

  private static func completedBefore(
    _ call: NamespaceCall, _ request: CompleteRequest, _ transaction: inout Tree.Transaction
  ) throws -> PutReply {
    let versions = Versions(call.root, request.put.key)
    guard let current = try versions.current(&transaction),
      ObjectRecord(decoding: current)?.upload == request.upload
    else { throw self.noSuchUpload }
    return PutReply(Versions.stamp(current))
  }

  package func abortUpload(
    _ call: NamespaceCall, _ key: ObjectKey, _ upload: UploadID
  ) async throws(NamespaceError) {
    let options = self.options
    _ = try await self.mutate(call) { transaction in
      let place = KeyLayout.upload(call.root, key, upload)
      guard try transaction.remove(place) else { throw Self.noSuchUpload }
      try Self.forgetParts(call.root, upload, keeping: [], options, &transaction)
      return NoReply()
    }
  }
}
