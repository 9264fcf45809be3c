private import Bytes
private import Crypto
package import ObjectModel

/// Renaming one key, or all below a folder.
extension KeyedNamespace {
  package func renameObject(
    _ call: NamespaceCall, _ request: RenameRequest
  ) async throws(NamespaceError) -> RenameReply {
    let options = self.options
    var form = ByteWriter(capacity: 256)
    form.append("object \(request.source.byteCount) \(request.destination.byteCount) ")
    form.append(request.source.bytes)
    form.append(request.destination.bytes)
    form.append("\(request.sourceCondition)\(request.destinationCondition)")
    let fingerprint = XXH3.hash64(of: form.bytes)
    let destination = KeyLayout.object(call.root, request.destination)
    let ticket = self.moveLog.begin([Move(key: destination, isFolder: false)])
    defer { self.moveLog.end(ticket) }
    return try await self.mutate(call) { transaction in
      let token = request.clientToken
      if let reply = try Self.renamed(call.root, token, fingerprint, &transaction) { return reply }
      try Self.rename(call.root, request, options, &transaction)
      return try Self.remember(
        call.root, token, fingerprint, RenameReply(objects: 1), options, &transaction)
    }
  }

  private static func rename(
    _ root: RootID, _ request: RenameRequest, _ options: KeyedNamespaceOptions,
    _ transaction: inout Tree.Transaction
  ) throws {
    let source = Versions(root, request.source)
    let destination = Versions(root, request.destination)
    guard let moved = try source.current(&transaction) else {
      throw NamespaceError(.noSuchKey, "there is no source")
    }
    let replaced = try destination.current(&transaction)
    try self.check(request.sourceCondition, moved)
    try self.check(request.destinationCondition, replaced)
    guard request.destination.byteCount <= ObjectKey.byteCountMax else {
      throw NamespaceError(.keyTooLong, "a key of \(request.destination.byteCount) bytes")
    }
    for versions in [source, destination] {
      let older = try transaction.sums(under: KeyLayout.versions(root, versions.key))
      guard older.objects == 0 else {
        throw NamespaceError(.invalidRename, "\(versions.key) has older versions")
      }
    }
    guard request.source != request.destination else { return }
    if let replaced {
      try Garbage.discard(record: replaced, options.garbageDelayMilliseconds, &transaction)
    }
    try transaction.remove(KeyLayout.object(root, request.source))
    try destination.putCurrent(moved, &transaction)
  }

  package func renameFolder(
    _ call: NamespaceCall, _ request: RenameFolderRequest
  ) async throws(NamespaceError) -> RenameReply {
    let source = request.source.bytes
    let destination = request.destination.bytes
    guard !source.isEmpty, !source.starts(with: destination), !destination.starts(with: source)
    else { throw NamespaceError(.invalidRename, "one folder is inside the other") }
    let options = self.options
    var form = ByteWriter(capacity: 256)
    form.append("folder \(source.count) \(destination.count) ")
    form.append(source)
    form.append(destination)
    let fingerprint = XXH3.hash64(of: form.bytes)
    let place = KeyLayout.object(call.root, request.destination)
    let ticket = self.moveLog.begin([Move(key: place, isFolder: true)])
    defer { self.moveLog.end(ticket) }
    return try await self.mutate(call) { transaction in
      let token = request.clientToken
      if let reply = try Self.renamed(call.root, token, fingerprint, &transaction) { return reply }
      for folder in [source, destination] {
        let older = KeyLayout.key(call.root, "v", KeyLayout.escaped(folder))
        guard try transaction.sums(under: older).objects == 0 else {
          throw NamespaceError(.invalidRename, "there are older versions under the folder")
        }
      }
      let moved = try transaction.rename(
        KeyLayout.key(call.root, "o", source), to: KeyLayout.key(call.root, "o", destination),
        keyBytesMax: KeyLayout.headBytes + ObjectKey.byteCountMax)
      return try Self.remember(
        call.root, token, fingerprint, RenameReply(objects: moved), options, &transaction)
    }
  }

  // MARK: Clients' tokens

  /// What a rename with this token answered before; throws when that was another rename.
  private static func renamed(
    _ root: RootID, _ token: [UInt8], _ fingerprint: UInt64,
    _ transaction: inout Tree.Transaction
  ) throws -> RenameReply? {
    guard !token.isEmpty, let kept = try transaction.get(KeyLayout.key(root, "c", token)) else {
      return nil
    }
    var reader = ByteReader(kept.rawBytes)
    guard let before = reader.littleEndian(UInt64.self),
      let reply = RenameReply(remembered: reader.rest)
    else { return nil }
    guard before == fingerprint else {
      throw NamespaceError(.tokenMismatch, "the token was used for another rename")
    }
    return reply
  }

  private static func remember(
    _ root: RootID, _ token: [UInt8], _ fingerprint: UInt64, _ reply: RenameReply,
    _ options: KeyedNamespaceOptions, _ transaction: inout Tree.Transaction
  ) throws -> RenameReply {
    guard !token.isEmpty else { return reply }
    guard token.count <= 64 else {
      throw NamespaceError(.badRequest, "a client token of \(token.count) bytes")
    }
    let key = KeyLayout.key(root, "c", token)
    var kept = ByteWriter(capacity: 16)
    kept.append(littleEndian: fingerprint)
    reply.remember(to: &kept)
    try transaction.put(key, kept.bytes.array, weight: 0)
    try self.forget(key, after: options.clientTokenMilliseconds, &transaction)
    return reply
  }
}
