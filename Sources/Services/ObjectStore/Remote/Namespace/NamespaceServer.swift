internal import Bytes
internal import Link
package import LinkServing
package import ObjectModel
package import Runtime
internal import Values

/// Answers the calls of other nodes by the namespace of this one, which decides by their term.
package struct NamespaceServer: Sendable {
  private typealias Work<Request, Reply> =
    @Sendable (any Namespace, NamespaceCall, Request) async throws -> Reply

  private let clock: any TimeSource
  private let namespace: @Sendable () -> (any Namespace)?

  /// - Parameter namespace: nil while there is none: calls are answered `shuttingDown`.
  package init(
    clock: any TimeSource, namespace: @escaping @Sendable () -> (any Namespace)?
  ) {
    self.clock = clock
    self.namespace = namespace
  }

  package func add(to router: inout LinkRouter) {
    self.addRoots(to: &router)
    self.addObjects(to: &router)
    self.addUploads(to: &router)
    self.addTheRest(to: &router)
  }

  private func addRoots(to router: inout LinkRouter) {
    self.on(.createRoot, in: &router) { (names, call, _: Nothing) -> Nothing in
      try await names.createRoot(call)
      return Nothing()
    }
    self.on(.closeRoot, in: &router) { (names, call, _: Nothing) -> Nothing in
      try await names.closeRoot(call)
      return Nothing()
    }
    self.on(.reopenRoot, in: &router) { (names, call, _: Nothing) -> Nothing in
      try await names.reopenRoot(call)
      return Nothing()
    }
    self.on(.dropRoot, in: &router) { (names, call, _: Nothing) -> Nothing in
      try await names.dropRoot(call)
      return Nothing()
    }
  }

  private func addObjects(to router: inout LinkRouter) {
    self.on(.get, in: &router) { (names, call, request: GetRequest) -> VersionedRecord? in
      try await names.get(call, request.key, version: request.version)
    }
    self.on(.put, in: &router) { (names, call, request: PutRequest) -> PutReply in
      try await names.put(call, request)
    }
    self.on(.replace, in: &router) { (names, call, request: ReplaceRequest) -> PutReply in
      try await names.replace(call, request)
    }
    self.on(.delete, in: &router) { (names, call, requests: [DeleteRequest]) -> [DeleteOutcome] in
      try await names.delete(call, requests).map { DeleteOutcome($0) }
    }
    self.on(.list, in: &router) { (names, call, request: ListRequest) -> ListPage in
      try await names.list(call, request)
    }
    self.on(.listVersions, in: &router) { (names, call, request: VersionListRequest) -> ListPage in
      try await names.listVersions(call, request)
    }
    self.on(.renameObject, in: &router) { (names, call, request: RenameRequest) -> RenameReply in
      try await names.renameObject(call, request)
    }
    self.on(.renameFolder, in: &router) {
      (names, call, request: RenameFolderRequest) -> RenameReply in
      try await names.renameFolder(call, request)
    }
  }

  private func addUploads(to router: inout LinkRouter) {
    self.on(.createUpload, in: &router) { (names, call, request: UploadRequest) -> Nothing in
      try await names.createUpload(call, request.key, request.upload, record: request.bytes)
      return Nothing()
    }
    self.on(.upload, in: &router) { (names, call, request: UploadRequest) -> RawBytes in
      RawBytes(try await names.upload(call, request.key, request.upload))
    }
    self.on(.putPart, in: &router) { (names, call, request: UploadRequest) -> PartReply in
      try await names.putPart(call, request.key, request.upload, part: request.bytes)
    }
    self.on(.parts, in: &router) { (names, call, request: PartsRequest) -> PartPage in
      try await names.parts(
        call, request.key, request.upload, after: request.after, limit: request.limit)
    }
    self.on(.completeUpload, in: &router) { (names, call, request: CompleteRequest) -> PutReply in
      try await names.completeUpload(call, request)
    }
    self.on(.abortUpload, in: &router) { (names, call, request: UploadRequest) -> Nothing in
      try await names.abortUpload(call, request.key, request.upload)
      return Nothing()
    }
    self.on(.listUploads, in: &router) { (names, call, request: UploadListRequest) -> ListPage in
      try await names.listUploads(call, request)
    }
  }

  private func addTheRest(to router: inout LinkRouter) {
    self.on(.usage, in: &router) { (names, call, request: UsageRequest) -> UsageReport in
      try await names.usage(
        call, prefix: request.prefix, depth: request.depth, limit: request.limit)
    }
    self.on(.takeGarbage, in: &router) { (names, _, request: GarbageRequest) -> [GarbageEntry] in
      try await names.takeGarbage(dueBefore: request.dueBefore, limit: request.limit)
    }
    self.on(.acknowledgeGarbage, in: &router) { (names, _, entries: [UInt64]) -> Nothing in
      try await names.acknowledgeGarbage(entries)
      return Nothing()
    }
    self.on(.references, in: &router) { (names, call, request: PageRequest) -> ReferencePage in
      try await names.references(call, after: request.after, limit: request.limit)
    }
  }

  // MARK: One command

  private func on<Request: WireValue, Reply: WireValue>(
    _ command: NamespaceCommand, in router: inout LinkRouter, _ work: @escaping Work<Request, Reply>
  ) {
    router.on(command.rawValue) { incoming async throws(LinkError) in
      try await self.answer(incoming, work).get()
    }
  }

  // A result and not a throw: errors of this size do not get through generic closures unharmed (6.3.1).
  private func answer<Request: WireValue, Reply: WireValue>(
    _ incoming: LinkIncoming, _ work: Work<Request, Reply>
  ) async -> Result<LinkReply, LinkError> {
    guard let namespace = self.namespace() else {
      return .failure(LinkError(.shuttingDown, "the namespace is not up yet"))
    }
    do {
      let (call, request): (NamespaceCall, Request) = try self.read(incoming)
      let reply = try await work(namespace, call, request)
      return .success(LinkReply(body: reply.body))
    } catch let error as NamespaceError {
      return .failure(LinkError(error))
    } catch let error as WireError {
      return .failure(LinkError(error, incoming.command))
    } catch {
      return .failure(LinkError(.internal, "\(error)"))
    }
  }

  private func read<Request: WireValue>(
    _ incoming: LinkIncoming
  ) throws -> (NamespaceCall, Request) {
    var reader = ByteReader(incoming.body.rawBytes)
    let head = try NamespaceHead(from: &reader)
    let call = head.call(epoch: incoming.epoch, trace: incoming.traceID, at: self.clock.now)
    return (call, try Request(from: &reader))
  }
}
