internal import Bytes
package import ObjectModel

extension RemoteNamespace: Namespace {
  private func settle(
    _ result: Result<[UInt8], NamespaceError>
  ) throws(NamespaceError) {
    let _: Nothing = try Self.reply(result)
  }

  // MARK: Roots

  package func createRoot(_ call: NamespaceCall) async throws(NamespaceError) {
    try self.settle(await self.ask(.createRoot, call, []))
  }

  package func closeRoot(_ call: NamespaceCall) async throws(NamespaceError) {
    try self.settle(await self.ask(.closeRoot, call, []))
  }

  package func reopenRoot(_ call: NamespaceCall) async throws(NamespaceError) {
    try self.settle(await self.ask(.reopenRoot, call, []))
  }

  package func dropRoot(_ call: NamespaceCall) async throws(NamespaceError) {
    try self.settle(await self.ask(.dropRoot, call, []))
  }

  // MARK: Objects

  package func get(
    _ call: NamespaceCall, _ key: ObjectKey, version: VersionSelector
  ) async throws(NamespaceError) -> VersionedRecord? {
    try Self.reply(await self.ask(.get, call, GetRequest(key: key, version: version).body))
  }

  package func put(
    _ call: NamespaceCall, _ request: PutRequest
  ) async throws(NamespaceError) -> PutReply {
    try Self.reply(await self.ask(.put, call, request.body))
  }

  package func replace(
    _ call: NamespaceCall, _ request: ReplaceRequest
  ) async throws(NamespaceError) -> PutReply {
    try Self.reply(await self.ask(.replace, call, request.body))
  }

  package func delete(
    _ call: NamespaceCall, _ requests: [DeleteRequest]
  ) async throws(NamespaceError) -> [Result<DeleteReply, NamespaceError>] {
    let outcomes: [DeleteOutcome] = try Self.reply(
      await self.ask(.delete, call, requests.body))
    guard outcomes.count == requests.count else {
      throw NamespaceError(
        .internal, "\(outcomes.count) answers to \(requests.count) deletions")
    }
    return outcomes.map(\.result)
  }

  // MARK: Listing

  package func list(
    _ call: NamespaceCall, _ request: ListRequest
  ) async throws(NamespaceError) -> ListPage {
    try Self.reply(await self.ask(.list, call, request.body))
  }

  package func listVersions(
    _ call: NamespaceCall, _ request: VersionListRequest
  ) async throws(NamespaceError) -> ListPage {
    try Self.reply(await self.ask(.listVersions, call, request.body))
  }

  package func listUploads(
    _ call: NamespaceCall, _ request: UploadListRequest
  ) async throws(NamespaceError) -> ListPage {
    try Self.reply(await self.ask(.listUploads, call, request.body))
  }

  // MARK: Renaming

  package func renameObject(
    _ call: NamespaceCall, _ request: RenameRequest
  ) async throws(NamespaceError) -> RenameReply {
    try Self.reply(await self.ask(.renameObject, call, request.body))
  }

  package func renameFolder(
    _ call: NamespaceCall, _ request: RenameFolderRequest
  ) async throws(NamespaceError) -> RenameReply {
    try Self.reply(await self.ask(.renameFolder, call, request.body))
  }

  // MARK: Multipart uploads

  package func createUpload(
    _ call: NamespaceCall, _ key: ObjectKey, _ upload: UploadID, record: [UInt8]
  ) async throws(NamespaceError) {
    try self.settle(
      await self.ask(.createUpload, call, UploadRequest(key, upload, record).body))
  }

  package func upload(
    _ call: NamespaceCall, _ key: ObjectKey, _ upload: UploadID
  ) async throws(NamespaceError) -> [UInt8] {
    let record: RawBytes = try Self.reply(
      await self.ask(.upload, call, UploadRequest(key, upload).body))
    return record.bytes
  }

  package func putPart(
    _ call: NamespaceCall, _ key: ObjectKey, _ upload: UploadID, part: [UInt8]
  ) async throws(NamespaceError) -> PartReply {
    try Self.reply(await self.ask(.putPart, call, UploadRequest(key, upload, part).body))
  }

  package func parts(
    _ call: NamespaceCall, _ key: ObjectKey, _ upload: UploadID, after number: UInt16, limit: Int
  ) async throws(NamespaceError) -> PartPage {
    let request = PartsRequest(key, upload, after: number, limit: limit)
    return try Self.reply(await self.ask(.parts, call, request.body))
  }

  package func completeUpload(
    _ call: NamespaceCall, _ request: CompleteRequest
  ) async throws(NamespaceError) -> PutReply {
    try Self.reply(await self.ask(.completeUpload, call, request.body))
  }

  package func abortUpload(
    _ call: NamespaceCall, _ key: ObjectKey, _ upload: UploadID
  ) async throws(NamespaceError) {
    try self.settle(await self.ask(.abortUpload, call, UploadRequest(key, upload).body))
  }

  // MARK: Numbers and garbage

  package func usage(
    _ call: NamespaceCall, prefix: [UInt8], depth: Int, limit: Int
  ) async throws(NamespaceError) -> UsageReport {
    let request = UsageRequest(prefix: prefix, depth: depth, limit: limit)
    return try Self.reply(await self.ask(.usage, call, request.body))
  }

  package func takeGarbage(
    dueBefore milliseconds: UInt64, limit: Int
  ) async throws(NamespaceError) -> [GarbageEntry] {
    let request = GarbageRequest(dueBefore: milliseconds, limit: limit)
    return try Self.reply(await self.ask(.takeGarbage, Self.anyRoot, request.body))
  }

  package func acknowledgeGarbage(_ entries: [UInt64]) async throws(NamespaceError) {
    try self.settle(await self.ask(.acknowledgeGarbage, Self.anyRoot, entries.body))
  }

  package func references(
    _ call: NamespaceCall, after cursor: [UInt8], limit: Int
  ) async throws(NamespaceError) -> ReferencePage {
    let request = PageRequest(after: cursor, limit: limit)
    return try Self.reply(await self.ask(.references, call, request.body))
  }

  /// For what is of all roots.
  private static let anyRoot = NamespaceCall(root: RootID(rawValue: 0))
}
