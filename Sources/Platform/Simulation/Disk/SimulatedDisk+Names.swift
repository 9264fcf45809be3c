private import Glibc
public import Runtime

/// Names: opening, listing, renaming, removing.
extension SimulatedDisk {
  public func open(_ path: String, _ mode: OpenMode) async throws(IOFailure) -> any DiskFile {
    try await self.begin("open", path)
    guard let (folder, name) = self.tree.resolve(path), !name.isEmpty else {
      throw IOFailure(code: ENOENT, operation: "open", subject: path)
    }
    let content: FileContent
    switch folder.seen[name] {
    case .folder:
      throw IOFailure(code: EISDIR, operation: "open", subject: path)
    case .file(let found):
      if mode.creates, mode.isExclusive {
        throw IOFailure(code: EEXIST, operation: "open", subject: path)
      }
      content = found
      if mode.truncates {
        content.record(.resize(0))
        self.countChange()
      }
    case nil:
      guard mode.creates else { throw IOFailure(code: ENOENT, operation: "open", subject: path) }
      content = FileContent(id: self.tree.makeID(), permissions: mode.permissions)
      self.tree.set(name, in: folder, to: .file(content))
      self.countChange()
    }
    try self.checkPower("open", path)
    return SimulatedFile(disk: self, content: content, path: path, mode: mode)
  }

  public func createDirectory(_ path: String) async throws(IOFailure) {
    try await self.begin("mkdir", path)
    let (folder, name) = try self.place(path, "mkdir")
    guard folder.seen[name] == nil else {
      throw IOFailure(code: EEXIST, operation: "mkdir", subject: path)
    }
    self.tree.set(name, in: folder, to: .folder(NameTree.Folder(id: self.tree.makeID())))
    try self.end("mkdir", path)
  }

  public func list(_ directory: String) async throws(IOFailure) -> [DirectoryEntry] {
    try await self.begin("opendir", directory)
    let folder = try self.folder(directory, "opendir")
    return folder.seen.sorted { $0.key < $1.key }.map { name, node in
      if case .folder = node { return DirectoryEntry(name: name, isDirectory: true) }
      return DirectoryEntry(name: name, isDirectory: false)
    }
  }

  public func information(_ path: String) async throws(IOFailure) -> FileInformation {
    try await self.begin("stat", path)
    switch self.tree.node(path) {
    case .file(let content):
      return FileInformation(
        byteCount: Int64(content.seen.count), isDirectory: false, permissions: content.permissions)
    case .folder:
      return FileInformation(byteCount: 0, isDirectory: true, permissions: 0o700)
    case nil:
      throw IOFailure(code: ENOENT, operation: "stat", subject: path)
    }
  }

  public func rename(_ from: String, to: String) async throws(IOFailure) {
    try await self.begin("rename", from)
    let source = try self.place(from, "rename")
    let target = try self.place(to, "rename")
    guard let node = source.folder.seen[source.name] else {
      throw IOFailure(code: ENOENT, operation: "rename", subject: from)
    }
    if case .folder(let old) = target.folder.seen[target.name] {
      guard case .folder = node, old.seen.isEmpty else {
        throw IOFailure(code: ENOTEMPTY, operation: "rename", subject: to)
      }
    }
    self.tree.move(node, from: source, to: target)
    try self.end("rename", from)
  }

  public func removeFile(_ path: String) async throws(IOFailure) {
    try await self.begin("unlink", path)
    let (folder, name) = try self.place(path, "unlink")
    guard case .file = folder.seen[name] else {
      let code = folder.seen[name] == nil ? ENOENT : EISDIR
      throw IOFailure(code: code, operation: "unlink", subject: path)
    }
    self.tree.set(name, in: folder, to: nil)
    try self.end("unlink", path)
  }

  public func removeDirectory(_ path: String) async throws(IOFailure) {
    try await self.begin("rmdir", path)
    let (folder, name) = try self.place(path, "rmdir")
    let old = try self.folder(path, "rmdir")
    guard old.seen.isEmpty else {
      throw IOFailure(code: ENOTEMPTY, operation: "rmdir", subject: path)
    }
    self.tree.set(name, in: folder, to: nil)
    try self.end("rmdir", path)
  }

  public func hardLink(_ from: String, to: String) async throws(IOFailure) {
    try await self.begin("link", from)
    guard case .file(let content) = self.tree.node(from) else {
      throw IOFailure(code: ENOENT, operation: "link", subject: from)
    }
    let (folder, name) = try self.place(to, "link")
    guard folder.seen[name] == nil else {
      throw IOFailure(code: EEXIST, operation: "link", subject: to)
    }
    self.tree.set(name, in: folder, to: .file(content))
    try self.end("link", from)
  }

  public func syncDirectory(_ path: String) async throws(IOFailure) {
    try await self.begin("fsync", path)
    let folder = try self.folder(path, "fsync")
    self.tree.sync(folder)
    try self.end("fsync", path)
  }

  public func space(_ path: String) async throws(IOFailure) -> DiskSpace {
    try await self.begin("statvfs", path)
    let free = self.freeBlocks
    let bytes = free == .max ? Int64.max : free * Int64(FileContent.blockBytes)
    return DiskSpace(freeBytes: bytes, totalBytes: self.faults.capacityBytes)
  }

  private func begin(_ operation: StaticString, _ path: String) async throws(IOFailure) {
    try self.checkPower(operation, path)
    try await self.wait(operation, path)
  }

  private func end(_ operation: StaticString, _ path: String) throws(IOFailure) {
    self.countChange()
    try self.checkPower(operation, path)
  }

  private func place(
    _ path: String, _ operation: StaticString
  ) throws(IOFailure) -> (folder: NameTree.Folder, name: String) {
    guard let place = self.tree.resolve(path) else {
      throw IOFailure(code: ENOENT, operation: operation, subject: path)
    }
    guard !place.name.isEmpty else {
      throw IOFailure(code: EEXIST, operation: operation, subject: path)
    }
    return place
  }

  private func folder(
    _ path: String, _ operation: StaticString
  ) throws(IOFailure) -> NameTree.Folder {
    switch self.tree.node(path) {
    case .folder(let folder): return folder
    case .file: throw IOFailure(code: ENOTDIR, operation: operation, subject: path)
    case nil: throw IOFailure(code: ENOENT, operation: operation, subject: path)
    }
  }
}
