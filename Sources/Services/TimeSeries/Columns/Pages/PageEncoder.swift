public import Bytes
private import Compression

/// Writes pages. It keeps its memory from one to the next: for one task at a time.
public final class PageEncoder {
  /// How much time a page is worth.
  public enum Effort: Sendable {
    /// Soon merged: no compression of numbers.
    case fast
    /// Compressed at zstd's level when that saves a tenth.
    case small(level: Int)
  }

  private let effort: Effort
  private var packer = ZstdPacker()
  private var payload = ByteWriter(capacity: 1 << 16)
  private var aligned = ByteWriter(capacity: 1 << 16)
  private var packed = ByteWriter(capacity: 1 << 16)

  public init(_ effort: Effort) { self.effort = effort }

  /// - Precondition: there are rows, and at most 2^20.
  public func append(_ column: Column, to target: inout ByteWriter) {
    var header = PageHeader(content: .column, type: column.type, rows: column.count)
    header.nulls = column.nullCount
    header.range = column.range
    let writesText = column.type.isBytes || column.type == .strings
    self.append(&header, writesText: writesText, to: &target) { style, target in
      column.append(nullsTo: &target)
      column.append(valuesTo: &target, style)
    }
  }

  public func append(_ runs: [SeriesRun], to target: inout ByteWriter) {
    let count = runs.last?.rows.upperBound ?? 0
    var header = PageHeader(content: .runs, type: .integer, rows: count)
    self.append(&header, writesText: false, to: &target) { style, target in
      target.append(varint: UInt64(runs.count))
      IntegerCodec.append(runs.map { Int64(bitPattern: $0.seriesID) }, style, to: &target)
      IntegerCodec.append(runs.map { Int64($0.rows.count) }, style, to: &target)
    }
  }

  public func append(times: [Int64], _ runs: [SeriesRun], to target: inout ByteWriter) {
    var header = PageHeader(content: .times, type: .timestamp, rows: times.count)
    for time in times { header.range.include(time) }
    self.append(&header, writesText: false, to: &target) { style, target in
      TimeCodec.append(times, runs, style, to: &target)
    }
  }

  private func append(
    _ header: inout PageHeader, writesText: Bool, to target: inout ByteWriter,
    _ encode: (PackStyle, inout ByteWriter) -> Void
  ) {
    precondition(header.rows <= PageHeader.rowCountMax, "a page of \(header.rows) rows")
    self.payload.removeAll(keepingCapacityUpTo: 1 << 22)
    encode(.exact, &self.payload)
    let level: Int
    switch self.effort {
    case .fast: level = writesText ? 1 : 0
    case .small(let wanted): level = wanted
    }
    if level > 0, self.payload.count >= 96 {
      // Text is compressed as it is; numbers once more in a form that leaves something to find.
      if !writesText {
        self.aligned.removeAll(keepingCapacityUpTo: 1 << 22)
        encode(.aligned, &self.aligned)
      }
      self.packed.removeAll(keepingCapacityUpTo: 1 << 22)
      if writesText {
        self.payload.withUnsafeBytes { self.packer.pack($0, level: level, to: &self.packed) }
      } else {
        self.aligned.withUnsafeBytes { self.packer.pack($0, level: level, to: &self.packed) }
      }
      if self.packed.count < self.payload.count * 9 / 10 {
        header.isCompressed = true
        header.payloadBytes = writesText ? self.payload.count : self.aligned.count
        return self.packed.withUnsafeBytes { header.append($0, to: &target) }
      }
    }
    precondition(
      self.payload.count <= PageHeader.payloadBytesMax, "a page of \(self.payload.count) bytes")
    header.payloadBytes = self.payload.count
    self.payload.withUnsafeBytes { header.append($0, to: &target) }
  }
}

extension Column {
  /// The least and the greatest value.
  public var range: PageRange {
    var range = PageRange()
    switch self.type {
    case .integer, .timestamp:
      if self.hasNulls {
        for row in 0..<self.count where !self.isNull(row) { range.include(self.integers[row]) }
      } else {
        for value in self.integers { range.include(value) }
      }
    case .float:
      for row in 0..<self.count where !self.isNull(row) && !self.floats[row].isNaN {
        range.include(PageRange.key(of: self.floats[row]))
      }
    case .string, .binary:
      for row in 0..<self.count where !self.isNull(row) {
        range.include(self.withBytes(row) { PageRange.key(of: $0) })
      }
    case .integers:
      for value in self.integers { range.include(value) }
    case .strings: break
    }
    return range
  }

  func append(nullsTo target: inout ByteWriter) {
    guard self.hasNulls else { return }
    for byte in 0..<((self.count + 7) / 8) {
      let word = byte >> 3
      let bits = word < self.nulls.count ? self.nulls[word] >> UInt64((byte & 7) * 8) : 0
      target.append(UInt8(truncatingIfNeeded: bits))
    }
  }

  func append(valuesTo target: inout ByteWriter, _ style: PackStyle) {
    switch self.type {
    case .integer, .timestamp: IntegerCodec.append(self.integers, style, to: &target)
    case .float:
      self.floats.withUnsafeBufferPointer { FloatCodec.append($0, style, to: &target) }
    case .string, .binary: BytesCodec.append(self, style, to: &target)
    case .integers, .strings:
      var lengths: [Int64] = []
      lengths.reserveCapacity(self.count)
      for row in 0..<self.count { lengths.append(Int64(self.listRange(row).count)) }
      IntegerCodec.append(lengths, style, to: &target)
      if self.type == .integers {
        IntegerCodec.append(self.integers, style, to: &target)
      } else {
        BytesCodec.appendPlain(self.offsets, self.bytes, style, to: &target)
      }
    }
  }
}
