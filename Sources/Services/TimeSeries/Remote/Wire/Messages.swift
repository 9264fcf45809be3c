import Bytes
import SeriesColumns
import SeriesSchema

// The bodies of messages between the nodes of the time series. Little-endian, each behind its form:
//
//   deliver    form 2; 1 byte: bit 0 again; varint batches, each: varint epoch, then as
//              `RowBatch.append(rawTo:)` writes it. Form 1, of old queues, has no epochs
//   view       varint views to let go of, 8 bytes each; text group; 8 + 8 bytes times; share
//              → 8 bytes view; varint segments, each: 8 + 8 bytes times, varint shards, varint each
//   series     place; text table; terms; columns        → parts: `SeriesRows.append(rawTo:)`
//   scan       place; text table; 8 + 8 bytes times; 1 byte: bit 0 chosen series, bit 1 versions;
//              varint series, 8 bytes each; columns; terms
//                                                       → parts: `RowBlock.append(rawTo:)`
//   ordered    place; text table, order; 1 byte: bit 0 chosen prefixes, bit 1 descending;
//              varint prefixes, each bytes; 8 + 8 bytes keys; 8 + 8 bytes times
//                                                       → parts: varint entries, each 8 + 8 + 8 bytes, prefix
//   partial    1 byte kind; 8 + 8 bytes not before, schema; bytes request; varint groups, each: text, share
//                                                       → parts of one run of bytes
//   schema     varint objects, each: text kind, group, name
//              → 8 bytes applied; varint objects, each: 1 byte whether it is there, 8 bytes revision
//   size, drop, inspect   text group                    → 8 bytes; nothing; the message
//   snapshot   the message                              → varint, each: bytes of the message
//
//   link       text name; range; varint epoch           → varint files, each: text path, 8 bytes size
//   readLink   text name, path; 8 + 8 bytes offset, count → the bytes
//   unlink, settle   text                               → nothing
//   stage      text name, path; 8 bytes offset; bytes   → nothing
//   checksum   text name, path; 8 + 8 bytes offset (0), count → 8 bytes, -1 when it has not so many
//   show       text name; range; varint epoch; varint files, text each; varint tables left out, text each
//              (nothing: none) → 8 bytes rows
//   archive    text table; range; varint epoch (0)      → 8 bytes rows
//   promise    text name; range of all times; varint epoch → nothing
//   upkeep     varint 1, bytes: 1 byte verb, text group, text name, varint groups, text each
//                                                       → parts of one run of bytes (`UpkeepCall`)
//
//   share      varint epoch; varint, each: 8 + 8 bytes times, varint shards, varint each
//   range      text group; 8 + 8 bytes times; varint shards, varint each
//   place      8 bytes view; varint segment; varint shard
//   terms      varint, each: text column; 1 byte analyzer; varint values, each bytes
//   bytes      varint count, then they

/// What can be the body of a message.
protocol SeriesMessage: Sendable {
  init(_ reader: inout DirectoryReader) throws(ColumnError)
  func append(to writer: inout ByteWriter)
}

let messageForm: UInt8 = 1

extension SeriesMessage {
  init(body: [UInt8]) throws(ColumnError) {
    var reader = DirectoryReader(body)
    let form = try reader.byte()
    guard form == messageForm else { throw ColumnError("a message of form \(form)") }
    try self.init(&reader)
  }

  var body: [UInt8] {
    var writer = ByteWriter(capacity: 512)
    writer.append(messageForm)
    self.append(to: &writer)
    return writer.bytes.array
  }
}

extension ByteWriter {
  mutating func append(counted bytes: [UInt8]) {
    self.append(varint: UInt64(bytes.count))
    self.append(bytes)
  }

  mutating func append(_ times: ClosedRange<Int64>) {
    self.append(littleEndian: times.lowerBound)
    self.append(littleEndian: times.upperBound)
  }

  mutating func append(_ terms: [IndexTerms]) {
    self.append(varint: UInt64(terms.count))
    for term in terms {
      self.append(counted: term.column)
      self.append(term.analyzer.rawValue)
      self.append(varint: UInt64(term.values.count))
      for value in term.values { self.append(counted: value) }
    }
  }
}

