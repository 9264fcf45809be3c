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
    /// Rows by table; it never changes.
    var tableRows: [String: Int64]?
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

  /// How many rows it has of each table. The part is opened once for it.
  func tableRows() async throws(SeriesError) -> [String: Int64] {
    if let known = self.opened.withLock({ $0.tableRows }) { return known }
    var rows: [String: Int64] = [:]
    for section in try await self.part().sections.values where !section.key.isSeries {
      rows[section.key.table, default: 0] += Int64(section.rowCount)
    }
    let found = rows
    self.opened.withLock { $0.tableRows = found }
    return found
  }

  /// Lets the file go when nobody has asked for it since the last time. Who holds the part keeps it.
  func closeIdle() {
    self.opened.withLock { opened in
      if !opened.wasUsed { opened.part = nil }
      opened.wasUsed = false
    }
  }
}
