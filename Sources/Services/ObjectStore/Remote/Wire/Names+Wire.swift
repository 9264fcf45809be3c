internal import Bytes
internal import Crypto
internal import ObjectModel
internal import Values

// Names of things: keys, versions, blobs, blocks.

extension ObjectKey: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    self.init(try reader.byteArray())
  }
  func write(to target: inout ByteWriter) { target.append(counted: self.bytes) }
}

extension VersionID: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    guard let bytes = reader.take(Self.byteCount), let id = Self(bytes) else {
      throw WireError("a version")
    }
    self = id
  }
  func write(to target: inout ByteWriter) { self.append(to: &target) }
}

extension VersionSelector: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    switch reader.byte() {
    case 0: self = .current
    case 1: self = .null
    case 2: self = .id(try VersionID(from: &reader))
    default: throw WireError("which version")
    }
  }

  func write(to target: inout ByteWriter) {
    switch self {
    case .current: target.append(UInt8(0))
    case .null: target.append(UInt8(1))
    case .id(let version):
      target.append(UInt8(2))
      version.write(to: &target)
    }
  }
}

extension Versioning: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    guard let value = reader.byte().flatMap(Self.init(rawValue:)) else {
      throw WireError("whether versions are kept")
    }
    self = value
  }
  func write(to target: inout ByteWriter) { target.append(self.rawValue) }
}

extension UploadID: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    guard let bytes = reader.take(Self.byteCount), let id = Self(bytes: bytes) else {
      throw WireError("an upload")
    }
    self = id
  }
  func write(to target: inout ByteWriter) { target.append(self.bytes) }
}

extension EntityTag: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    guard let bytes = reader.take(16), let md5 = Digest<16>(bytes) else {
      throw WireError("an entity tag")
    }
    self.init(md5, partCount: try reader.number())
  }
  func write(to target: inout ByteWriter) {
    target.append(self.md5)
    target.append(littleEndian: self.partCount)
  }
}

extension RecordStamp: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    self.init(
      milliseconds: try reader.number(), sequence: try reader.number(),
      version: try VersionID(from: &reader), isNullVersion: try reader.flag())
  }
  func write(to target: inout ByteWriter) {
    target.append(littleEndian: self.milliseconds)
    target.append(littleEndian: self.sequence)
    self.version.write(to: &target)
    target.append(flag: self.isNullVersion)
  }
}

extension UUID: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    guard let bits = reader.bigEndian(UInt128.self) else { throw WireError("an identifier") }
    self.init(bits: bits)
  }
  func write(to target: inout ByteWriter) { target.append(bigEndian: self.bits) }
}

extension VolumeID: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    self.init(rawValue: try reader.number())
  }
  func write(to target: inout ByteWriter) { target.append(littleEndian: self.rawValue) }
}

extension BlobReference: WireValue {
  init(from reader: inout ByteReader) throws(WireError) {
    let volume = try VolumeID(from: &reader)
    let id = try UUID(from: &reader)
    let byteCount: Int64 = try reader.number()
    guard byteCount >= 0, byteCount < 1 << 56, let log2 = reader.byte(), log2 <= 24,
      byteCount >> Int64(log2) < Int64(UInt32.max)
    else { throw WireError("a blob") }
    self.init(
      volume: volume, id: id, byteCount: byteCount, blockSizeLog2: log2,
      isPartTable: try reader.flag())
  }

  func write(to target: inout ByteWriter) {
    self.volume.write(to: &target)
    self.id.write(to: &target)
    target.append(littleEndian: self.byteCount)
    target.append(self.blockSizeLog2)
    target.append(flag: self.isPartTable)
  }
}

extension BlockAddress: WireValue {
  static let wireByteCount = 22

  init(from reader: inout ByteReader) throws(WireError) {
    let volume = try VolumeID(from: &reader)
    let number: UInt32 = try reader.number()
    self.init(volume: volume, blob: try UUID(from: &reader), number: number)
  }

  func write(to target: inout ByteWriter) {
    self.volume.write(to: &target)
    target.append(littleEndian: self.number)
    self.blob.write(to: &target)
  }
}
