internal import Bytes
private import Crypto
internal import Runtime
internal import SeriesColumns

/// Writes one part, a section after the other, in one pass. Memory: a buffer, the rows of a block, and
/// the directory.
///
/// Nothing refers to the file before `finish` has made it durable; whoever stops earlier calls `abandon`.
final class PartWriter {
  /// Where rows are cut: into blocks of this many rows, or of about this many bytes.
  static let blockRowsMax = 8192
  static let blockBytesMax = 1 << 20
  /// Of traces: whoever asks for one reads a whole block.
  static let traceBytesMax = 256 << 10
  private static let bufferBytes = 1 << 20

  let path: String
  private let disk: any Disk
  private let file: any DiskFile
  private let encoder: PageEncoder
  private var footer: PartFooter
  private var buffer = ByteWriter(capacity: 2 << 20)
  /// Bytes in the file, before those in the buffer.
  private var written: Int64 = 0
  private var sections: [PartSection] = []
  private var section: PartSection?
  /// Rows that are not a block yet.
  private var pending: [RowBlock] = []
  private var pendingCount = 0
  private var pendingBytes = 0
  private var attachments: SectionAttachments?

  private init(
    _ file: any DiskFile, _ path: String, number: UInt64, on disk: any Disk,
    _ effort: PageEncoder.Effort
  ) {
    self.path = path
    self.disk = disk
    self.file = file
    self.encoder = PageEncoder(effort)
    self.footer = PartFooter(number: number)
    self.buffer.append(PartFooter.magic)
  }

  /// See `Shard.make`.
  @inline(never) private static func make(
    _ file: any DiskFile, _ path: String, number: UInt64, on disk: any Disk,
    _ effort: PageEncoder.Effort
  ) -> PartWriter {
    PartWriter(file, path, number: number, on: disk, effort)
  }

  static func create(
    _ path: String, number: UInt64, on disk: any Disk, _ effort: PageEncoder.Effort
  ) async throws(SeriesError) -> PartWriter {
    let file: any DiskFile
    do {
      file = try await disk.open(
        path,
        OpenMode {
          $0.writes = true
          $0.creates = true
          $0.truncates = true
        })
    } catch {
      throw SeriesError.io("create a part", error)
    }
    return self.make(file, path, number: number, on: disk, effort)
  }

  func setSequences(_ first: UInt64, _ last: UInt64) {
    self.footer.firstSequence = first
    self.footer.lastSequence = last
  }

  /// Begins the rows of a table, or the entries of its series.
  func begin(
    _ key: PartSection.Key, _ kind: TableKind, _ columns: [ColumnSchema], orders: [OrderSchema]
  ) {
    precondition(self.section == nil, "a section within a section")
    var section = PartSection(key: key, kind: kind, columns: columns)
    section.blocks = PartBlocks(columnCount: columns.count)
    self.section = section
    self.setPending(nil)
    self.attachments = SectionAttachments(section, orders: orders)
  }

  /// Rows that come after all others of the section.
  func append(_ rows: RowBlock) async throws(SeriesError) {
    guard !rows.isEmpty else { return }
    self.pending.append(rows)
    self.pendingCount += rows.count
    self.pendingBytes += rows.rowByteCount
    let bytesEach = max(1, self.pendingBytes / self.pendingCount)
    let bytesMax = self.section?.kind == .trace ? Self.traceBytesMax : Self.blockBytesMax
    let rowsMax = min(Self.blockRowsMax, max(1, bytesMax / bytesEach))
    guard self.pendingCount >= rowsMax else { return }
    let pending = RowBlock(joining: self.pending, columns: [])
    var start = 0
    while pending.count - start >= rowsMax {
      try await self.write(pending.slice(start..<(start + rowsMax)))
      start += rowsMax
    }
    self.setPending(start == pending.count ? nil : pending.slice(start..<pending.count))
  }

  private func setPending(_ rows: RowBlock?) {
    self.pending = rows.map { [$0] } ?? []
    self.pendingCount = rows?.count ?? 0
    self.pendingBytes = rows?.rowByteCount ?? 0
  }

  func end() async throws(SeriesError) {
    if !self.pending.isEmpty {
      try await self.write(RowBlock(joining: self.pending, columns: []))
    }
    self.setPending(nil)
    guard var section = self.section else { return }
    self.section = nil
    if var attachments = self.attachments {
      try await self.close(&attachments, &section)
    }
    self.attachments = nil
    if section.key.isSeries {
      self.footer.series += Int64(section.rowCount)
    } else {
      self.footer.rows += Int64(section.rowCount)
    }
    if section.rowCount > 0 { self.sections.append(section) }
  }

