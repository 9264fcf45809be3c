internal import Bytes
internal import ObjectModel

// A put's body is the address of the block (22 bytes), the priority (u8), a zero (u8), the checksum of the
// bytes (u64), and the bytes. The answer to a get is a flag (u8), the checksum if there is one (u64, else
// 0), and the bytes that were asked for.

/// The commands of a blob store, with the numbers of the specification.
enum BlobCommand: UInt32, Sendable, CaseIterable {
  case put = 16
  case get = 17
  case delete = 18
  case stored = 23
  case states = 24
  case missing = 25
  case verified = 40
  case standing = 41
}

struct PutHead: WireValue {
  static let byteCount = BlockAddress.wireByteCount + 10

  var block: BlockAddress
  var priority: BlobCall.Priority
  var checksum: UInt64

  init(_ block: BlockAddress, _ priority: BlobCall.Priority, checksum: UInt64) {
    self.block = block
    self.priority = priority
    self.checksum = checksum
  }

  init(from reader: inout ByteReader) throws(WireError) {
    self.block = try reader.value()
    self.priority = try reader.value()
    guard reader.skip(1) else { throw WireError("a checksum") }
    self.checksum = try reader.number()
  }

  func write(to target: inout ByteWriter) {
    target.append(self.block)
    target.append(self.priority)
    target.append(UInt8(0))
    target.append(littleEndian: self.checksum)
  }
}

struct GetBlockRequest: WireValue {
  static let replyHeadByteCount = 9

  var block: BlockAddress
  var priority: BlobCall.Priority
  var range: Range<Int>

  init(_ block: BlockAddress, _ priority: BlobCall.Priority, _ range: Range<Int>) {
    self.block = block
    self.priority = priority
    self.range = range
  }

  init(from reader: inout ByteReader) throws(WireError) {
    self.block = try reader.value()
    self.priority = try reader.value()
    let lower: UInt32 = try reader.number()
    let upper: UInt32 = try reader.number()
    guard lower <= upper else { throw WireError("a range") }
    self.range = Int(lower)..<Int(upper)
  }

  func write(to target: inout ByteWriter) {
    target.append(self.block)
    target.append(self.priority)
    target.append(littleEndian: UInt32(self.range.lowerBound))
    target.append(littleEndian: UInt32(self.range.upperBound))
  }
}

struct DeleteBlobRequest: WireValue {
  var blob: BlobReference
  var priority: BlobCall.Priority

  init(_ blob: BlobReference, _ priority: BlobCall.Priority) {
    self.blob = blob
    self.priority = priority
  }

  init(from reader: inout ByteReader) throws(WireError) {
    self.blob = try reader.value()
    self.priority = try reader.value()
  }

  func write(to target: inout ByteWriter) {
    target.append(self.blob)
    target.append(self.priority)
  }
}

extension BlobCall.Priority: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    guard let value = reader.byte().flatMap(Self.init(rawValue:)) else {
      throw WireError("a priority")
    }
    self = value
  }
  func write(to target: inout ByteWriter) { target.append(self.rawValue) }
}

/// A page of what a volume holds.
struct InventoryRequest: WireValue {
  var volume: VolumeID
  var page: PageRequest

  init(_ volume: VolumeID, after cursor: [UInt8], limit: Int) {
    self.volume = volume
    self.page = PageRequest(after: cursor, limit: limit)
  }

  init(from reader: inout ByteReader) throws(WireError) {
    self.volume = try reader.value()
    self.page = try reader.value()
  }

  func write(to target: inout ByteWriter) {
    target.append(self.volume)
    target.append(self.page)
  }
}

extension StoredBlock: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    let address: BlockAddress = try reader.value()
    self.init(
      address: address, byteCount: try reader.limit(), milliseconds: try reader.number())
  }

  func write(to target: inout ByteWriter) {
    target.append(self.address)
    target.append(limit: self.byteCount)
    target.append(littleEndian: self.milliseconds)
  }
}

extension StoredPage: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    self.init(blocks: try reader.value(), cursor: try reader.byteArray())
  }

  func write(to target: inout ByteWriter) {
    target.append(self.blocks)
    target.append(counted: self.cursor)
  }
}

extension VerifiedPage: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    self.init(page: try reader.value(), damaged: try reader.value())
  }

  func write(to target: inout ByteWriter) {
    target.append(self.page)
    target.append(self.damaged)
  }
}

extension BlockState: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    guard let value = reader.byte().flatMap(Self.init(rawValue:)) else {
      throw WireError("the state of a block")
    }
    self = value
  }
  func write(to target: inout ByteWriter) { target.append(self.rawValue) }
}

extension VolumeStanding: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    let volume: VolumeID = try reader.value()
    let fill = Double(bitPattern: try reader.number())
    let fillMax = Double(bitPattern: try reader.number())
    let byteCountMax: Int64 = try reader.number()
    let blockCount: Int64 = try reader.number()
    self.init(
      volume: volume, fill: fill, fillMax: fillMax, byteCountMax: byteCountMax,
      blockCount: Int(clamping: blockCount), byteCount: try reader.number())
  }

  func write(to target: inout ByteWriter) {
    target.append(self.volume)
    target.append(littleEndian: self.fill.bitPattern)
    target.append(littleEndian: self.fillMax.bitPattern)
    target.append(littleEndian: self.byteCountMax)
    target.append(littleEndian: Int64(self.blockCount))
    target.append(littleEndian: self.byteCount)
  }
}
