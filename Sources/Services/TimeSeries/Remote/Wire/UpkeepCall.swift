import Bytes
package import SeriesColumns
package import SeriesStorage

/// What an operator asks of another node: a call of `SeriesUpkeep` and its answer as bytes.
package struct UpkeepCall: Sendable, Hashable {
  /// The numbers go over the wire.
  enum Verb: UInt8, Sendable {
    case shards = 1
    case parts = 2
    case flush = 3
    case merge = 4
    case scrub = 5
    case retain = 6
    case takeSnapshot = 7
    case snapshots = 8
    case removeSnapshot = 9
    case rankings = 10
    case rebuildRanking = 11
    case read = 12
    // 13 to 15 took a group back under no name.
    case openRestore = 16
    case piecesKept = 17
    case write = 18
    case prepareRestore = 19
    case discardRestore = 20
    case restored = 21
  }

  var verb: Verb
  var group: String?
  var name = ""
  var groups: [String] = []
  /// A file, where in it, how much of it is wanted, and what it gets.
  var path = ""
  var offset: Int64 = 0
  var count = 0
  var content: [UInt8] = []

  init(_ verb: Verb, group: String? = nil, name: String = "", groups: [String] = []) {
    self.verb = verb
    self.group = group
    self.name = name
    self.groups = groups
  }

  var bytes: [UInt8] {
    var writer = ByteWriter(capacity: 256)
    writer.append(self.verb.rawValue)
    writer.append(counted: self.group ?? "")
    writer.append(counted: self.name)
    writer.append(varint: UInt64(self.groups.count))
    for group in self.groups { writer.append(counted: group) }
    writer.append(counted: self.path)
    writer.append(varint: UInt64(self.offset))
    writer.append(varint: UInt64(self.count))
    writer.append(varint: UInt64(self.content.count))
    writer.append(self.content)
    return writer.bytes.array
  }

  init(_ bytes: [UInt8]) throws(ColumnError) {
    var reader = DirectoryReader(bytes)
    guard let verb = Verb(rawValue: try reader.byte()) else {
      throw ColumnError("an unknown verb of an operator")
    }
    self.verb = verb
    let group = try reader.text()
    self.group = group.isEmpty ? nil : group
    self.name = try reader.text()
    for _ in 0..<(try reader.count()) { self.groups.append(try reader.text()) }
    self.path = try reader.text()
    self.offset = try reader.amount()
    self.count = try reader.count(upTo: Self.pieceBytesMax)
    self.content = try reader.bytes(try reader.count(upTo: reader.remaining))
  }

  private var restore: GroupRestore { GroupRestore(self.group ?? "", as: self.name) }

  private func prepare(_ upkeep: any SeriesUpkeep) async throws(SeriesError) {
    let files: [ShardFile]
    do throws(ColumnError) { files = try FilesMessage(body: self.content).files } catch {
      throw SeriesError(.malformed, "the files of a restore cannot be read: \(error.message)")
    }
    try await upkeep.prepareRestore(self.restore, files: files)
  }

  /// Of a file in one call.
  static let pieceBytesMax = 16 << 20

  /// Does what a call asks for.
  package static func answer(
    _ bytes: [UInt8], by upkeep: any SeriesUpkeep
  ) async throws(SeriesError) -> [UInt8] {
    let call: UpkeepCall
    do throws(ColumnError) { call = try UpkeepCall(bytes) } catch {
      throw SeriesError(.malformed, "a call of an operator cannot be read: \(error.message)")
    }
    var writer = ByteWriter(capacity: 1024)
    switch call.verb {
    case .shards:
      for report in try await upkeep.shards(group: call.group) { report.append(to: &writer) }
    case .parts:
      for report in try await upkeep.parts(group: call.group) { report.append(to: &writer) }
    case .flush: try await upkeep.flush()
    case .merge: try await upkeep.merge(group: call.group ?? "")
    case .scrub:
      for line in try await upkeep.scrub(group: call.group) { writer.append(counted: line) }
    case .retain: writer.append(varint: UInt64(try await upkeep.retain()))
    case .takeSnapshot: try await upkeep.takeSnapshot(call.name, groups: call.groups)
    case .snapshots:
      for snapshot in try await upkeep.snapshots() { snapshot.append(to: &writer) }
    case .rankings:
      for report in try await upkeep.rankings(group: call.group) { report.append(to: &writer) }
    case .read:
      let file = StoredSnapshot.File(path: call.path, group: call.group ?? "", bytes: 0)
      writer.append(
        try await upkeep.read(
          file, ofSnapshot: call.name, from: call.offset, count: call.count))
    case .openRestore: writer.append(try await upkeep.openRestore(call.restore) ? 1 : 0 as UInt8)
    case .piecesKept:
      let pieces = try await upkeep.piecesKept(
        of: call.path, call.restore, pieceBytes: call.count)
      for piece in pieces { writer.append(counted: piece) }
    case .write:
      try await upkeep.write(call.content, at: call.offset, to: call.path, call.restore)
    case .prepareRestore: try await call.prepare(upkeep)
    case .discardRestore: try await upkeep.discardRestore(call.restore)
    case .restored:
      writer.append(counted: try await upkeep.restored(group: call.group ?? "") ?? "")
    case .rebuildRanking:
      try await upkeep.rebuildRanking(group: call.group ?? "", name: call.name)
    case .removeSnapshot: writer.append(try await upkeep.removeSnapshot(call.name) ? 1 : 0 as UInt8)
    }
    return writer.bytes.array
  }

  /// Takes an answer apart, item by item.
  static func items<Item>(
    of answer: [UInt8], _ read: (inout DirectoryReader) throws(ColumnError) -> Item
  ) throws(ColumnError) -> [Item] {
    var reader = DirectoryReader(answer)
    var items: [Item] = []
    while !reader.isAtEnd { items.append(try read(&reader)) }
    return items
  }
}

