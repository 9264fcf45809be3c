import Bytes
import Protobuf
import SeriesColumns
import SeriesModel
package import SeriesSchema
import SeriesWire

// What a node answers to a partial query. Little-endian:
//
//   1 byte   form 1
//   varint   rows, then each:
//     8 + 8 + 8 bytes   time, series, version
//     varint            group, as a number of the query's
//     value             what orders
//     varint, values    the projection
//   varint   groups of rows, then each: its first row, then 57 bytes (`Aggregation`)
//   varint   ranked entities, then each: varint, values; value; 8 + 8 bytes window, version
//
// A value is its kind (0 null, 1 text, 2 integer, 3 float, 4 binary, 5 texts, 6 integers, 7 time) and then 8
// bytes, or bytes behind their varint count; of lists the count and each.

/// A node's share of an answer.
struct PartialAnswer {
  static let form: UInt8 = 1
  private static let countMax = 1 << 28

  var rows: [ResultRow] = []
  var entries: [GroupTable.Entry] = []
  var ranked: [RankedEntity] = []

  init() {}

  var bytes: [UInt8] {
    var writer = ByteWriter(capacity: 4096)
    writer.append(Self.form)
    writer.append(varint: UInt64(self.rows.count))
    for row in self.rows { row.append(to: &writer) }
    writer.append(varint: UInt64(self.entries.count))
    for entry in self.entries {
      entry.first.append(to: &writer)
      entry.figures.append(to: &writer)
    }
    writer.append(varint: UInt64(self.ranked.count))
    for entity in self.ranked { entity.append(to: &writer) }
    return writer.bytes.array
  }

  init(_ bytes: [UInt8]) throws(SeriesFault) {
    do throws(ColumnError) {
      var reader = DirectoryReader(bytes)
      guard try reader.byte() == Self.form else { throw ColumnError("it has another form") }
      for _ in 0..<(try reader.count(upTo: Self.countMax)) {
        self.rows.append(try ResultRow(&reader))
      }
      for _ in 0..<(try reader.count(upTo: Self.countMax)) {
        var entry = GroupTable.Entry(first: try ResultRow(&reader))
        entry.figures = try Aggregation(&reader)
        self.entries.append(entry)
      }
      for _ in 0..<(try reader.count(upTo: Self.countMax)) {
        self.ranked.append(try RankedEntity(&reader))
      }
    } catch {
      throw SeriesFault(.internalError, "the answer of a node cannot be read: \(error.message)")
    }
  }
}

extension PartialQuery {
  /// Answers for the rows of `environment`, which are this node's share.
  package func answer(in environment: QueryEnvironment) async throws(SeriesFault) -> [UInt8] {
    let answer: PartialAnswer
    switch self.kind {
    case .stream:
      answer = try await StreamQuery.share(
        try self.request(StreamWire.QueryRequest.self), self.notBefore, in: environment)
    case .measure:
      answer = try await MeasureQuery.share(
        try self.request(MeasureWire.QueryRequest.self), self.notBefore, in: environment)
    case .topN:
      answer = try await TopNQuery.share(
        try self.request(MeasureWire.TopNRequest.self), in: environment)
    }
    return answer.bytes
  }

  private func request<Request: ProtobufMessage>(
    _ type: Request.Type
  ) throws(SeriesFault) -> Request {
    do {
      return try Request(decoding: self.body.rawBytes)
    } catch {
      throw SeriesFault(.internalError, "the query of a node cannot be read: \(error)")
    }
  }
}

extension ResultRow {
  func append(to writer: inout ByteWriter) {
    writer.append(littleEndian: self.timestamp)
    writer.append(littleEndian: self.seriesID)
    writer.append(littleEndian: self.version)
    writer.append(varint: UInt64(self.group))
    self.order.append(to: &writer)
    writer.append(self.values)
  }

  init(_ reader: inout DirectoryReader) throws(ColumnError) {
    self.timestamp = try reader.number()
    self.seriesID = try reader.number()
    self.version = try reader.number()
    self.group = try reader.count(upTo: 1 << 20)
    self.order = try SeriesValue(&reader)
    self.values = try reader.values()
  }
}

extension ByteWriter {
  mutating func append(_ values: [SeriesValue]) {
    self.append(varint: UInt64(values.count))
    for value in values { value.append(to: &self) }
  }
}

extension DirectoryReader {
  mutating func values() throws(ColumnError) -> [SeriesValue] {
    let count = try self.count(upTo: self.remaining)
    var values: [SeriesValue] = []
    values.reserveCapacity(count)
    for _ in 0..<count { values.append(try SeriesValue(&self)) }
    return values
  }
}

extension SeriesValue {
  func append(to writer: inout ByteWriter) {
    switch self {
    case .null: writer.append(0 as UInt8)
    case .string(let text):
      writer.append(1 as UInt8)
      writer.append(counted: text)
    case .int(let number):
      writer.append(2 as UInt8)
      writer.append(littleEndian: number)
    case .float(let number):
      writer.append(3 as UInt8)
      writer.append(littleEndian: number.bitPattern)
    case .binary(let bytes):
      writer.append(4 as UInt8)
      writer.append(varint: UInt64(bytes.count))
      writer.append(bytes)
    case .strings(let texts):
      writer.append(5 as UInt8)
      writer.append(varint: UInt64(texts.count))
      for text in texts { writer.append(counted: text) }
    case .ints(let numbers):
      writer.append(6 as UInt8)
      writer.append(varint: UInt64(numbers.count))
      for number in numbers { writer.append(littleEndian: number) }
    case .timestamp(let nanoseconds):
      writer.append(7 as UInt8)
      writer.append(littleEndian: nanoseconds)
    }
  }

  init(_ reader: inout DirectoryReader) throws(ColumnError) {
    switch try reader.byte() {
    case 0: self = .null
    case 1: self = .string(try reader.text())
    case 2: self = .int(try reader.number())
    case 3: self = .float(Double(bitPattern: try reader.number()))
    case 4: self = .binary(try reader.bytes(try reader.count(upTo: reader.remaining)))
    case 5:
      var texts: [String] = []
      for _ in 0..<(try reader.count(upTo: reader.remaining)) { texts.append(try reader.text()) }
      self = .strings(texts)
    case 6: self = .ints(try reader.array(try reader.count(upTo: reader.remaining)))
    case 7: self = .timestamp(try reader.number())
    case let kind: throw ColumnError("a value of kind \(kind)")
    }
  }
}
