private import CSystem

/// A new file in one piece of work on the pool: what is small and made often should not cross threads for
/// each of its system calls.
extension SystemDisk {
  public func create(
    _ path: String, with content: [UInt8], permissions: UInt16, below root: String?, isSynced: Bool
  ) async throws(IOFailure) {
    try await self.call { () throws(IOFailure) in
      let parent = parentDirectory(of: path)
      let folder = try check(
        csystem_open(parent, CSYSTEM_OPEN_READ | CSYSTEM_OPEN_DIRECTORY, 0), "open", parent)
      defer { csystem_close(folder) }
      // The open folder is looked at: a link that is put there later does not count.
      if let root { try Self.checkIsInside(folder, parent, root) }
      let name = String(
        path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...])
      let flags = CSYSTEM_OPEN_WRITE | CSYSTEM_OPEN_CREATE | CSYSTEM_OPEN_EXCLUSIVE
      let file = try check(
        csystem_open_in(folder, name, flags, UInt32(permissions)), "open", path)
      defer { csystem_close(file) }
      do throws(IOFailure) {
        try Self.write(content, to: file, path)
        guard isSynced else { return }
        try check(csystem_fdatasync(file), "fdatasync", path)
        // Behind it, so that the file system may find that it has the name already.
        try check(csystem_fsync(folder), "fsync", parent)
      } catch {
        _ = csystem_unlink_in(folder, name)
        throw error
      }
    }
  }

  /// Many files are made durable by one sync of the file system that they are on: it writes what else
  /// waits there, too, but each inode and each folder once.
  public func sync(files: [String]) async throws(IOFailure) {
    try await self.call { () throws(IOFailure) in
      var devices: Set<UInt64> = []
      let folders = Dictionary(grouping: files) { parentDirectory(of: $0) }
      for (folder, paths) in folders.sorted(by: { $0.key < $1.key }) {
        let opened = csystem_open(folder, CSYSTEM_OPEN_READ | CSYSTEM_OPEN_DIRECTORY, 0)
        if opened == -2 /* ENOENT */ { continue }
        let descriptor = try check(opened, "open", folder)
        defer { csystem_close(descriptor) }
        guard files.count >= Self.filesOfOneSync else {
          try Self.sync(paths, in: descriptor, folder)
          continue
        }
        var device: UInt64 = 0
        try check(csystem_device(descriptor, &device), "stat", folder)
        guard devices.insert(device).inserted else { continue }
        try check(csystem_syncfs(descriptor), "syncfs", folder)
      }
    }
  }

  private static let filesOfOneSync = 8

  private static func sync(
    _ paths: [String], in folder: Int32, _ name: String
  ) throws(IOFailure) {
    for path in paths {
      let opened = csystem_open(path, CSYSTEM_OPEN_READ, 0)
      if opened == -2 /* ENOENT */ { continue }
      let file = try check(opened, "open", path)
      defer { csystem_close(file) }
      try check(csystem_fdatasync(file), "fdatasync", path)
    }
    try check(csystem_fsync(folder), "fsync", name)
  }

  private static func write(
    _ content: [UInt8], to file: Int32, _ path: String
  ) throws(IOFailure) {
    var done = 0
    while done < content.count {
      let count = content.withUnsafeBytes { bytes in
        csystem_pwrite(file, bytes.baseAddress.map { $0 + done }, bytes.count - done, Int64(done))
      }
      guard count > 0 else {
        throw IOFailure(code: Int32(clamping: -count), operation: "write", subject: path)
      }
      done += Int(count)
    }
  }

  private static func checkIsInside(
    _ folder: Int32, _ path: String, _ root: String
  ) throws(IOFailure) {
    let resolved = try withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) {
      (room) throws(IOFailure) in
      let count = try check(csystem_path_of(folder, room.baseAddress, 4096), "readlink", path)
      return room.prefix(Int(count)).map { UInt8(bitPattern: $0) }
    }
    guard resolved == Array(root.utf8) || resolved.starts(with: (root + "/").utf8) else {
      throw IOFailure(code: 18 /* EXDEV */, operation: "open", subject: path)
    }
  }
}