extension DirectoryReader {
  /// A count of things that take at least a byte each: never more than there are bytes, so that nothing is
  /// allocated for what a broken message claims.
  mutating func count() throws(ColumnError) -> Int { try self.count(upTo: self.remaining) }

  mutating func counted() throws(ColumnError) -> [UInt8] { try self.bytes(try self.count()) }

  mutating func times() throws(ColumnError) -> ClosedRange<Int64> {
    let low = try self.number(Int64.self)
    let high = try self.number(Int64.self)
    guard low <= high else { throw ColumnError("a range that ends before it begins") }
    return low...high
  }

  mutating func shard() throws(ColumnError) -> UInt32 {
    UInt32(try self.count(upTo: Int(UInt32.max)))
  }

  mutating func terms() throws(ColumnError) -> [IndexTerms] {
    var terms: [IndexTerms] = []
    for _ in 0..<(try self.count()) {
      let column = try self.text()
      guard let analyzer = Analyzer(rawValue: try self.byte()) else {
        throw ColumnError("an unknown analyzer of column \(column)")
      }
      var values: [[UInt8]] = []
      for _ in 0..<(try self.count()) { values.append(try self.counted()) }
      terms.append(IndexTerms(column: column, values: values, analyzer: analyzer))
    }
    return terms
  }
}

/// A text alone: the name of a group.
struct NameMessage: SeriesMessage {
  var name: String
  init(_ name: String) { self.name = name }
  init(_ reader: inout DirectoryReader) throws(ColumnError) { self.name = try reader.text() }
  func append(to writer: inout ByteWriter) { writer.append(counted: self.name) }
}

/// Bytes that others understand.
struct BytesMessage: SeriesMessage {
  var bytes: [[UInt8]]
  init(_ bytes: [[UInt8]]) { self.bytes = bytes }

  init(_ reader: inout DirectoryReader) throws(ColumnError) {
    self.bytes = []
    for _ in 0..<(try reader.count()) { self.bytes.append(try reader.counted()) }
  }

  func append(to writer: inout ByteWriter) {
    writer.append(varint: UInt64(self.bytes.count))
    for bytes in self.bytes { writer.append(counted: bytes) }
  }
}

struct NumberMessage: SeriesMessage {
  var number: Int64
  init(_ number: Int64) { self.number = number }
  init(_ reader: inout DirectoryReader) throws(ColumnError) { self.number = try reader.number() }
  func append(to writer: inout ByteWriter) { writer.append(littleEndian: self.number) }
}

struct NoMessage: SeriesMessage {
  init() {}
  init(_ reader: inout DirectoryReader) throws(ColumnError) {}
  func append(to writer: inout ByteWriter) {}
}

struct SchemaQuestion: SeriesMessage {
  var keys: [SchemaKey]
  init(_ keys: [SchemaKey]) { self.keys = keys }

  init(_ reader: inout DirectoryReader) throws(ColumnError) {
    self.keys = []
    for _ in 0..<(try reader.count()) {
      guard let kind = SchemaKind(rawValue: try reader.text()) else {
        throw ColumnError("an object of an unknown kind")
      }
      let group = try reader.text()
      let name = try reader.text()
      self.keys.append(kind == .group ? .group(group) : SchemaKey(kind, group, name))
    }
  }

  func append(to writer: inout ByteWriter) {
    writer.append(varint: UInt64(self.keys.count))
    for key in self.keys {
      writer.append(counted: key.kind.rawValue)
      writer.append(counted: key.group)
      writer.append(counted: key.name)
    }
  }
}

struct SchemaReply: SeriesMessage {
  var applied: Int64
  var revisions: [Int64?]

  init(applied: Int64, revisions: [Int64?]) {
    self.applied = applied
    self.revisions = revisions
  }

  init(_ reader: inout DirectoryReader) throws(ColumnError) {
    self.applied = try reader.number()
    self.revisions = []
    for _ in 0..<(try reader.count()) {
      let isThere = try reader.byte() != 0
      let revision = try reader.number(Int64.self)
      self.revisions.append(isThere ? revision : nil)
    }
  }

  func append(to writer: inout ByteWriter) {
    writer.append(littleEndian: self.applied)
    writer.append(varint: UInt64(self.revisions.count))
    for revision in self.revisions {
      writer.append(revision == nil ? 0 : 1 as UInt8)
      writer.append(littleEndian: revision ?? 0)
    }
  }
}
