private import Bytes
package import ObjectModel
private import Synchronization
private import Values

/// A namespace in memory: what the engines are compared with, and what the gateway's tests stand on.
///
/// Everything happens under one lock, so each call is one moment.
package final class ModelNamespace: Namespace {
  private let state: Mutex<ModelState>

  /// - Parameter milliseconds: the wall clock; commit times never go back behind it.
  package init(milliseconds: @escaping @Sendable () -> UInt64) {
    self.state = Mutex(ModelState(clock: milliseconds))
  }

  /// The bytes of every record that is kept.
  package var records: [[UInt8]] {
    self.state.withLock { state in
      state.trees.values.flatMap { $0.versions.values.flatMap { $0 } }
    }
  }

  private func tree<R>(
    _ call: NamespaceCall, _ body: (inout ModelState, inout ModelTree) throws(NamespaceError) -> R
  ) throws(NamespaceError) -> R {
    try self.state.withLock { state throws(NamespaceError) in
      guard var tree = state.trees[call.root] else {
        throw NamespaceError(.noSuchRoot, "there is no \(call.root)")
      }
      state.trees[call.root] = nil
      defer { state.trees[call.root] = tree }
      return try body(&state, &tree)
    }
  }

  private func mutate<R: Sendable>(
    _ call: NamespaceCall, _ body: (inout ModelState, inout ModelTree) throws(NamespaceError) -> R
  ) throws(NamespaceError) -> R {
    try self.tree(call) { state, tree throws(NamespaceError) in
      guard !tree.isClosed else { throw NamespaceError(.closed, "\(call.root) is closed") }
      return try body(&state, &tree)
    }
  }

  // MARK: Roots

  package func createRoot(_ call: NamespaceCall) async throws(NamespaceError) {
    self.state.withLock { state in
      if state.trees[call.root] == nil { state.trees[call.root] = ModelTree() }
    }
  }

  package func closeRoot(_ call: NamespaceCall) async throws(NamespaceError) {
    try self.tree(call) { _, tree throws(NamespaceError) in
      guard tree.versions.isEmpty else {
        throw NamespaceError(.notEmpty, "\(tree.versions.count) names")
      }
      tree.isClosed = true
    }
  }

  package func reopenRoot(_ call: NamespaceCall) async throws(NamespaceError) {
    try self.tree(call) { _, tree throws(NamespaceError) in tree.isClosed = false }
  }

  package func dropRoot(_ call: NamespaceCall) async throws(NamespaceError) {
    try self.tree(call) { state, tree throws(NamespaceError) in
      for upload in tree.uploads.values {
        for part in upload.parts.values { state.discard(part: part) }
      }
    }
    self.state.withLock { $0.trees[call.root] = nil }
  }

  // MARK: Objects

  package func get(
    _ call: NamespaceCall, _ key: ObjectKey, version: VersionSelector
  ) async throws(NamespaceError) -> VersionedRecord? {
    try self.tree(call) { _, tree throws(NamespaceError) in
      guard let index = tree.index(of: version, under: key) else { return nil }
      return VersionedRecord(bytes: tree.versions[key, default: []][index], isLatest: index == 0)
    }
  }

  package func put(
    _ call: NamespaceCall, _ request: PutRequest
  ) async throws(NamespaceError) -> PutReply {
    try self.mutate(call) { state, tree throws(NamespaceError) in
      try state.put(request, &tree)
    }
  }

  package func replace(
    _ call: NamespaceCall, _ request: ReplaceRequest
  ) async throws(NamespaceError) -> PutReply {
    try self.mutate(call) { state, tree throws(NamespaceError) in
      guard let index = tree.index(of: request.version, under: request.key) else {
        throw NamespaceError(.noSuchKey, "there is no such version")
      }
      let old = tree.stamp(request.key, index)
      guard old.sequence == request.sequence else {
        throw NamespaceError(.conflict, "the record has changed")
      }
      state.sequence += 1
      var stamp = old
      stamp.sequence = state.sequence
      var record = request.record
      stamp.stamp(&record)
      tree.versions[request.key, default: []][index] = record
      return PutReply(stamp)
    }
  }

  package func delete(
    _ call: NamespaceCall, _ requests: [DeleteRequest]
  ) async throws(NamespaceError) -> [Result<DeleteReply, NamespaceError>] {
    try self.mutate(call) { state, tree throws(NamespaceError) in
      requests.map { request in
        do throws(NamespaceError) {
          return .success(try state.delete(request, &tree))
        } catch {
          return .failure(error)
        }
      }
    }
  }

  // MARK: Listing

  package func list(
    _ call: NamespaceCall, _ request: ListRequest
  ) async throws(NamespaceError) -> ListPage {
    try self.tree(call) { _, tree throws(NamespaceError) in tree.list(request) }
  }

  package func listVersions(
    _ call: NamespaceCall, _ request: VersionListRequest
  ) async throws(NamespaceError) -> ListPage {
    try self.tree(call) { _, tree throws(NamespaceError) in tree.list(request) }
  }

  package func listUploads(
    _ call: NamespaceCall, _ request: UploadListRequest
  ) async throws(NamespaceError) -> ListPage {
    try self.tree(call) { _, tree throws(NamespaceError) in tree.list(request) }
  }

  // MARK: Renaming

  package func renameObject(
    _ call: NamespaceCall, _ request: RenameRequest
  ) async throws(NamespaceError) -> RenameReply {
    try self.mutate(call) { state, tree throws(NamespaceError) in
      try state.rename(request, &tree)
    }
  }

  package func renameFolder(
    _ call: NamespaceCall, _ request: RenameFolderRequest
  ) async throws(NamespaceError) -> RenameReply {
    try self.mutate(call) { state, tree throws(NamespaceError) in
      try state.rename(request, &tree)
    }
  }

  // MARK: Uploads

  package func createUpload(
    _ call: NamespaceCall, _ key: ObjectKey, _ upload: UploadID, record: [UInt8]
  ) async throws(NamespaceError) {
    try self.mutate(call) { state, tree throws(NamespaceError) in
      var record = record
      state.nextStamp(isNull: false).stamp(&record)
      tree.uploads[upload] = ModelTree.Upload(key: key, record: record)
    }
  }

  package func upload(
    _ call: NamespaceCall, _ key: ObjectKey, _ upload: UploadID
  ) async throws(NamespaceError) -> [UInt8] {
    try self.tree(call) { _, tree throws(NamespaceError) in try tree.upload(key, upload).record }
  }

  package func putPart(
    _ call: NamespaceCall, _ key: ObjectKey, _ upload: UploadID, part: [UInt8]
  ) async throws(NamespaceError) -> PartReply {
    try self.mutate(call) { state, tree throws(NamespaceError) in
      var record = try tree.upload(key, upload)
      guard var decoded = ObjectPart(decoding: part.rawBytes) else {
        throw NamespaceError(.badRequest, "the part is none")
      }
      let stamp = state.nextStamp(isNull: false)
      decoded.commitMilliseconds = stamp.milliseconds
      decoded.commitSequence = stamp.sequence
      if let old = record.parts.updateValue(decoded.encoded, forKey: decoded.number) {
        state.discard(part: old)
      }
      tree.uploads[upload] = record
      return PartReply(milliseconds: stamp.milliseconds, sequence: stamp.sequence)
    }
  }

  package func parts(
    _ call: NamespaceCall, _ key: ObjectKey, _ upload: UploadID, after number: UInt16, limit: Int
  ) async throws(NamespaceError) -> PartPage {
    try self.tree(call) { _, tree throws(NamespaceError) in
      let parts = try tree.upload(key, upload).parts.filter { $0.key > number }
        .sorted { $0.key < $1.key }.map(\.value)
      return PartPage(parts: Array(parts.prefix(limit)), isTruncated: parts.count > limit)
    }
  }

  package func completeUpload(
    _ call: NamespaceCall, _ request: CompleteRequest
  ) async throws(NamespaceError) -> PutReply {
    try self.mutate(call) { state, tree throws(NamespaceError) in
      try state.complete(request, &tree)
    }
  }

  package func abortUpload(
    _ call: NamespaceCall, _ key: ObjectKey, _ upload: UploadID
  ) async throws(NamespaceError) {
    try self.mutate(call) { state, tree throws(NamespaceError) in
      for part in try tree.upload(key, upload).parts.values { state.discard(part: part) }
      tree.uploads[upload] = nil
    }
  }

  // MARK: Numbers and garbage

  package func usage(
    _ call: NamespaceCall, prefix: [UInt8], depth: Int, limit: Int
  ) async throws(NamespaceError) -> UsageReport {
    try self.tree(call) { _, tree throws(NamespaceError) in
      tree.usage(prefix: prefix, depth: depth, limit: limit)
    }
  }

  package func takeGarbage(
    dueBefore milliseconds: UInt64, limit: Int
  ) async throws(NamespaceError) -> [GarbageEntry] {
    self.state.withLock { state in
      Array(state.garbage.filter { $0.dueMilliseconds <= milliseconds }.prefix(limit))
    }
  }

  package func acknowledgeGarbage(_ entries: [UInt64]) async throws(NamespaceError) {
    self.state.withLock { state in
      state.garbage.removeAll { entries.contains($0.number) }
    }
  }

  package func references(
    _ call: NamespaceCall, after cursor: [UInt8], limit: Int
  ) async throws(NamespaceError) -> ReferencePage {
    try self.tree(call) { _, tree throws(NamespaceError) in
      // One page: a model is small.
      ReferencePage(blobs: tree.references(), cursor: [])
    }
  }
}
