internal import Runtime
internal import SeriesColumns
private import Synchronization

/// A part of a shard, opened when it is needed. It stays open while somebody holds it or has used it of late.
final class PartHandle: Sendable {
  let record: PartRecord
  let path: String
  private let disk: any Disk
  private let opened = Mutex(Opened())

  private struct Opened {
    var part: Part?
    /// Since the last look for idle ones.
    var wasUsed = false
  }

  init(_ record: PartRecord, in directory: String, on disk: any Disk) {
    self.record = record
    self.path = directory + "/" + record.fileName
    self.disk = disk
  }

  /// Throws `damaged` when the file is not the part that the manifest names.
  func part() async throws(SeriesError) -> Part {
    let known = self.opened.withLock { opened -> Part? in
      opened.wasUsed = true
      return opened.part
    }
    if let part = known { return part }
    let part = try await Part(self.path, on: self.disk)
    guard PartRecord(part.footer, byteCount: part.byteCount) == self.record else {
      throw SeriesError.damaged(self.path, "its footer is not that of the part in the manifest")
    }
    self.opened.withLock { $0.part = part }
    return part
  }

  /// Lets the file go when nobody has asked for it since the last time. Who holds the part keeps it.
  func closeIdle() {
    self.opened.withLock { opened in
      if !opened.wasUsed { opened.part = nil }
      opened.wasUsed = false
    }
  }
}
