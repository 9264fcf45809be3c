internal import Bytes
internal import SeriesColumns

// A record of the journal: the batches of one call, each cut to one shard and segment. Little-endian:
//
//   8 bytes  sequence number
//   varint   batches, then each as `RowBatch.append(rawTo:)` writes it, with behind the shard
//     8 + 8    times of the segment

/// Rows of one shard and segment.
struct WritePiece {
  var batch: RowBatch
  var times: Range<Int64>
}

enum WriteRecord {
  static func bytes(_ pieces: [WritePiece]) -> ByteWriter {
    let size = pieces.reduce(64) { $0 + $1.batch.byteCount + 512 }
    var writer = ByteWriter(capacity: size)
    writer.append(littleEndian: UInt64(0))
    writer.append(varint: UInt64(pieces.count))
    for piece in pieces {
      piece.batch.append(rawTo: &writer) { writer in
        writer.append(littleEndian: piece.times.lowerBound)
        writer.append(littleEndian: piece.times.upperBound)
      }
    }
    return writer
  }

  static func read(
    _ record: [UInt8], _ schemas: inout SchemaTable
  ) throws(ColumnError) -> (sequence: UInt64, pieces: [WritePiece]) {
    var reader = DirectoryReader(record)
    let sequence = try reader.number(UInt64.self)
    var pieces: [WritePiece] = []
    for _ in 0..<(try reader.count(upTo: 1 << 24)) {
      let (batch, times) = try RowBatch.read(raw: &reader, &schemas) {
        (reader) throws(ColumnError) -> Range<Int64> in
        let low = try reader.number(Int64.self)
        let high = try reader.number(Int64.self)
        guard low < high else { throw ColumnError("a segment that ends before it begins") }
        return low..<high
      }
      pieces.append(WritePiece(batch: batch, times: times))
    }
    guard reader.isAtEnd else { throw ColumnError("\(reader.remaining) bytes follow the batches") }
    return (sequence, pieces)
  }
}
