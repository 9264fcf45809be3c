private import Avro
internal import Bytes

/// Numbers by field id: sizes and counts of columns. Two allocations would be one too many for each of
/// the million files of a plan, so it is one array that is searched.
public struct ColumnCounts: Hashable, Sendable {
  public private(set) var entries: [Entry] = []

  public struct Entry: Hashable, Sendable {
    public var fieldID: Int32
    public var count: Int64
  }

  public init() {}
  public var isEmpty: Bool { self.entries.isEmpty }

  public mutating func append(_ count: Int64, for fieldID: Int) {
    self.append(count, for: Int32(truncatingIfNeeded: fieldID))
  }

  @inline(__always) mutating func append(_ count: Int64, for fieldID: Int32) {
    self.entries.append(Entry(fieldID: fieldID, count: count))
  }

  mutating func reserve(_ count: Int) { self.entries.reserveCapacity(count) }

  /// Those of the given columns.
  func only(_ fieldIDs: Set<Int>) -> ColumnCounts {
    var kept = ColumnCounts()
    kept.entries = self.entries.filter { fieldIDs.contains(Int($0.fieldID)) }
    return kept
  }

  public subscript(fieldID: Int) -> Int64? {
    for entry in self.entries where entry.fieldID == fieldID { return entry.count }
    return nil
  }
}

extension ColumnCounts: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (Int, Int64)...) {
    for (id, count) in elements { self.append(count, for: id) }
  }
}

/// Bounds by field id, as single-value bytes, all in one buffer.
public struct ColumnBounds: Hashable, Sendable {
  public private(set) var entries: [Entry] = []
  private var storage: [UInt8] = []

  public struct Entry: Hashable, Sendable {
    public var fieldID: Int32
    fileprivate var start: Int32
    fileprivate var count: Int32
  }

  public init() {}
  public var isEmpty: Bool { self.entries.isEmpty }

  public mutating func append(_ bytes: RawSpan, for fieldID: Int) {
    self.append(bytes, for: Int32(truncatingIfNeeded: fieldID))
  }

  public mutating func append(_ value: Literal, for fieldID: Int) {
    let bytes = value.bytes
    self.append(bytes.rawBytes, for: fieldID)
  }

  mutating func append(_ bytes: RawSpan, for fieldID: Int32) {
    // A block of a file is far below 2 GiB, and so is what an entry takes of it.
    self.entries.append(
      Entry(
        fieldID: fieldID, start: Int32(clamping: self.storage.count),
        count: Int32(clamping: bytes.byteCount)))
    bytes.withUnsafeBytes { self.storage.append(contentsOf: $0) }
  }

  mutating func reserve(_ count: Int) {
    self.entries.reserveCapacity(count)
    self.storage.reserveCapacity(count * 8)
  }

  /// Those of the given columns.
  func only(_ fieldIDs: Set<Int>) -> ColumnBounds {
    var kept = ColumnBounds()
    for entry in self.entries where fieldIDs.contains(Int(entry.fieldID)) {
      let bytes = self.bytes(of: entry)
      kept.append(bytes.span.bytes, for: entry.fieldID)
    }
    return kept
  }

  public subscript(fieldID: Int) -> [UInt8]? {
    for entry in self.entries where entry.fieldID == fieldID { return self.bytes(of: entry) }
    return nil
  }

  public func bytes(of entry: Entry) -> [UInt8] {
    Array(self.storage[Int(entry.start)..<Int(entry.start) + Int(entry.count)])
  }

  func append(avro entry: Entry, to target: inout ByteWriter) {
    target.append(avroLong: Int64(entry.count))
    target.append(self.storage[Int(entry.start)..<Int(entry.start) + Int(entry.count)])
  }

  /// A bound of that many bytes as a whole number; nil when there is none.
  func integer(_ fieldID: Int32, byteCount: Int) -> Int64? {
    for entry in self.entries where entry.fieldID == fieldID {
      guard Int(entry.count) == byteCount else { return nil }
      let bytes = self.storage.span.bytes
      return byteCount == 4
        ? Int64(
          Int32(
            littleEndian: bytes.unsafeLoadUnaligned(
              fromUncheckedByteOffset: Int(entry.start), as: Int32.self)))
        : Int64(
          littleEndian: bytes.unsafeLoadUnaligned(
            fromUncheckedByteOffset: Int(entry.start), as: Int64.self))
    }
    return nil
  }

  /// The bound as a value of the type that the column has now; nil when there is none that can be read.
  public func literal(_ fieldID: Int, as type: PrimitiveType) -> Literal? {
    for entry in self.entries where entry.fieldID == fieldID {
      let bytes = self.storage.span.bytes.extracting(
        Int(entry.start)..<Int(entry.start) + Int(entry.count))
      return Literal(bytes: bytes, as: type)
    }
    return nil
  }

  public static func == (left: Self, right: Self) -> Bool {
    left.entries.count == right.entries.count
      && zip(left.entries, right.entries).allSatisfy {
        $0.fieldID == $1.fieldID && left.bytes(of: $0) == right.bytes(of: $1)
      }
  }

  public func hash(into hasher: inout Hasher) {
    for entry in self.entries { hasher.combine(entry.fieldID) }
    hasher.combine(self.storage)
  }
}