  private func close(
    _ attachments: inout SectionAttachments, _ section: inout PartSection
  ) async throws(SeriesError) {
    attachments.finish()
    try await self.place(&attachments, &section)
  }

  /// Writes the attachments that are ready and notes where they are.
  private func place(
    _ attachments: inout SectionAttachments, _ section: inout PartSection
  ) async throws(SeriesError) {
    for ready in attachments.takeReady() {
      var attachment = ready.attachment
      attachment.offset = self.written + Int64(self.buffer.count)
      attachment.byteCount = ready.bytes.count
      self.buffer.append(ready.bytes)
      section.attachments.append(attachment)
      try await self.flush(above: Self.bufferBytes)
    }
  }

  private func write(_ block: RowBlock) async throws(SeriesError) {
    guard var section = self.section else { preconditionFailure("BUG: rows without a section") }
    self.encode(block, &section)
    if var attachments = self.attachments {
      attachments.add(block)
      if attachments.hasReady { try await self.place(&attachments, &section) }
      self.attachments = attachments
    }
    self.section = section
    try await self.flush(above: Self.bufferBytes)
  }

  private func encode(_ block: RowBlock, _ section: inout PartSection) {
    section.blocks.offsets.append(self.written + Int64(self.buffer.count))
    section.blocks.rows.append(Int64(block.count))
    section.blocks.firstSeries.append(block.runs[0].seriesID)
    section.blocks.lastSeries.append(block.runs[block.runs.count - 1].seriesID)
    let least = block.timestamps.min() ?? 0
    let greatest = block.timestamps.max() ?? 0
    section.blocks.leastTimes.append(least)
    section.blocks.greatestTimes.append(greatest)
    if !block.timestamps.isEmpty {
      self.footer.leastTime = min(self.footer.leastTime, least)
      self.footer.greatestTime = max(self.footer.greatestTime, greatest)
    }
    section.rowCount += block.count
    var page = 0
    func note(_ start: Int) {
      section.blocks.lengths[page].append(Int64(self.buffer.count - start))
      page += 1
    }
    var start = self.buffer.count
    self.encoder.append(block.runs, to: &self.buffer)
    note(start)
    start = self.buffer.count
    if !block.timestamps.isEmpty {
      self.encoder.append(times: block.timestamps, block.runs, to: &self.buffer)
    }
    note(start)
    start = self.buffer.count
    if !block.versions.isEmpty {
      self.encoder.append(Column(integers: block.versions), to: &self.buffer)
    }
    note(start)
    for (index, column) in block.columns.enumerated() {
      start = self.buffer.count
      if column.nullCount < column.count { self.encoder.append(column, to: &self.buffer) }
      note(start)
      if section.columns[index].index != .none {
        section.blocks.ranges[index].append(column.range)
      }
    }
  }

  private func flush(above limit: Int) async throws(SeriesError) {
    guard self.buffer.count > limit else { return }
    let memory = self.buffer.withUnsafeBytes { $0 }
    do {
      // The buffer is not touched before the write has returned.
      try await self.file.write(memory, at: self.written)
    } catch {
      throw SeriesError.io("write a part", error)
    }
    self.written += Int64(memory.count)
    self.buffer.removeAll()
  }

  /// Writes directory and footer; when it returns, the content is durable. (The name is durable after the
  /// folder was synced.)
  func finish() async throws(SeriesError) -> (footer: PartFooter, byteCount: Int64) {
    var directory = ByteWriter()
    directory.append(varint: UInt64(self.sections.count))
    for section in self.sections { section.append(to: &directory) }
    self.footer.directoryOffset = self.written + Int64(self.buffer.count)
    self.footer.directoryBytes = Int64(directory.count)
    self.footer.directoryChecksum = CRC32C.checksum(of: directory.bytes)
    directory.withUnsafeBytes { self.buffer.append(copying: $0) }
    self.footer.append(to: &self.buffer)
    try await self.flush(above: 0)
    do {
      try await self.file.sync()
    } catch {
      throw SeriesError.io("sync a part", error)
    }
    return (self.footer, self.written)
  }

  /// Removes what was written.
  func abandon() async {
    // It is an orphan, removed at the next start, when this fails.
    try? await self.disk.removeFile(self.path)
  }
}
