internal import Bytes
internal import Runtime
internal import SeriesColumns

/// Taking a whole folder away: renamed first, which is atomic, then cleared. What a power cut leaves of it is
/// cleared at the next start.
enum RemovedFolder {
  static let prefix = "removed-"

  /// Folders that are not there are removed already.
  static func remove(_ path: String, on disk: any Disk) async throws(IOFailure) {
    let parent = parentDirectory(of: path)
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let renamed = parent + "/" + self.prefix + name
    do {
      try await disk.rename(path, to: renamed)
    } catch {
      guard error.isNotFound else { throw error }
      return
    }
    try await disk.syncDirectory(parent)
    try await self.clear(renamed, on: disk)
  }

  static func clear(_ path: String, on disk: any Disk) async throws(IOFailure) {
    for entry in try await disk.list(path) {
      if entry.isDirectory {
        try await self.clear(path + "/" + entry.name, on: disk)
      } else {
        try await disk.removeFile(path + "/" + entry.name)
      }
    }
    try await disk.removeDirectory(path)
  }
}

// `drops`: groups that were dropped while the journal may still hold rows of them. A body (`SealedBody`,
// magic "LAKEDRP1") of varint count, then each: text name (varint length, UTF-8), varint sequence number
// up to which its records are not replayed.

enum DropList {
  private static let fileName = "drops"
  private static let magic: [UInt8] = Array("LAKEDRP1".utf8)

  static func read(
    _ directory: String, on disk: any Disk
  ) async throws(SeriesError) -> [String: UInt64] {
    let path = directory + "/" + self.fileName
    let bytes: [UInt8]
    do {
      bytes = try await disk.readAll(path, limit: 64 << 20)
    } catch {
      if error.isNotFound { return [:] }
      throw SeriesError.io("read the dropped groups", error)
    }
    do throws(ColumnError) {
      var reader = DirectoryReader(try SealedBody.open(bytes, magic: self.magic))
      var drops: [String: UInt64] = [:]
      for _ in 0..<(try reader.count(upTo: 1 << 20)) {
        let name = try reader.text()
        drops[name] = try reader.varint()
      }
      return drops
    } catch {
      throw SeriesError.damaged(path, error.message)
    }
  }

  static func write(
    _ drops: [String: UInt64], _ directory: String, on disk: any Disk
  ) async throws(SeriesError) {
    var body = ByteWriter()
    body.append(varint: UInt64(drops.count))
    for (name, sequence) in drops.sorted(by: { $0.key < $1.key }) {
      body.append(counted: name)
      body.append(varint: sequence)
    }
    do {
      try await disk.replace(
        directory + "/" + self.fileName, with: SealedBody.seal(body.bytes.array, magic: self.magic))
    } catch {
      throw SeriesError.io("note a dropped group", error)
    }
  }
}
