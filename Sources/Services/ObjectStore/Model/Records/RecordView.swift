private import Bytes
private import Crypto
private import Values

// A record: what a namespace keeps under a name. Fixed part, then fields. Little-endian but where said.
//
//     0  1  format, 1                           72  2  volume of the content
//     1  1  kind: RecordKind                    74  1  log2 of the block size
//     2  2  flags: RecordFlags                  75  1  checksum algorithm, 0 none
//     4  4  bytes of the whole record           76  1  checksum type
//     8  8  commit time, ms since 1970       *  77  1  storage class
//    16  8  commit sequence                  *  78  2  zero
//    24 20  version (big-endian)             *  80 16  blob (big-endian)
//    44  2  part count, 0 not multipart         96 32  checksum, zero behind its end
//    46  2  zero                               128     fields: tag u8, length varint, bytes
//    48  8  size of the content
//    56 16  MD5 of the entity tag
//
// The fields marked * are written by the namespace at commit; the rest is the gateway's.

package enum RecordKind: UInt8, Sendable {
  case object = 1
  case deleteMarker = 2
  /// A multipart upload under way: the headers that its object will have.
  case upload = 3
}

package struct RecordFlags: OptionSet, Sendable {
  package let rawValue: UInt16
  package init(rawValue: UInt16) { self.rawValue = rawValue }
  /// S3 calls this version `null`.
  package static let nullVersion = RecordFlags(rawValue: 1)
  /// The content is in the record.
  package static let inline = RecordFlags(rawValue: 2)
  /// The table of parts is a blob: the one at offset 80.
  package static let partTableBlob = RecordFlags(rawValue: 4)
  package static let encrypted = RecordFlags(rawValue: 8)
  package static let legalHold = RecordFlags(rawValue: 16)
  /// There is a retention field.
  package static let retention = RecordFlags(rawValue: 32)
}

/// The tags of a record's fields. None is renumbered or reused.
package enum RecordField: UInt8, Sendable {
  case owner = 1
  case contentType = 2
  case contentEncoding = 3
  case contentLanguage = 4
  case contentDisposition = 5
  case cacheControl = 6
  case expires = 7
  case websiteRedirect = 8
  /// Name, length-prefixed by a varint, and value. May repeat.
  case metadata = 9
  /// As `metadata`. May repeat.
  case tag = 10
  case acl = 11
  /// Mode u8 (1 governance, 2 compliance), until u64 ms.
  case retention = 12
  case encryption = 13
  /// One part: see `ObjectPart`. May repeat, in the order of their numbers.
  case part = 14
  case inlineContent = 15
  /// The upload that this object was completed from.
  case upload = 16
  case storageClassName = 17
}

