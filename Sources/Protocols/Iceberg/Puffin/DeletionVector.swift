public import Bytes
private import Crypto
private import Roaring

// A deletion vector blob:
//
//   4 bytes  length of magic and vector, big-endian
//   4 bytes  magic d1 d3 39 64
//   vector:  8 bytes count of bitmaps, then for each, in the order of the keys, 4 bytes key (the upper
//            half of positions) and a 32-bit roaring bitmap (the lower halves); little-endian
//   4 bytes  CRC-32 of magic and vector, big-endian

/// The positions of the deleted rows of one data file: a roaring bitmap of 64 bits.
public struct DeletionVector: ~Copyable, @unchecked Sendable {
  // Sendable because it is the only owner of the sets.
  private var parts: [(key: UInt32, set: RoaringSet)] = []

  public static let blobType = "deletion-vector-v1"
  /// The metadata column of a row's position.
  static let positionFieldID = 2_147_483_645
  static let magic: [UInt8] = [0xD1, 0xD3, 0x39, 0x64]
  /// Positions are 63 bits, and the highest key is kept free.
  public static let positionMax: UInt64 = 0x7FFF_FFFE_FFFF_FFFF

  public init() {}

  public var count: UInt64 { self.parts.reduce(0) { $0 &+ $1.set.count } }

  public var isEmpty: Bool { self.parts.allSatisfy { $0.set.isEmpty } }

  private func index(of key: UInt32) -> (index: Int, isThere: Bool) {
    // Nearly all files have fewer than 2^32 rows: there is one part, with key 0.
    let index = self.parts.firstIndex { $0.key >= key } ?? self.parts.count
    return (index, index < self.parts.count && self.parts[index].key == key)
  }

  private mutating func set(_ key: UInt32) -> RoaringSet {
    let (index, isThere) = self.index(of: key)
    if isThere { return self.parts[index].set }
    let set = RoaringSet()
    self.parts.insert((key, set), at: index)
    return set
  }

  /// - Precondition: the position is at most `positionMax`.
  public mutating func insert(_ position: UInt64) {
    precondition(position <= Self.positionMax, "position \(position)")
    self.set(UInt32(truncatingIfNeeded: position >> 32))
      .insert(UInt32(truncatingIfNeeded: position))
  }

  /// - Precondition: the positions are at most `positionMax`.
  public mutating func insert(_ positions: Range<UInt64>) {
    guard !positions.isEmpty else { return }
    let last = positions.upperBound - 1
    precondition(last <= Self.positionMax, "position \(last)")
    for key in (positions.lowerBound >> 32)...(last >> 32) {
      let first = key == positions.lowerBound >> 32 ? positions.lowerBound & 0xFFFF_FFFF : 0
      let end = key == last >> 32 ? last & 0xFFFF_FFFF : 0xFFFF_FFFF
      self.set(UInt32(truncatingIfNeeded: key))
        .insert(UInt32(truncatingIfNeeded: first)...UInt32(truncatingIfNeeded: end))
    }
  }

  public mutating func remove(_ position: UInt64) {
    let (index, isThere) = self.index(of: UInt32(truncatingIfNeeded: position >> 32))
    guard isThere else { return }
    self.parts[index].set.remove(UInt32(truncatingIfNeeded: position))
  }

  public func contains(_ position: UInt64) -> Bool {
    let (index, isThere) = self.index(of: UInt32(truncatingIfNeeded: position >> 32))
    return isThere
      && self.parts[index].set.contains(UInt32(truncatingIfNeeded: position))
  }

  public mutating func formUnion(_ other: borrowing DeletionVector) {
    for part in other.parts { self.set(part.key).formUnion(part.set) }
  }

  /// Calls `body` with the positions in ascending order, until it answers false.
  public func forEach(_ body: (UInt64) -> Bool) {
    for part in self.parts {
      guard part.set.forEach({ body(UInt64(part.key) << 32 | UInt64($0)) }) else { return }
    }
  }

  public func isEqual(to other: borrowing DeletionVector) -> Bool {
    let (left, right) = (
      self.parts.filter { !$0.set.isEmpty },
      other.parts.filter { !$0.set.isEmpty }
    )
    return left.count == right.count
      && zip(left, right).allSatisfy {
        $0.key == $1.key && $0.set.isEqual(to: $1.set)
      }
  }
}

/// Bytes.
extension DeletionVector {
  /// Appends the vector as roaring's 64-bit portable format, each container in its smallest form.
  public func append(to target: inout ByteWriter) {
    let parts = self.parts.filter { !$0.set.isEmpty }
    target.append(littleEndian: UInt64(parts.count))
    for part in parts {
      target.append(littleEndian: part.key)
      part.set.append(to: &target)
    }
  }

  /// Appends the blob: length, magic, vector, checksum.
  public func append(blobTo target: inout ByteWriter) {
    var vector = ByteWriter()
    vector.append(Self.magic)
    self.append(to: &vector)
    target.append(bigEndian: UInt32(clamping: vector.count))
    target.append(vector.bytes)
    target.append(bigEndian: CRC32.checksum(of: vector.bytes))
  }

  /// Reads the 64-bit portable format. Nothing may follow.
  public init(_ bytes: RawSpan) throws(IcebergError) {
    self.init()
    var reader = ByteReader(bytes)
    guard let count = reader.littleEndian(UInt64.self), count <= UInt64(bytes.byteCount) else {
      throw Self.corrupted("\(bytes.byteCount) bytes are too few for its bitmaps")
    }
    var last: UInt32?
    for index in 0..<count {
      guard let key = reader.littleEndian(UInt32.self), key < 0x7FFF_FFFF,
        last.map({ $0 < key }) ?? true
      else { throw Self.corrupted("the key of bitmap \(index) is missing or out of order") }
      last = key
      guard let (set, size) = RoaringSet.read(reader.rest), reader.skip(size) else {
        throw Self.corrupted("bitmap \(index) is damaged")
      }
      self.parts.append((key, set))
    }
    guard reader.isAtEnd else {
      throw Self.corrupted("\(reader.remaining) bytes follow its bitmaps")
    }
  }

  /// Reads a blob and checks its length and checksum.
  public init(blob bytes: RawSpan) throws(IcebergError) {
    var reader = ByteReader(bytes)
    guard let length = reader.bigEndian(UInt32.self), Int(length) >= Self.magic.count + 8,
      let content = reader.take(Int(length)), let checksum = reader.bigEndian(UInt32.self),
      reader.isAtEnd
    else { throw Self.corrupted("the length of its blob is not \(bytes.byteCount) bytes") }
    guard content.extracting(0..<Self.magic.count).array == Self.magic else {
      throw Self.corrupted("its blob does not begin with d1d33964")
    }
    let computed = CRC32.checksum(of: content)
    guard computed == checksum else {
      throw Self.corrupted("its checksum is \(checksum), computed \(computed)")
    }
    try self.init(content.extracting(Self.magic.count..<content.byteCount))
  }

  private static func corrupted(_ reason: String) -> IcebergError {
    IcebergError(.corrupted, "cannot read the deletion vector: \(reason)")
  }
}
