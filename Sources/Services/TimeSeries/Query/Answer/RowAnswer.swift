package import Bytes
package import Protobuf
package import SeriesSchema
import SeriesWire

/// The rows that answer a query of a measure or a stream, in columns, and what else the answer says. It is
/// written as the bytes of its message, binary or JSON, without the message: a point is a tree of a dozen
/// small messages, and most of them say the same as those of the point before.
package struct RowAnswer: Sendable {
  var shape = AnswerShape()
  var rows = SelectedRows()
  var trace: CommonWire.Trace?
  var statuses: MapField<String, ModelWire.Status> = [:]

  init(_ kind: AnswerShape.Kind) { self.shape.kind = kind }

  package var count: Int { self.rows.count }

  /// Appends the binary form.
  package func encode(to target: inout ByteWriter) {
    var writer = BinaryRows(self.shape, self.rows.blocks)
    for row in self.rows.rows { writer.append(row, to: &target) }
    self.withRest { $0.encode(to: &target) }
  }

  package func encoded() -> [UInt8] {
    var target = ByteWriter(capacity: 1024 + self.count * 96)
    self.encode(to: &target)
    return target.bytes.array
  }

  /// Appends the JSON form. `options` are those of what is not a row: of rows every member is written.
  package func encodeJSON(
    to target: inout ByteWriter, _ options: JSONEncodingOptions
  ) throws(ProtobufError) {
    var rest = ByteWriter(capacity: 128)
    var failure: ProtobufError?
    self.withRest { message in
      do throws(ProtobufError) {
        try message.encodeJSON(to: &rest, options)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    // The list of rows stands first, and is empty there.
    let head: StaticString = self.shape.kind == .points ? #"{"dataPoints":["# : #"{"elements":["#
    target.append(head)
    var writer = JSONRows(self.shape, self.rows.blocks)
    for row in self.rows.rows { writer.append(row, to: &target) }
    rest.withUnsafeBytes { bytes in
      target.append(copying: UnsafeRawBufferPointer(rebasing: bytes[head.utf8CodeUnitCount...]))
    }
  }

  /// The message without its rows.
  private func withRest(_ body: (any ProtobufMessage) -> Void) {
    switch self.shape.kind {
    case .points:
      body(
        MeasureWire.QueryResponse {
          $0.trace = self.trace
          $0.groupStatuses = self.statuses
        })
    case .elements:
      body(
        StreamWire.QueryResponse {
          $0.trace = self.trace
          $0.groupStatuses = self.statuses
        })
    }
  }

  /// As a message, for those who read it in this process.
  package func message<Response: ProtobufMessage>(
    _: Response.Type
  ) throws(SeriesFault) -> Response {
    do throws(ProtobufError) {
      return try Response(decoding: self.encoded().rawBytes)
    } catch {
      throw SeriesFault(.internalError, error.message)
    }
  }
}

/// What is the same for all rows of an answer.
struct AnswerShape: Sendable {
  enum Kind: Sendable {
    case points
    case elements
  }

  var kind = Kind.points
  /// Names of families and how many tags they have, and the names of the tags of all.
  var families: [(name: String, count: Int)] = []
  var tags: [String] = []
  var fields: [String] = []
  /// Points that were made of others: without time, series and version.
  var isAggregated = false

  init() {}

  init(_ kind: Kind, _ projection: TagSelection, fields: some Sequence<String> = []) {
    self.kind = kind
    self.families = projection.families.map { (name: $0.0, count: $0.1) }
    self.tags = projection.names
    self.fields = Array(fields)
  }

  /// Whether the tags of a block are the same for all rows of a run.
  func isTagsPerRun(_ block: AnswerBlock) -> Bool {
    !block.cells.prefix(self.tags.count).contains { $0.isPerRow }
  }
}

/// Pieces of bytes that rows of one run have in common, kept when the first of them is written.
struct RunPieces: ~Copyable {
  private var ranges: [[Range<Int>]]
  private var bytes = ByteWriter(capacity: 256)
  private let isUsed: [Bool]

  init(_ shape: AnswerShape, _ blocks: [AnswerBlock]) {
    self.isUsed = blocks.map { shape.isTagsPerRun($0) }
    self.ranges = blocks.map { _ in [] }
  }

  /// Whether rows of a block have pieces.
  func hasPieces(_ block: UInt32) -> Bool { self.isUsed[Int(block)] }

  /// Appends the piece of a run; `make` writes it the first time.
  @inline(__always)
  mutating func append(
    _ row: RowReference, of runCount: Int, to target: inout ByteWriter,
    _ make: (inout ByteWriter) -> Void
  ) {
    let (block, run) = (Int(row.block), Int(row.run))
    if self.ranges[block].isEmpty {
      self.ranges[block] = [Range<Int>](repeating: -1..<(-1), count: runCount)
    }
    var range = self.ranges[block][run]
    if range.lowerBound < 0 {
      let start = self.bytes.count
      make(&self.bytes)
      range = start..<self.bytes.count
      self.ranges[block][run] = range
    }
    self.bytes.withUnsafeBytes { bytes in
      target.append(copying: UnsafeRawBufferPointer(rebasing: bytes[range]))
    }
  }
}
