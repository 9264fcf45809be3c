import Bytes
import SeriesColumns
import SeriesQuery
import SeriesStorage

/// Opens a view, and lets go of others that nobody reads any more.
struct ViewRequest: SeriesMessage {
  var over: [UInt64]
  var group: String
  var times: ClosedRange<Int64>
  var share: GroupShare

  init(over: [UInt64], group: String, times: ClosedRange<Int64>, share: GroupShare) {
    self.over = over
    self.group = group
    self.times = times
    self.share = share
  }

  init(_ reader: inout DirectoryReader) throws(ColumnError) {
    self.over = try reader.array(try reader.count())
    self.group = try reader.text()
    self.times = try reader.times()
    self.share = try reader.share()
  }

  func append(to writer: inout ByteWriter) {
    writer.append(varint: UInt64(self.over.count))
    for view in self.over { writer.append(littleEndian: view) }
    writer.append(counted: self.group)
    writer.append(self.times)
    writer.append(self.share)
  }
}

struct ViewReply: SeriesMessage {
  struct Segment: Sendable {
    var times: Range<Int64>
    var shards: [UInt32]
  }

  var view: UInt64
  var segments: [Segment]

  init(view: UInt64, segments: [Segment]) {
    self.view = view
    self.segments = segments
  }

  init(_ reader: inout DirectoryReader) throws(ColumnError) {
    self.view = try reader.number()
    self.segments = []
    for _ in 0..<(try reader.count()) {
      let times = try reader.times()
      guard times.lowerBound < times.upperBound else { throw ColumnError("an empty segment") }
      var shards: [UInt32] = []
      for _ in 0..<(try reader.count()) { shards.append(try reader.shard()) }
      self.segments.append(
        Segment(times: times.lowerBound..<times.upperBound, shards: shards))
    }
  }

  func append(to writer: inout ByteWriter) {
    writer.append(littleEndian: self.view)
    writer.append(varint: UInt64(self.segments.count))
    for segment in self.segments {
      writer.append(segment.times.lowerBound...segment.times.upperBound)
      writer.append(varint: UInt64(segment.shards.count))
      for shard in segment.shards { writer.append(varint: UInt64(shard)) }
    }
  }
}

/// A shard of a view.
struct ShardPlace: SeriesMessage {
  var view: UInt64
  var segment: Int
  var shard: UInt32

  init(view: UInt64, segment: Int, shard: UInt32) {
    self.view = view
    self.segment = segment
    self.shard = shard
  }

  init(_ reader: inout DirectoryReader) throws(ColumnError) {
    self.view = try reader.number()
    self.segment = try reader.count(upTo: 1 << 24)
    self.shard = try reader.shard()
  }

  func append(to writer: inout ByteWriter) {
    writer.append(littleEndian: self.view)
    writer.append(varint: UInt64(self.segment))
    writer.append(varint: UInt64(self.shard))
  }
}

struct SeriesRequest: SeriesMessage {
  var place: ShardPlace
  var table: String
  var terms: [IndexTerms]
  var columns: [ColumnSchema]

  init(_ place: ShardPlace, table: String, terms: [IndexTerms], columns: [ColumnSchema]) {
    self.place = place
    self.table = table
    self.terms = terms
    self.columns = columns
  }

  init(_ reader: inout DirectoryReader) throws(ColumnError) {
    self.place = try ShardPlace(&reader)
    self.table = try reader.text()
    self.terms = try reader.terms()
    self.columns = try reader.columns()
  }

  func append(to writer: inout ByteWriter) {
    self.place.append(to: &writer)
    writer.append(counted: self.table)
    writer.append(self.terms)
    writer.append(self.columns)
  }
}

struct ScanMessage: SeriesMessage {
  var place: ShardPlace
  var scan: ScanRequest

  init(_ place: ShardPlace, _ scan: ScanRequest) {
    self.place = place
    self.scan = scan
  }

  init(_ reader: inout DirectoryReader) throws(ColumnError) {
    self.place = try ShardPlace(&reader)
    let table = try reader.text()
    let times = try reader.times()
    let flags = try reader.byte()
    let series: [UInt64] = try reader.array(try reader.count())
    let columns = try reader.columns()
    self.scan = ScanRequest(
      table: table, times: times, series: flags & 1 != 0 ? series : nil, columns: columns,
      terms: try reader.terms(), readsVersions: flags & 2 != 0)
  }

