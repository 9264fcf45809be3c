internal import Crypto
internal import Runtime
public import SeriesColumns
internal import Synchronization

// Groups that come back from copies of their files:
//
//   restores/GROUP/NAME/SEGMENT/SHARD/FILE   what has come under a name; it stays through kills
//   restores/GROUP/NAME/restore              the name: all has come and was proven
//   groups/GROUP/restore                     the name of what the group began with

/// Takes a group's files until all are there, and shows their rows by renaming one folder.
extension SeriesEngine {
  private static let noteName = "restore"
  private static let noteBytesMax = 4096

  private func restoresDirectory(_ group: String) -> String {
    self.directory + "/restores/" + FolderName.encode(group)
  }

  private func stagingDirectory(_ group: String, _ name: String) -> String {
    self.restoresDirectory(group) + "/" + FolderName.encode(name)
  }

  /// What a group that holds rows began with; nil when that was no restore.
  public func restored(group: String) async throws(SeriesError) -> String? {
    guard !self.allSegments(group).isEmpty else { return nil }
    return try await self.note(self.groupDirectory(group))
  }

  private func note(_ folder: String) async throws(SeriesError) -> String? {
    do {
      let bytes = try await self.disk.readAll(
        folder + "/" + Self.noteName, limit: Self.noteBytesMax)
      return String(decoding: bytes, as: UTF8.self)
    } catch {
      if error.isNotFound { return nil }
      throw SeriesError.io("read what a group was restored from", error)
    }
  }

  // MARK: Files

  /// Begins to take a group's files under a name, or goes on with it; what came under another name goes. Throws
  /// `alreadyThere` when the group holds rows.
  ///
  /// - Returns: false when it holds them since it was restored under this name.
  public func openRestore(group: String, as name: String) async throws(SeriesError) -> Bool {
    if try await self.restored(group: group) == name { return false }
    try self.checkEmpty(group)
    let parent = self.restoresDirectory(group)
    do {
      // The group may have been restored under this name before, and its rows have expired.
      try await self.removeNote(self.groupDirectory(group))
      try await self.disk.createDirectories(self.stagingDirectory(group, name))
      for entry in try await self.disk.list(parent) where entry.name != FolderName.encode(name) {
        try await RemovedFolder.clear(parent + "/" + entry.name, on: self.disk)
      }
      return true
    } catch {
      throw SeriesError.io("begin a restore", error)
    }
  }

  private func removeNote(_ folder: String) async throws(IOFailure) {
    do {
      try await self.disk.removeFile(folder + "/" + Self.noteName)
      try await self.disk.syncDirectory(folder)
    } catch {
      guard error.isNotFound else { throw error }
    }
  }

  private func checkEmpty(_ group: String) throws(SeriesError) {
    guard self.allSegments(group).isEmpty else {
      throw SeriesError(.alreadyThere, "the group \(group) holds rows: they would be mixed")
    }
  }

  /// SHA-256 of each piece of a file that has come; none when it has not.
  public func piecesKept(
    of path: String, restoring group: String, as name: String, pieceBytes: Int
  ) async throws(SeriesError) -> [String] {
    var pieces: [String] = []
    while true {
      let bytes: [UInt8]
      do throws(SeriesError) {
        bytes = try await self.read(
          path, below: self.stagingDirectory(group, name),
          from: Int64(pieces.count) * Int64(pieceBytes), count: pieceBytes)
      } catch {
        if (error.cause as? IOFailure)?.isNotFound ?? false { return [] }
        throw error
      }
      guard !bytes.isEmpty else { return pieces }
      pieces.append("\(SHA256.digest(of: bytes.span.bytes))")
      guard bytes.count == pieceBytes else { return pieces }
    }
  }

  /// - Parameter path: below the folder of the group, `SEGMENT/SHARD/NAME`.
  public func write(
    _ bytes: [UInt8], at offset: Int64, to path: String, restoring group: String, as name: String
  ) async throws(SeriesError) {
    try await self.write(
      bytes, at: offset, to: path, below: self.stagingDirectory(group, name), syncs: false)
  }

  // MARK: Showing

  /// Proves what has come: every file with its size, every manifest, every part that one names. When it returns
  /// all of it is durable.
  public func prepareRestore(
    group: String, as name: String, files: [String: Int64]
  ) async throws(SeriesError) {
    let staging = self.stagingDirectory(group, name)
    try await self.prune(staging, keeping: Set(files.keys))
    do {
      for (path, bytes) in files {
        let there = try await self.disk.information(staging + "/" + path).byteCount
        guard there != bytes else { continue }
        throw SeriesError(
          .unavailable, "\(group)/\(path) has come with \(there) of \(bytes) bytes: it comes again")
      }
      try await self.disk.sync(files: files.keys.sorted().map { staging + "/" + $0 })
    } catch let error as IOFailure {
      throw SeriesError.io("make what has come durable", error)
    } catch let error as SeriesError {
      throw error
    } catch {
      throw SeriesError(.io, "what has come was not made durable: \(error)")
    }
    try await self.prove(Self.findSegments(group, staging, on: self.disk).segments)
    do {
      try await self.disk.replace(staging + "/" + Self.noteName, with: Array(name.utf8))
    } catch {
      throw SeriesError.io("note that a restore is whole", error)
    }
  }

  /// Throws unless all has come, and nothing stands in its way.
  public func checkRestore(group: String, as name: String) async throws(SeriesError) {
    try self.checkEmpty(group)
    guard try await self.note(self.stagingDirectory(group, name)) == name else {
      throw SeriesError(.unavailable, "not all of restore \(name) of group \(group) has come")
    }
  }

  /// Shows the rows of a restore that was prepared: all of them or none, also when it is killed. That it was done
  /// already is no error.
  public func showRestore(group: String, as name: String) async throws(SeriesError) {
    await self.layout.enter()
    defer { self.layout.leave() }
    if try await self.restored(group: group) == name { return }
    // A segment that a write made from here on would be lost with its rows.
    self.state.withLock { _ = $0.restoring.insert(group) }
    defer { self.state.withLock { _ = $0.restoring.remove(group) } }
    try self.checkEmpty(group)
    let final = self.groupDirectory(group)
    if try await self.note(final) != name {
      try await self.checkRestore(group: group, as: name)
      do {
        // The group may have had a folder and lost its rows.
        try await RemovedFolder.remove(final, on: self.disk)
        try await self.disk.rename(self.stagingDirectory(group, name), to: final)
        try await self.disk.syncDirectory(Self.groupsDirectory(self.directory))
        try await self.disk.syncDirectory(self.restoresDirectory(group))
      } catch {
        throw SeriesError.io("show a restored group", error)
      }
    }
    let found = try await Self.findSegments(group, final, on: self.disk)
    let through = found.segments.flatMap { $0.allShards() }.map { shard in
      shard.state.withLock { $0.through }
    }
    // Rows that come from now on are later than all that is in these parts.
    self.order.withLock { $0.sequence = max($0.sequence, through.max() ?? 0) }
    self.state.withLock { $0.groups[group, default: GroupState()].segments = found.segments }
    try await self.clearRestores(group)
  }

  /// Lets go of what has come and is not shown.
  public func clearRestores(_ group: String) async throws(SeriesError) {
    do {
      try await RemovedFolder.clear(self.restoresDirectory(group), on: self.disk)
    } catch {
      guard error.isNotFound else { throw SeriesError.io("let go of a restore", error) }
    }
  }
}
