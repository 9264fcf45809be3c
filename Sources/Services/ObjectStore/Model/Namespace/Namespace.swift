/// The names of objects: what S3 calls keys, with a record under each. One root a bucket.
///
/// Single-key operations are linearizable; conditions hold at the moment of the write; a page of a
/// listing is one state; what was acknowledged survives a power cut. An implementation is called from
/// event loops and never blocks them.
///
/// Calls map onto the namespace's Link commands one to one: every argument and every answer is a plain
/// value. A mutation that carries a token is applied once, however often it is sent within a minute.
package protocol Namespace: AnyObject, Sendable {
  // MARK: Roots

  /// Makes an empty tree. Done already: fine.
  func createRoot(_ call: NamespaceCall) async throws(NamespaceError)
  /// Refuses mutations from now on, when the tree holds no object, version or delete marker; else
  /// throws `notEmpty` and nothing has changed. Uploads under way do not count.
  func closeRoot(_ call: NamespaceCall) async throws(NamespaceError)
  /// Takes a closing back.
  func reopenRoot(_ call: NamespaceCall) async throws(NamespaceError)
  /// Forgets a closed tree; what its uploads have written goes to the garbage queue.
  func dropRoot(_ call: NamespaceCall) async throws(NamespaceError)

  // MARK: Objects

  /// The record of a version; nil when there is none. A delete marker is an answer like another.
  func get(
    _ call: NamespaceCall, _ key: ObjectKey, version: VersionSelector
  ) async throws(NamespaceError) -> VersionedRecord?

  /// Commits a record under a key: unversioned and suspended replace, enabled keeps what was there.
  func put(_ call: NamespaceCall, _ request: PutRequest) async throws(NamespaceError) -> PutReply

  /// Replaces the record of a version that is still the one read (`sequence`): tags, lists of
  /// permissions, locks. Its time, version and blobs stay. Throws `conflict` when it is not.
  func replace(
    _ call: NamespaceCall, _ request: ReplaceRequest
  ) async throws(NamespaceError) -> PutReply

  /// Each entry alone, in their order; the call as a whole fails only when none was tried.
  func delete(
    _ call: NamespaceCall, _ requests: [DeleteRequest]
  ) async throws(NamespaceError) -> [Result<DeleteReply, NamespaceError>]

  // MARK: Listing

  func list(_ call: NamespaceCall, _ request: ListRequest) async throws(NamespaceError) -> ListPage
  func listVersions(
    _ call: NamespaceCall, _ request: VersionListRequest
  ) async throws(NamespaceError) -> ListPage

  // MARK: Renaming

  func renameObject(
    _ call: NamespaceCall, _ request: RenameRequest
  ) async throws(NamespaceError) -> RenameReply

  /// Moves every key under a prefix, at once, whatever their number.
  func renameFolder(
    _ call: NamespaceCall, _ request: RenameFolderRequest
  ) async throws(NamespaceError) -> RenameReply

  // MARK: Multipart uploads

  /// `record` is of kind `upload`.
  func createUpload(
    _ call: NamespaceCall, _ key: ObjectKey, _ upload: UploadID, record: [UInt8]
  ) async throws(NamespaceError)

  /// The record of an upload of this key; throws `noSuchUpload`.
  func upload(
    _ call: NamespaceCall, _ key: ObjectKey, _ upload: UploadID
  ) async throws(NamespaceError) -> [UInt8]

  /// Commits a part, encoded by `ObjectPart`; what it replaces goes to the garbage queue.
  func putPart(
    _ call: NamespaceCall, _ key: ObjectKey, _ upload: UploadID, part: [UInt8]
  ) async throws(NamespaceError) -> PartReply

  /// Parts of an upload by number, encoded by `ObjectPart`.
  func parts(
    _ call: NamespaceCall, _ key: ObjectKey, _ upload: UploadID, after number: UInt16, limit: Int
  ) async throws(NamespaceError) -> PartPage

  /// Makes the object from the parts named and forgets the upload, in one commit. Throws `conflict` when
  /// a part is not any more the one named.
  func completeUpload(
    _ call: NamespaceCall, _ request: CompleteRequest
  ) async throws(NamespaceError) -> PutReply

  func abortUpload(
    _ call: NamespaceCall, _ key: ObjectKey, _ upload: UploadID
  ) async throws(NamespaceError)

  func listUploads(
    _ call: NamespaceCall, _ request: UploadListRequest
  ) async throws(NamespaceError) -> ListPage

  // MARK: Numbers

  /// Counts under a prefix, and by the next path component down to `depth`: from the tree's own sums.
  func usage(
    _ call: NamespaceCall, prefix: [UInt8], depth: Int, limit: Int
  ) async throws(NamespaceError) -> UsageReport

  // MARK: Garbage

  /// Blobs that no record names any more and whose time has come, oldest first; of all roots. They stay
  /// in the queue until they are acknowledged.
  func takeGarbage(
    dueBefore milliseconds: UInt64, limit: Int
  ) async throws(NamespaceError) -> [GarbageEntry]
  func acknowledgeGarbage(_ entries: [UInt64]) async throws(NamespaceError)

  /// Every blob that records, parts and the queue name, by root and key, in pages: for the orphan scan.
  func references(
    _ call: NamespaceCall, after cursor: [UInt8], limit: Int
  ) async throws(NamespaceError) -> ReferencePage
}
