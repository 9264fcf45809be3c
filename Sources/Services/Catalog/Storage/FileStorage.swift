import Glibc
import Iceberg
import Runtime
import Synchronization

/// A warehouse in a folder of this machine.
///
/// What a path resolves to must lie in the folder, too: a symbolic link that leads outside is refused for
/// reading, writing and deleting.
final class FileStorage: TableStorage {
  let root: Location
  private let disk: any Disk
  private let pool: BlockingPool
  /// The folder itself, resolved; set when it is first needed, because it may not be there yet.
  private let resolvedRoot = Mutex<String?>(nil)
  /// Folders that are known to be there, so that each commit does not make them again.
  private let known = Mutex<Set<String>>([])
  private static let knownMax = 10_000

  init(root: Location, disk: any Disk, pool: BlockingPool) {
    precondition(root.scheme == "file", "\(root) is no folder")
    self.root = root
    self.disk = disk
    self.pool = pool
  }

  let defersSyncs = true

  func sync(_ locations: [String]) async throws(StorageError) {
    var paths: [String] = []
    for location in locations { paths.append(try self.path(location)) }
    do throws(IOFailure) { try await self.disk.sync(files: paths) } catch {
      throw StorageError(.unavailable, "cannot sync \(paths.count) files: \(error)")
    }
  }

  func write(
    _ content: [UInt8], to location: String, isSynced: Bool
  ) async throws(StorageError) {
    let path = try self.path(location)
    try await self.makeFolder(parentDirectory(of: path))
    do throws(IOFailure) {
      // The name holds a random UUID: it is nobody else's, and nobody looks for it yet.
      try await self.disk.create(
        path, with: content, permissions: 0o644, below: try await self.resolvedFolder(),
        isSynced: isSynced)
    } catch {
      // Somebody may have taken the folder away.
      self.known.withLock { $0.removeAll() }
      switch error.code {
      case EXDEV:
        throw StorageError(.notAllowed, "\(location) leads out of the warehouse by a link")
      case EEXIST: throw StorageError(.exists, "\(location) is there already")
      default: throw StorageError(.unavailable, "cannot write \(location): \(error)")
      }
    }
  }

  func read(
    _ location: String, limit: Int
  ) async throws(StorageError) -> [UInt8] {
    let path = try self.path(location)
    do throws(IOFailure) {
      let information = try await self.disk.information(path)
      guard !information.isDirectory else { throw IOFailure.missing(path) }
      guard information.byteCount <= Int64(limit) else {
        throw IOFailure(code: EFBIG, operation: "read", subject: path)
      }
      guard try await self.isResolvedInside(path) else {
        throw IOFailure(code: EACCES, operation: "read", subject: path)
      }
      return try await self.disk.readAll(path, limit: limit)
    } catch {
      throw StorageError(error, reading: location)
    }
  }

  func delete(_ locations: [String]) async throws(StorageError) -> [String] {
    var failed: [String] = []
    for location in locations {
      let path = try self.path(location)
      do throws(IOFailure) {
        guard try await self.isResolvedInside(parentDirectory(of: path)) else {
          failed.append(location)
          continue
        }
        try await self.disk.removeFile(path)
      } catch {
        if !error.isNotFound { failed.append(location) }
      }
    }
    return failed
  }

  func files(
    below location: String, after: String?, limit: Int
  ) async throws(StorageError) -> [StoredFile] {
    var found: [StoredFile] = []
    var folders = [try self.path(location)]
    do throws(IOFailure) {
      while let folder = folders.popLast() {
        for entry in try await self.disk.list(folder) {
          let path = "\(folder)/\(entry.name)"
          if entry.isDirectory {
            folders.append(path)
          } else {
            let known = try await self.disk.information(path)
            found.append(
              StoredFile(
                location: "file://\(path)", byteCount: known.byteCount,
                modifiedAtMS: known.modifiedNanoseconds.map { $0 / 1_000_000 }))
          }
        }
      }
    } catch {
      guard error.isNotFound else { throw StorageError(error, reading: location) }
    }
    found.sort { $0.location.utf8.lexicographicallyPrecedes($1.location.utf8) }
    if let after {
      found.removeAll { !after.utf8.lexicographicallyPrecedes($0.location.utf8) }
    }
    return Array(found.prefix(limit))
  }

  func prepare(_ location: String) async throws(StorageError) {
    let path = try self.path(location)
    for folder in ["\(path)/metadata", "\(path)/data"] { try await self.makeFolder(folder) }
    try await self.checkResolved(path, location)
  }

