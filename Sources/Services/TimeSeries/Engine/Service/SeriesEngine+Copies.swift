internal import Runtime
public import SeriesColumns
internal import Synchronization

/// A snapshot and its files.
public struct SnapshotInventory: Sendable, Hashable {
  public struct File: Sendable, Hashable {
    /// Below the folder of the snapshot.
    public var path: String
    public var group: String
    public var bytes: Int64
    /// The segment and the shard that it is of; nil for what is no file of a shard.
    public var segment: Range<Int64>?
    public var shard: UInt32?
  }

  public var name: String
  public var files: [File]
  /// When its folder was made; nil where nobody keeps that.
  public var takenAt: Int64?
}

/// Snapshots that are there, and files that are read and written.
extension SeriesEngine {
  private var snapshotsDirectory: String { self.directory + "/snapshots" }

  private func snapshotDirectory(_ name: String) -> String {
    self.snapshotsDirectory + "/" + FolderName.encode(name)
  }

  /// By name.
  public func snapshots() async throws(SeriesError) -> [SnapshotInventory] {
    var found: [SnapshotInventory] = []
    do {
      for entry in try await self.disk.list(self.snapshotsDirectory) where entry.isDirectory {
        guard let name = FolderName.decode(entry.name), !entry.name.hasPrefix(RemovedFolder.prefix)
        else { continue }
        let root = self.snapshotDirectory(name)
        let information = try await self.disk.information(root)
        var snapshot = SnapshotInventory(
          name: name, files: [], takenAt: information.modifiedNanoseconds)
        try await self.gather(root, "", into: &snapshot.files)
        snapshot.files.sort { $0.path < $1.path }
        found.append(snapshot)
      }
    } catch {
      if error.isNotFound { return found }
      throw SeriesError.io("list the snapshots", error)
    }
    return found.sorted { $0.name < $1.name }
  }

  func gather(
    _ root: String, _ path: String, into files: inout [SnapshotInventory.File]
  ) async throws(IOFailure) {
    for entry in try await self.disk.list(root + "/" + path) {
      let inner = path.isEmpty ? entry.name : path + "/" + entry.name
      if entry.isDirectory {
        try await self.gather(root, inner, into: &files)
      } else {
        let parts = inner.split(separator: "/")
        let group = parts.count > 1 ? FolderName.decode(String(parts[1])) ?? "" : ""
        let bytes = try await self.disk.information(root + "/" + inner).byteCount
        var file = SnapshotInventory.File(path: inner, group: group, bytes: bytes)
        if parts.count == 5 {
          file.segment = Segment.times(of: String(parts[2]))
          file.shard = UInt32(parts[3].dropFirst("shard-".count))
        }
        files.append(file)
      }
    }
  }

  /// False when there is none of that name.
  public func removeSnapshot(_ name: String) async throws(SeriesError) -> Bool {
    do {
      _ = try await self.disk.information(self.snapshotDirectory(name))
      try await RemovedFolder.remove(self.snapshotDirectory(name), on: self.disk)
      return true
    } catch {
      if error.isNotFound { return false }
      throw SeriesError.io("remove a snapshot", error)
    }
  }

  /// Bytes of a file of a snapshot; fewer at its end.
  public func read(
    _ path: String, ofSnapshot name: String, from offset: Int64, count: Int
  ) async throws(SeriesError) -> [UInt8] {
    try await self.read(path, below: self.snapshotDirectory(name), from: offset, count: count)
  }

  /// Bytes of a file somewhere below a folder; fewer at its end.
  func read(
    _ path: String, below folder: String, from offset: Int64, count: Int
  ) async throws(SeriesError) -> [UInt8] {
    try Self.check(path)
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
    defer { memory.deallocate() }
    do {
      let file = try await self.disk.open(folder + "/" + path, .reading)
      let filled = try await file.read(into: memory, at: offset)
      return [UInt8](memory.prefix(filled))
    } catch {
      throw SeriesError.io("read a file of a copy", error)
    }
  }

  // MARK: Files that come

  func write(
    _ bytes: [UInt8], at offset: Int64, to path: String, below folder: String,
    syncs: Bool = true
  ) async throws(SeriesError) {
    try Self.check(path)
    let target = folder + "/" + path
    do {
      try await self.disk.createDirectories(parentDirectory(of: target))
      let file = try await self.disk.open(target, .creating)
      try await self.write(bytes, at: offset, to: file, syncs: syncs)
    } catch {
      throw SeriesError.io("write a file that comes", error)
    }
  }

  private func write(
    _ bytes: [UInt8], at offset: Int64, to file: any DiskFile, syncs: Bool
  ) async throws(IOFailure) {
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(1, bytes.count), alignment: 16)
    defer { memory.deallocate() }
    memory.copyBytes(from: bytes)
    let content = UnsafeRawBufferPointer(rebasing: memory[..<bytes.count])
    if syncs {
      try await file.writeAndSync(content, at: offset)
    } else {
      try await file.write(content, at: offset)
    }
  }

  /// Paths come from copies that lie elsewhere.
  private static func check(_ path: String) throws(SeriesError) {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) else {
      throw SeriesError(.malformed, "\(path) is no path of a snapshot")
    }
  }
}
