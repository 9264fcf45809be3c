import Bytes
package import SeriesColumns

/// Rows for one node. Encoded once, and kept as they are in the queue of a node that is away.
package struct Delivery: Sendable {
  /// Rows, and under which epoch of the placement they were sent.
  struct Batch: Sendable {
    var epoch: UInt64
    var rows: RowBatch
  }

  /// Batches as they go over the wire.
  package private(set) var batches: [(epoch: UInt64, bytes: [UInt8])] = []
  package private(set) var byteCount = 0
  package private(set) var rowCount = 0
  /// They may have been taken before: rows that are there are left out.
  package var isAgain = false

  package init() {}

  package mutating func add(_ encoded: [UInt8], rows: Int, epoch: UInt64 = 0) {
    self.batches.append((epoch, encoded))
    self.byteCount += encoded.count
    self.rowCount += rows
  }

  package static func encoded(_ batch: RowBatch) -> [UInt8] {
    var writer = ByteWriter(capacity: batch.byteCount + 512)
    batch.append(rawTo: &writer)
    return writer.bytes.array
  }
}

extension Delivery {
  /// Where the flag of `again` stands in `body`.
  static let flagOffset = 1
  /// With epochs; the form before had none, and may wait in a queue.
  private static let form: UInt8 = 2

  /// The body of the command, and the record of a queue.
  var body: [UInt8] {
    var writer = ByteWriter(capacity: self.byteCount + 10 * self.batches.count + 16)
    writer.append(Self.form)
    writer.append(self.isAgain ? 1 : 0 as UInt8)
    writer.append(varint: UInt64(self.batches.count))
    for batch in self.batches {
      writer.append(varint: batch.epoch)
      writer.append(batch.bytes)
    }
    return writer.bytes.array
  }

  /// What a body holds.
  static func batches(
    of body: [UInt8]
  ) throws(ColumnError) -> (batches: [Batch], isAgain: Bool) {
    var reader = DirectoryReader(body)
    let form = try reader.byte()
    guard form == 1 || form == Self.form else { throw ColumnError("a delivery of form \(form)") }
    let isAgain = try reader.byte() & 1 != 0
    var batches: [Batch] = []
    var schemas = SchemaTable()
    for _ in 0..<(try reader.count()) {
      let epoch = form == 1 ? 0 : try reader.varint()
      let read = try RowBatch.read(raw: &reader, &schemas) { (_) throws(ColumnError) in }
      batches.append(Batch(epoch: epoch, rows: read.batch))
    }
    return (batches, isAgain)
  }
}