  func clear(_ location: String) async throws(StorageError) {
    let path = try self.path(location)
    var folders = [path]
    var next = 0
    while next < folders.count, folders.count < 100_000 {
      let entries = (try? await self.disk.list(folders[next])) ?? []
      folders += entries.filter(\.isDirectory).map { "\(folders[next])/\($0.name)" }
      next += 1
    }
    // Those below first; one that is not empty stays as it is.
    for folder in folders.reversed() { try? await self.disk.removeDirectory(folder) }
    self.known.withLock { $0.removeAll() }
  }

  func ping() async throws(StorageError) {
    try await self.makeFolder(self.root.path)
  }

  // MARK: Paths

  private func path(_ location: String) throws(StorageError) -> String {
    let parsed: Location
    do throws(IcebergError) { parsed = try Location(parsing: location) } catch {
      throw StorageError(.notAllowed, error.message)
    }
    guard parsed.isInside(self.root), parsed.path.utf8.count < 4000 else {
      throw StorageError(.notAllowed, "\(location) is not in the warehouse \(self.root)")
    }
    return parsed.path
  }

  /// Makes a folder of the warehouse, and those above it, durably. Those that are known to be there cost
  /// nothing, so that a new table syncs two folders and not all up to the root.
  private func makeFolder(_ path: String, isAgain: Bool = false) async throws(StorageError) {
    var missing: [String] = []
    var folder = path
    let root = self.root.path
    while folder.utf8.count > root.utf8.count, !self.isKnown(folder) {
      missing.append(folder)
      folder = parentDirectory(of: folder)
    }
    do throws(IOFailure) {
      if !self.isKnown(folder) {
        try await self.disk.createDirectories(folder)
        missing.append(folder)
      }
      for folder in missing.reversed() where folder != root {
        do throws(IOFailure) { try await self.disk.createDirectory(folder) } catch {
          guard error.isAlreadyThere else { throw error }
        }
        // Also of one that was there: whoever made it may have been killed before this.
        try await self.disk.syncDirectory(parentDirectory(of: folder))
      }
    } catch {
      self.known.withLock { $0.removeAll() }
      // Another process may have taken away a folder that was known here.
      if error.isNotFound, !isAgain { return try await self.makeFolder(path, isAgain: true) }
      throw StorageError(.unavailable, "cannot make the folder \(path): \(error)")
    }
    guard !missing.isEmpty else { return }
    self.known.withLock { known in
      if known.count + missing.count > Self.knownMax { known.removeAll() }
      known.formUnion(missing)
    }
  }

  private func isKnown(_ folder: String) -> Bool {
    self.known.withLock { $0.contains(folder) }
  }

  private func checkResolved(
    _ path: String, _ location: String
  ) async throws(StorageError) {
    do throws(IOFailure) {
      if try await self.isResolvedInside(path) { return }
    } catch {
      throw StorageError(error, reading: location)
    }
    throw StorageError(.notAllowed, "\(location) leads out of the warehouse by a link")
  }

  /// Whether the path still lies in the warehouse when all links are followed.
  private func isResolvedInside(_ path: String) async throws(IOFailure) -> Bool {
    let root = try await self.resolvedFolder()
    let resolved = try await self.resolve(path)
    return resolved == root || resolved.utf8.starts(with: (root + "/").utf8)
  }

  private func resolvedFolder() async throws(IOFailure) -> String {
    if let known = self.resolvedRoot.withLock({ $0 }) { return known }
    let root = try await self.resolve(self.root.path)
    self.resolvedRoot.withLock { $0 = root }
    return root
  }

  private func resolve(_ path: String) async throws(IOFailure) -> String {
    let result: Result<String, IOFailure>
    do throws(PoolOverload) {
      result = try await self.pool.run {
        guard let resolved = realpath(path, nil) else {
          return .failure(IOFailure(code: errno, operation: "realpath", subject: path))
        }
        defer { free(resolved) }
        return .success(String(cString: resolved))
      }
    } catch {
      throw IOFailure(code: EAGAIN, operation: "realpath", subject: path)
    }
    return try result.get()
  }
}

extension IOFailure {
  fileprivate static func missing(_ path: String) -> IOFailure {
    IOFailure(code: ENOENT, operation: "open", subject: path)
  }
}

extension StorageError {
  fileprivate init(_ error: IOFailure, reading location: String) {
    let code: Code =
      switch error.code {
      case ENOENT, ENOTDIR, EISDIR: .notFound
      case EACCES, EPERM, ELOOP: .notAllowed
      case EFBIG: .tooLarge
      default: .unavailable
      }
    self.init(code, "Failed to open input stream for file: \(location) (\(error))")
  }
}
