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
    self.forEachRow(&target) { writer.append($0, to: &$1) }
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
    self.forEachRow(&target) { writer.append($0, to: &$1) }
    rest.withUnsafeBytes { bytes in
      target.append(copying: UnsafeRawBufferPointer(rebasing: bytes[head.utf8CodeUnitCount...]))
    }
  }

  /// Calls `write` for each row. Most are about as long as the first: room is made for all of them at once.
  @inline(__always)
  private func forEachRow(
    _ target: inout ByteWriter, _ write: (RowReference, inout ByteWriter) -> Void
  ) {
    guard let first = self.rows.rows.first else { return }
    let start = target.count
    write(first, &target)
    target.reserve(min(64 << 20, (target.count - start + 8) * self.count))
    for row in self.rows.rows.dropFirst() { write(row, &target) }
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
  /// Of each block where its runs begin in `ranges`; -1 when its rows have no pieces.
  private var starts: [Int] = []
  /// Of each run; empty below zero until it is written.
  private var ranges: [Range<Int>] = []
  private var bytes = ByteWriter(capacity: 256)

  init(_ shape: AnswerShape, _ blocks: [AnswerBlock]) {
    for block in blocks {
      let isUsed = shape.isTagsPerRun(block)
      self.starts.append(isUsed ? self.ranges.count : -1)
      guard isUsed else { continue }
      self.ranges.append(contentsOf: repeatElement(-1..<(-1), count: block.seriesIDs.count))
    }
  }

  /// Whether rows of a block have pieces.
  @inline(__always) func hasPieces(_ block: UInt32) -> Bool { self.starts[Int(block)] >= 0 }

  /// The piece of a row's run; nil when it was not written yet.
  @inline(__always) func range(_ row: RowReference) -> Range<Int>? {
    let start = self.starts[Int(row.block)]
    guard start >= 0 else { return nil }
    let range = self.ranges[start + Int(row.run)]
    return range.lowerBound >= 0 ? range : nil
  }

  /// Writes the piece of a row's run.
  mutating func make(_ row: RowReference, _ write: (inout ByteWriter) -> Void) -> Range<Int> {
    let start = self.bytes.count
    write(&self.bytes)
    let range = start..<self.bytes.count
    self.ranges[self.starts[Int(row.block)] + Int(row.run)] = range
    return range
  }

  @inline(__always) func copy(_ range: Range<Int>, to room: inout RoomWriter) {
    self.bytes.withUnsafeBytes { room.copy(UnsafeRawBufferPointer(rebasing: $0[range])) }
  }

  @inline(__always) func append(_ range: Range<Int>, to target: inout ByteWriter) {
    self.bytes.withUnsafeBytes { bytes in
      target.append(copying: UnsafeRawBufferPointer(rebasing: bytes[range]))
    }
  }
}