extension ByteWriter {
  fileprivate mutating func append(_ numbers: [Int64]) {
    for number in numbers { self.append(varint: UInt64(max(0, number))) }
  }

  fileprivate mutating func append(_ segment: Range<Int64>) {
    self.append(littleEndian: segment.lowerBound)
    self.append(littleEndian: segment.upperBound)
  }

  fileprivate mutating func append(optional times: ClosedRange<Int64>?) {
    self.append(times == nil ? 0 : 1 as UInt8)
    if let times { self.append(times) }
  }
}

extension DirectoryReader {
  fileprivate mutating func amount() throws(ColumnError) -> Int64 {
    Int64(clamping: try self.varint())
  }

  fileprivate mutating func segment() throws(ColumnError) -> Range<Int64> {
    let times = try self.times()
    return times.lowerBound..<times.upperBound
  }

  fileprivate mutating func optionalTimes() throws(ColumnError) -> ClosedRange<Int64>? {
    try self.byte() == 0 ? nil : try self.times()
  }
}

extension StoredShardReport {
  func append(to writer: inout ByteWriter) {
    writer.append(counted: self.group)
    writer.append(self.segment)
    writer.append(varint: UInt64(self.shard))
    writer.append([
      self.rows, self.series, self.bytes, self.memoryRows, self.memoryBytes, self.parts,
      self.backlog,
    ])
    writer.append(optional: self.times)
  }

  init(_ reader: inout DirectoryReader) throws(ColumnError) {
    let group = try reader.text()
    let segment = try reader.segment()
    self.init(group: group, segment: segment, shard: try reader.shard())
    self.rows = try reader.amount()
    self.series = try reader.amount()
    self.bytes = try reader.amount()
    self.memoryRows = try reader.amount()
    self.memoryBytes = try reader.amount()
    self.parts = try reader.amount()
    self.backlog = try reader.amount()
    self.times = try reader.optionalTimes()
  }
}

