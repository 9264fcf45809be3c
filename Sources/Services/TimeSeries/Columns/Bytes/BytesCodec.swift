internal import Bytes

// A run of strings or bytes, whose count is known from outside:
//
//   1 byte   form
//   0 plain        integers: the lengths; the bytes one after the other
//   1 dictionary   varint count of entries; integers: their lengths; their bytes in order;
//                  integers: entry of each row
//
// An encoder of pages compresses the whole afterwards.

/// The one way that strings and binary values are written.
enum BytesCodec {
  static let entryCountMax = 65_536

  /// Entries as a column has them.
  struct Entries {
    var codes: [UInt32] = []
    var offsets: [UInt32] = [0]
    var bytes: [UInt8] = []
  }

  static func append(_ column: Column, _ style: PackStyle, to target: inout ByteWriter) {
    if let entries = self.dictionary(column) {
      target.append(UInt8(1))
      target.append(varint: UInt64(entries.offsets.count - 1))
      self.appendPlain(entries.offsets, entries.bytes, style, to: &target)
      IntegerCodec.append(entries.codes.map(Int64.init), style, to: &target)
      return
    }
    target.append(UInt8(0))
    if column.codes.isEmpty {
      self.appendPlain(column.offsets, column.bytes, style, to: &target)
    } else {
      var plain = column
      plain.undictionary()
      self.appendPlain(plain.offsets, plain.bytes, style, to: &target)
    }
  }

  static func appendPlain(
    _ offsets: [UInt32], _ bytes: [UInt8], _ style: PackStyle, to target: inout ByteWriter
  ) {
    var lengths: [Int64] = []
    lengths.reserveCapacity(offsets.count)
    for index in 1..<max(1, offsets.count) {
      lengths.append(Int64(offsets[index] - offsets[index - 1]))
    }
    IntegerCodec.append(lengths, style, to: &target)
    if let first = offsets.first, let last = offsets.last {
      target.append(bytes[Int(first)..<Int(last)])
    }
  }

  /// Sorted entries, when there are at most half as many as rows. (A dictionary that a column came with
  /// may hold entries that no row has: it is made anew.)
  private static func dictionary(_ column: Column) -> Entries? {
    guard column.count >= 8 else { return nil }
    let limit = min(self.entryCountMax, column.count / 2)
    var found = EntryTable(limit: limit)
    guard var codes = found.codes(of: column) else { return nil }
    let order = found.sorted()
    var place = [UInt32](repeating: 0, count: order.count)
    var entries = Entries()
    for (index, code) in order.enumerated() {
      place[Int(code)] = UInt32(index)
      entries.bytes.append(contentsOf: found.bytes[found.range(code)])
      entries.offsets.append(UInt32(entries.bytes.count))
    }
    for index in codes.indices { codes[index] = place[Int(codes[index])] }
    entries.codes = codes
    return entries
  }

  static func read(_ reader: inout PayloadReader, _ count: Int) throws(ColumnError) -> Entries {
    let form = try reader.byte()
    switch form {
    case 0: return try self.readPlain(&reader, count)
    case 1:
      let entryCount = try reader.count(upTo: count)
      var entries = try self.readPlain(&reader, entryCount)
      let codes = try IntegerCodec.read(&reader, count)
      for code in codes where code < 0 || code >= Int64(entryCount) {
        throw ColumnError("entry \(code) of a dictionary of \(entryCount)")
      }
      entries.codes = codes.map { UInt32(truncatingIfNeeded: $0) }
      return entries
    default: throw ColumnError("strings of the unknown form \(form)")
    }
  }

  static func readPlain(
    _ reader: inout PayloadReader, _ count: Int
  ) throws(ColumnError) -> Entries {
    let lengths = try IntegerCodec.read(&reader, count)
    var entries = Entries()
    entries.offsets.reserveCapacity(count + 1)
    var end: Int64 = 0
    for length in lengths {
      guard length >= 0, length <= Int64(reader.remaining) - end else {
        throw ColumnError("a string of \(length) bytes where \(reader.remaining) are left")
      }
      end += length
      entries.offsets.append(UInt32(truncatingIfNeeded: end))
    }
    let start = try reader.take(Int(end))
    entries.bytes = [UInt8](UnsafeRawBufferPointer(start: start, count: Int(end)))
    return entries
  }
}
