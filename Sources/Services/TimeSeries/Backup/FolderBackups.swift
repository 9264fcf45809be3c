package import Runtime
package import SeriesColumns

/// Backups in a folder.
package struct FolderBackups: BackupStore {
  private let root: String
  private let disk: any Disk

  package init(_ root: String, on disk: any Disk) {
    self.root = root
    self.disk = disk
  }

  package func put(_ name: String, _ content: [UInt8]) async throws(SeriesError) {
    let path = self.root + "/" + name
    do {
      try await self.disk.createDirectories(parentDirectory(of: path))
      try await self.disk.replace(path, with: content)
    } catch {
      throw Self.failed("write", path, error)
    }
  }

  package func get(_ name: String, limit: Int) async throws(SeriesError) -> [UInt8]? {
    let path = self.root + "/" + name
    do {
      return try await self.disk.readAll(path, limit: limit)
    } catch {
      if error.isNotFound { return nil }
      throw Self.failed("read", path, error)
    }
  }

  package func list(_ prefix: String) async throws(SeriesError) -> [String] {
    var names: [String] = []
    let folder = prefix.split(separator: "/").dropLast(prefix.hasSuffix("/") ? 0 : 1)
      .joined(separator: "/")
    do {
      try await self.gather(folder, into: &names)
    } catch {
      guard error.isNotFound else { throw Self.failed("list", self.root, error) }
    }
    return names.filter { $0.hasPrefix(prefix) }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private func gather(
    _ folder: String, into names: inout [String]
  ) async throws(IOFailure) {
    for entry in try await self.disk.list(folder.isEmpty ? self.root : self.root + "/" + folder) {
      let name = folder.isEmpty ? entry.name : folder + "/" + entry.name
      if entry.isDirectory {
        try await self.gather(name, into: &names)
      } else if !name.hasSuffix(".new") {
        names.append(name)
      }
    }
  }

  package func remove(_ name: String) async throws(SeriesError) {
    let path = self.root + "/" + name
    do {
      try await self.disk.removeFile(path)
    } catch {
      if !error.isNotFound { throw Self.failed("remove", path, error) }
    }
  }

  private static func failed(
    _ what: String, _ path: String, _ failure: IOFailure
  ) -> SeriesError {
    SeriesError(
      failure.isOutOfSpace ? .diskFull : .io, "cannot \(what) \(path): \(failure)", file: path,
      cause: failure)
  }
}