extension StoredPartReport {
  func append(to writer: inout ByteWriter) {
    writer.append(counted: self.group)
    writer.append(self.segment)
    writer.append(varint: UInt64(self.shard))
    writer.append(counted: self.name)
    writer.append([self.bytes, self.rows, self.series])
    writer.append(optional: self.times)
    writer.append(counted: self.problem ?? "")
    writer.append(varint: UInt64(self.tables.count))
    for table in self.tables {
      writer.append(counted: table.name)
      writer.append(counted: table.kind)
      writer.append([
        table.rows, table.entries, table.blocks, table.columns, table.dataBytes,
        table.entryBytes, table.indexBytes,
      ])
    }
  }

  init(_ reader: inout DirectoryReader) throws(ColumnError) {
    let group = try reader.text()
    let segment = try reader.segment()
    let shard = try reader.shard()
    self.init(group: group, segment: segment, shard: shard, name: try reader.text())
    self.bytes = try reader.amount()
    self.rows = try reader.amount()
    self.series = try reader.amount()
    self.times = try reader.optionalTimes()
    let problem = try reader.text()
    self.problem = problem.isEmpty ? nil : problem
    for _ in 0..<(try reader.count()) {
      let name = try reader.text()
      var table = StoredTableReport(name: name, kind: try reader.text())
      table.rows = try reader.amount()
      table.entries = try reader.amount()
      table.blocks = try reader.amount()
      table.columns = try reader.amount()
      table.dataBytes = try reader.amount()
      table.entryBytes = try reader.amount()
      table.indexBytes = try reader.amount()
      self.tables.append(table)
    }
  }
}

extension StoredSnapshot {
  func append(to writer: inout ByteWriter) {
    writer.append(counted: self.name)
    writer.append(littleEndian: self.takenAt ?? .min)
    writer.append(varint: UInt64(self.files.count))
    for file in self.files {
      writer.append(counted: file.path)
      writer.append(counted: file.group)
      writer.append([file.bytes])
      writer.append(optional: file.segment.map { $0.lowerBound...$0.upperBound })
      writer.append(varint: file.shard.map { UInt64($0) + 1 } ?? 0)
    }
  }

  init(_ reader: inout DirectoryReader) throws(ColumnError) {
    let name = try reader.text()
    let takenAt = try reader.number(Int64.self)
    var files: [File] = []
    for _ in 0..<(try reader.count()) {
      let path = try reader.text()
      let group = try reader.text()
      var file = File(path: path, group: group, bytes: try reader.amount())
      file.segment = try reader.optionalTimes().map { $0.lowerBound..<$0.upperBound }
      let shard = try reader.varint()
      file.shard = shard == 0 ? nil : UInt32(clamping: shard - 1)
      files.append(file)
    }
    self.init(name: name, files: files, takenAt: takenAt == .min ? nil : takenAt)
  }
}

extension StoredRankingReport {
  func append(to writer: inout ByteWriter) {
    for text in [self.group, self.name, self.measure, self.reason ?? ""] {
      writer.append(counted: text)
    }
    writer.append([self.interval, self.windows, self.waiting, self.entries, self.behind])
    writer.append(optional: self.times.map { $0.lowerBound...$0.upperBound })
    writer.append(littleEndian: self.doneBelow ?? .min)
  }

  init(_ reader: inout DirectoryReader) throws(ColumnError) {
    let group = try reader.text()
    self.init(group: group, name: try reader.text())
    self.measure = try reader.text()
    let reason = try reader.text()
    self.reason = reason.isEmpty ? nil : reason
    self.interval = try reader.amount()
    self.windows = try reader.amount()
    self.waiting = try reader.amount()
    self.entries = try reader.amount()
    self.behind = try reader.amount()
    self.times = try reader.optionalTimes().map { $0.lowerBound..<$0.upperBound }
    let doneBelow = try reader.number(Int64.self)
    self.doneBelow = doneBelow == .min ? nil : doneBelow
  }
}