  func append(to writer: inout ByteWriter) {
    self.place.append(to: &writer)
    writer.append(counted: self.scan.table)
    writer.append(self.scan.times)
    writer.append((self.scan.series == nil ? 0 : 1) | (self.scan.readsVersions ? 2 : 0) as UInt8)
    writer.append(varint: UInt64(self.scan.series?.count ?? 0))
    (self.scan.series ?? []).withUnsafeBytes { writer.append(copying: $0) }
    writer.append(self.scan.columns)
    writer.append(self.scan.terms)
  }
}

struct OrderedMessage: SeriesMessage {
  var place: ShardPlace
  var ordered: OrderedRequest

  init(_ place: ShardPlace, _ ordered: OrderedRequest) {
    self.place = place
    self.ordered = ordered
  }

  init(_ reader: inout DirectoryReader) throws(ColumnError) {
    self.place = try ShardPlace(&reader)
    let table = try reader.text()
    let order = try reader.text()
    let flags = try reader.byte()
    var prefixes: [[UInt8]] = []
    for _ in 0..<(try reader.count()) { prefixes.append(try reader.counted()) }
    let keys = try reader.times()
    self.ordered = OrderedRequest(
      table: table, order: order, prefixes: flags & 1 != 0 ? prefixes : nil, keys: keys,
      times: try reader.times(), descending: flags & 2 != 0)
  }

  func append(to writer: inout ByteWriter) {
    self.place.append(to: &writer)
    writer.append(counted: self.ordered.table)
    writer.append(counted: self.ordered.order)
    let isChosen = self.ordered.prefixes != nil
    writer.append((isChosen ? 1 : 0) | (self.ordered.descending ? 2 : 0) as UInt8)
    writer.append(varint: UInt64(self.ordered.prefixes?.count ?? 0))
    for prefix in self.ordered.prefixes ?? [] { writer.append(counted: prefix) }
    writer.append(self.ordered.keys)
    writer.append(self.ordered.times)
  }
}

struct OrderedEntries: SeriesMessage {
  var entries: [OrderedEntry]
  init(_ entries: [OrderedEntry]) { self.entries = entries }

  init(_ reader: inout DirectoryReader) throws(ColumnError) {
    self.entries = []
    for _ in 0..<(try reader.count()) {
      let key = try reader.number(Int64.self)
      let series = try reader.number(UInt64.self)
      let time = try reader.number(Int64.self)
      self.entries.append(
        OrderedEntry(key: key, seriesID: series, timestamp: time, prefix: try reader.counted()))
    }
  }

  func append(to writer: inout ByteWriter) {
    writer.append(varint: UInt64(self.entries.count))
    for entry in self.entries {
      writer.append(littleEndian: entry.key)
      writer.append(littleEndian: entry.seriesID)
      writer.append(littleEndian: entry.timestamp)
      writer.append(counted: entry.prefix)
    }
  }
}

struct PartialMessage: SeriesMessage {
  var query: PartialQuery
  /// By group.
  var shares: [String: GroupShare]

  init(_ query: PartialQuery, _ shares: [String: GroupShare]) {
    self.query = query
    self.shares = shares
  }

  init(_ reader: inout DirectoryReader) throws(ColumnError) {
    guard let kind = PartialQuery.Kind(rawValue: try reader.byte()) else {
      throw ColumnError("a query of an unknown kind")
    }
    let notBefore = try reader.number(Int64.self)
    let revision = try reader.number(Int64.self)
    let body = try reader.counted()
    self.shares = [:]
    for _ in 0..<(try reader.count()) {
      let group = try reader.text()
      self.shares[group] = try reader.share()
    }
    self.query = PartialQuery(
      kind, groups: self.shares.keys.sorted(), body: body, notBefore: notBefore,
      schemaRevision: revision)
  }

  func append(to writer: inout ByteWriter) {
    writer.append(self.query.kind.rawValue)
    writer.append(littleEndian: self.query.notBefore)
    writer.append(littleEndian: self.query.schemaRevision)
    writer.append(counted: self.query.body)
    writer.append(varint: UInt64(self.shares.count))
    for (group, share) in self.shares {
      writer.append(counted: group)
      writer.append(share)
    }
  }
}
