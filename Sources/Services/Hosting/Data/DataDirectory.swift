private import Bytes
package import Runtime

/// The folder of a daemon, held by one process at a time.
///
/// ```
/// DIR/FORMAT  DIR/LOCK            whose it is; who holds it
/// DIR/keys/                       master key (unless kept elsewhere) and the ring of data keys
/// DIR/<service>/FORMAT …          one folder for each service
/// DIR/endpoints.json              while ready
/// DIR/credentials.json            of the first start, mode 0600
/// DIR/lakectl/                    a ready-made context
/// ```
///
/// A folder of another cluster, of a newer format or of something else is refused before anything in it
/// is written.
package final class DataDirectory: Sendable {
  package let path: String
  package let cluster: String
  /// Made at the first start; names this node for ever.
  package let node: String
  /// This start is the first one.
  package let isNew: Bool
  private let disk: any Disk
  private let lock: any DiskFile

  private init(
    path: String, cluster: String, node: String, isNew: Bool, disk: any Disk, lock: any DiskFile
  ) {
    self.path = path
    self.cluster = cluster
    self.node = node
    self.isNew = isNew
    self.disk = disk
    self.lock = lock
  }

  /// What a folder says before anything is opened in it.
  package struct Survey: Sendable {
    package let path: String
    /// Nil for a folder that is not there yet, or empty.
    package let cluster: String?
    let node: String?
  }

  /// Looks at a folder and at those of its services without writing.
  package static func survey(
    _ path: String, on disk: any Disk
  ) async throws(HostingError) -> Survey {
    let entries: [DirectoryEntry]
    do {
      entries = try await disk.list(path)
    } catch {
      guard error.isNotFound else {
        throw HostingError(.directoryFailed, "cannot look into \(path): \(error)")
      }
      return Survey(path: path, cluster: nil, node: nil)
    }
    guard let format = try await FormatFile.read(path, on: disk) else {
      // What a first start leaves that was killed before it could say more.
      let strangers = entries.map(\.name).filter { !Self.firstNames.contains($0) }
      guard strangers.isEmpty else {
        throw HostingError(
          .directoryForeign,
          "\(path) is no data directory of lakeworks: it has no FORMAT, but \(strangers[0])",
          hint: "name an empty folder, or one that does not exist yet")
      }
      return Survey(path: path, cluster: nil, node: nil)
    }
    for entry in entries where entry.isDirectory {
      guard let part = try await FormatFile.read("\(path)/\(entry.name)", on: disk) else {
        continue
      }
      try Self.check(part, "\(path)/\(entry.name)", against: format.cluster)
    }
    return Survey(path: path, cluster: format.cluster, node: format.node)
  }

  private static let firstNames: Set<String> = ["LOCK", "FORMAT.new", "lost+found"]

  private static func check(
    _ format: FormatFile, _ folder: String, against cluster: String
  ) throws(HostingError) {
    guard format.cluster != cluster else { return }
    throw HostingError(
      .directoryOtherCluster,
      "\(folder) is of cluster \(format.cluster), this one is \(cluster)",
      hint: "nothing was changed; start laked with the data directory of its own cluster")
  }

  /// Takes a surveyed folder for this process: makes it when it is not there, and writes whose it is.
  ///
  /// - Parameter cluster: which cluster the node belongs to; it is the surveyed one when there is one.
  package static func take(
    _ survey: Survey, cluster: String, newNode: String, on disk: any Disk
  ) async throws(HostingError) -> DataDirectory {
    let path = survey.path
    if let own = survey.cluster, own != cluster {
      throw HostingError(
        .directoryOtherCluster, "\(path) is of cluster \(own), the facts are of \(cluster)",
        hint: "nothing was changed; start laked with the data directory of its own cluster")
    }
    do {
      try await disk.createDirectories(path)
      let lock = try await disk.open("\(path)/LOCK", .creating)
      do {
        try lock.lock()
      } catch {
        throw HostingError(
          .directoryLocked, "another laked is running on \(path)",
          hint: "stop it first, or name another folder with --data")
      }
      let node = survey.node ?? newNode
      if survey.cluster == nil {
        let format = FormatFile(
          part: "daemon", version: FormatFile.version, cluster: cluster, node: node)
        try await disk.replace(
          "\(path)/\(FormatFile.name)", with: format.bytes)
      }
      return DataDirectory(
        path: path, cluster: cluster, node: node, isNew: survey.cluster == nil, disk: disk,
        lock: lock)
    } catch let error as HostingError {
      throw error
    } catch {
      throw HostingError(.directoryFailed, "cannot use \(path): \(error)")
    }
  }

  /// The folder of a service, made and marked on first use.
  package func folder(_ part: String) async throws(HostingError) -> String {
    let folder = "\(self.path)/\(part)"
    do {
      try await self.disk.createDirectories(folder)
      if let format = try await FormatFile.read(folder, on: self.disk) {
        try Self.check(format, folder, against: self.cluster)
      } else {
        let format = FormatFile(
          part: part, version: FormatFile.version, cluster: self.cluster, node: nil)
        try await self.disk.replace("\(folder)/\(FormatFile.name)", with: format.bytes)
      }
      return folder
    } catch let error as HostingError {
      throw error
    } catch {
      throw HostingError(.directoryFailed, "cannot use \(folder): \(error)")
    }
  }
}