/// Looks at the bytes of a record where they lie. What was decoded once is trusted; `init` refuses what
/// is no record, so bytes from a disk or a peer may be given.
package struct RecordView: ~Escapable {
  package let bytes: RawSpan

  package static let fixedByteCount = 128
  package static let format: UInt8 = 1

  /// Nil when the bytes are no record of this format.
  @_lifetime(copy bytes)
  package init?(_ bytes: RawSpan) {
    guard bytes.byteCount >= Self.fixedByteCount, bytes[byteAt: 0] == Self.format,
      RecordKind(rawValue: bytes[byteAt: 1]) != nil
    else { return nil }
    self.bytes = bytes
  }

  @inline(__always) private func load<T: FixedWidthInteger & BitwiseCopyable>(
    _ offset: Int, as type: T.Type = T.self
  ) -> T {
    // There are `fixedByteCount` bytes: checked by `init`.
    T(littleEndian: self.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: T.self))
  }

  package var kind: RecordKind {
    // Checked by `init`.
    RecordKind(rawValue: self.load(1)).unsafelyUnwrapped
  }
  package var flags: RecordFlags { RecordFlags(rawValue: self.load(2)) }
  package var commitMilliseconds: UInt64 { self.load(8) }
  package var commitSequence: UInt64 { self.load(16) }
  package var size: Int64 { Int64(bitPattern: self.load(48)) }
  package var storageClass: UInt8 { self.load(77) }

  package var version: VersionID {
    VersionID(
      high: self.load(24, as: UInt128.self).byteSwapped,
      low: self.load(40, as: UInt32.self).byteSwapped)
  }

  package var entityTag: EntityTag {
    // 16 bytes are a digest.
    EntityTag(
      Digest<16>(self.bytes.extracting(56..<72)).unsafelyUnwrapped, partCount: self.load(44))
  }

  /// The blob of the content, or of the table of parts; nil when there is none.
  package var blob: BlobReference? {
    let volume = VolumeID(rawValue: self.load(72))
    let log2: UInt8 = self.load(74)
    guard volume != .none, log2 <= 24, self.size >= 0 else { return nil }
    return BlobReference(
      volume: volume, id: UUID(bits: self.load(80, as: UInt128.self).byteSwapped),
      byteCount: self.size, blockSizeLog2: log2)
  }

  /// The fields behind the fixed part, in order; stops at one that is cut off.
  package func forEachField(_ body: (RecordField, RawSpan) -> Void) {
    var reader = ByteReader(self.bytes.extracting(Self.fixedByteCount..<self.bytes.byteCount))
    while let tag = reader.byte(), let count = reader.varint(),
      let length = Int(exactly: count), let value = reader.take(length)
    {
      if let field = RecordField(rawValue: tag) { body(field, value) }
    }
  }

  /// Every blob that lives and dies with this record: what goes to the garbage queue when it is dropped.
  package func forEachBlob(_ body: (BlobReference) -> Void) {
    if let blob = self.blob {
      var blob = blob
      if self.flags.contains(.partTableBlob) {
        blob.isPartTable = true
        blob.byteCount = self.partTableByteCount
      }
      body(blob)
    }
    guard self.kind != .deleteMarker else { return }
    self.forEachField { field, value in
      guard field == .part, let part = ObjectPart(decoding: value), let blob = part.blob else {
        return
      }
      body(blob)
    }
  }

  /// The bytes of the table of parts when it is a blob: all entries have one size.
  package var partTableByteCount: Int64 {
    Int64(self.entityTag.partCount) * Int64(ObjectPart.byteCount)
  }

  /// Whether the version may not be removed at `now` (milliseconds of the clock that never goes back).
  package func isLocked(at now: UInt64, bypassingGovernance: Bool) -> Bool {
    if self.flags.contains(.legalHold) { return true }
    guard self.flags.contains(.retention) else { return false }
    var isLocked = false
    self.forEachField { field, value in
      guard field == .retention, let retention = Retention(decoding: value) else { return }
      let holds = retention.untilMilliseconds > now
      isLocked = holds && (retention.mode == .compliance || !bypassingGovernance)
    }
    return isLocked
  }
}

/// What the namespace writes into a record when it commits it.
package struct RecordStamp: Hashable, Sendable {
  package var milliseconds: UInt64
  package var sequence: UInt64
  package var version: VersionID
  package var isNullVersion: Bool

  package init(
    milliseconds: UInt64, sequence: UInt64, version: VersionID, isNullVersion: Bool
  ) {
    self.milliseconds = milliseconds
    self.sequence = sequence
    self.version = version
    self.isNullVersion = isNullVersion
  }

  /// Overwrites the marked fields of `record`.
  ///
  /// - Precondition: `record` holds a record.
  package func stamp(_ record: inout [UInt8]) {
    precondition(record.count >= RecordView.fixedByteCount, "a record of \(record.count) bytes")
    record.withUnsafeMutableBytes { bytes in
      bytes.storeBytes(of: self.milliseconds.littleEndian, toByteOffset: 8, as: UInt64.self)
      bytes.storeBytes(of: self.sequence.littleEndian, toByteOffset: 16, as: UInt64.self)
      bytes.storeBytes(of: self.version.high.bigEndian, toByteOffset: 24, as: UInt128.self)
      bytes.storeBytes(of: self.version.low.bigEndian, toByteOffset: 40, as: UInt32.self)
      let bit = RecordFlags.nullVersion.rawValue
      let flags = UInt16(
        littleEndian: bytes.loadUnaligned(fromByteOffset: 2, as: UInt16.self))
      let stamped = self.isNullVersion ? flags | bit : flags & ~bit
      bytes.storeBytes(of: stamped.littleEndian, toByteOffset: 2, as: UInt16.self)
    }
  }
}
