import Bytes
import Compression
import JSON
package import Runtime
import SeriesColumns
import SeriesEngine
import SeriesModel
import SeriesStorage
import Values

// Rows whose object is in no schema, in a folder of the node that had them:
//
//   FOLDER/GROUP/TABLE/SEGMENT-BEGIN/shard-N/rows.jsonl.gz   a row a line, as `series write` reads it
//                                            manifest.json   {"form": 1, "group", "table", "kind", "segment_begin",
//                                                            "segment_end", "shard", "rows", "columns", "archived_at"}
//
// Names are percent-encoded. The manifest is written last: what has one is whole.

/// Writes tables that nobody knows any more to files that people can read.
package struct TableArchive: Sendable {
  private static let chunkBytes = 1 << 20

  private let folder: String
  private let disk: any Disk
  private let time: any TimeSource

  package init(_ folder: String, on disk: any Disk, time: any TimeSource) {
    self.folder = folder
    self.disk = disk
    self.time = time
  }

  /// All that these shards have of a table; how many rows. What an earlier try has left is written anew.
  func write(
    _ table: String, _ range: ShardRange, of engine: SeriesEngine
  ) async throws(SeriesError) -> Int64 {
    let tables = try await engine.tables(
      named: table, group: range.group, times: range.times, shards: range.shards)
    guard !tables.isEmpty else { return 0 }
    let view = try await engine.view(group: range.group, times: range.times)
    var rows: Int64 = 0
    for stored in tables {
      let segment = view.segments.first { $0.times == stored.place.segment }
      let shard = segment?.shards.first { $0.shard == stored.place.shard }
      guard let shard else { continue }
      rows += try await self.write(stored, EngineShard(view: shard))
    }
    return rows
  }

  private func write(
    _ table: StoredTable, _ shard: any StoredShard
  ) async throws(SeriesError) -> Int64 {
    let place = table.place
    let begin = Self.text(place.segment.lowerBound)
    let folder = [
      self.folder, FolderName.encode(place.group), FolderName.encode(table.name), begin,
      "shard-\(place.shard)",
    ].joined(separator: "/")
    let entries = try await shard.series(
      table: table.name, terms: [], columns: table.seriesColumns)
    var numbers: [UInt64: Int] = [:]
    for (number, id) in entries.ids.enumerated() { numbers[id] = number }
    do {
      try await self.disk.createDirectories(folder)
      let file = try await self.disk.open(
        folder + "/rows.jsonl.gz",
        OpenMode {
          $0.writes = true
          $0.creates = true
          $0.truncates = true
        })
      var (rows, offset) = (Int64(0), Int64(0))
      var text: [UInt8] = []
      var cursor = shard.scan(
        ScanRequest(table: table.name, times: .min ... .max, columns: table.columns))
      while let block = try await cursor.next() {
        for run in block.runs {
          let series = numbers[run.seriesID].map { number in
            entries.columns.map { $0.value(number) }
          }
          for row in run.rows {
            text += Array(Self.line(table, series ?? [], block, row).utf8)
            rows += 1
            guard text.count >= Self.chunkBytes else { continue }
            offset += try await Self.append(text, to: file, at: offset)
            text = []
          }
        }
      }
      _ = try await Self.append(text, to: file, at: offset)
      try await self.disk.sync(files: [folder + "/rows.jsonl.gz"])
      try await self.disk.replace(
        folder + "/manifest.json", with: self.manifest(table, rows: rows))
      return rows
    } catch let error as SeriesError {
      throw error
    } catch {
      throw SeriesError(
        .io, "table \(table.name) of group \(place.group) was not archived: \(error)")
    }
  }

  /// Each piece is a member of its own: readers of gzip take them as one.
  private static func append(
    _ text: [UInt8], to file: any DiskFile, at offset: Int64
  ) async throws -> Int64 {
    guard !text.isEmpty else { return 0 }
    var packed = ByteWriter(capacity: text.count / 4 + 64)
    try Compression.gzip.compress(text.span.bytes, to: &packed)
    let bytes = packed.bytes.array
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
    defer { memory.deallocate() }
    memory.copyBytes(from: bytes)
    try await file.write(UnsafeRawBufferPointer(memory), at: offset)
    return Int64(bytes.count)
  }

  // MARK: Text

  private static func text(_ time: Int64) -> String {
    Timestamp(WallTime(nanoseconds: time)).description
  }

  private static func line(
    _ table: StoredTable, _ series: [SeriesValue], _ block: RowBlock, _ row: Int
  ) -> String {
    var text = RowText(kind: table.kind, name: "\(table.place.group)/\(table.name)")
    for (column, value) in zip(table.seriesColumns, series) { text.add(column.name, value) }
    for (column, values) in zip(table.columns, block.columns) where !values.isNull(row) {
      text.add(column.name, values.value(row))
    }
    return text.line(time: block.timestamps[row], version: block.versions[row])
  }

  private func manifest(_ table: StoredTable, rows: Int64) -> [UInt8] {
    let columns = (table.seriesColumns + table.columns).map { column -> JSONValue in
      ["name": .string(column.name), "type": .string("\(column.type)")]
    }
    let value: JSONValue = [
      "form": 1, "group": .string(table.place.group), "table": .string(table.name),
      "kind": .string("\(table.kind)"),
      "segment_begin": .string(Self.text(table.place.segment.lowerBound)),
      "segment_end": .string(Self.text(table.place.segment.upperBound)),
      "shard": .integer(Int64(table.place.shard)), "rows": .integer(rows),
      "columns": .array(columns),
      "archived_at": .string(Timestamp(self.time.wallNow).description),
    ]
    return Array((value.text() + "\n").utf8)
  }
}
