package import Bytes
private import Crypto
private import Values

/// A record, taken apart: what the gateway builds, changes and answers from.
package struct ObjectRecord: Sendable, Equatable {
  package struct Pair: Hashable, Sendable {
    package var name: String
    package var value: String
    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package var kind = RecordKind.object
  package var flags: RecordFlags = []
  /// Written by the namespace; see `RecordStamp`.
  package var commitMilliseconds: UInt64 = 0
  package var commitSequence: UInt64 = 0
  package var version = VersionID.newest
  package var size: Int64 = 0
  package var entityTag = EntityTag(MD5.digest(of: RawSpan()))
  package var checksum: ObjectChecksum?
  /// With an upload, the algorithm alone is known.
  package var checksumAlgorithm: ChecksumAlgorithm?
  package var checksumType = ChecksumType.fullObject
  package var storageClass: UInt8 = 0
  /// The content, or the table of parts with `partTableBlob`.
  package var blob: BlobReference?
  package var owner = ""
  package var contentType: String?
  package var contentEncoding: String?
  package var contentLanguage: String?
  package var contentDisposition: String?
  package var cacheControl: String?
  package var expires: String?
  package var websiteRedirect: String?
  package var storageClassName: String?
  package var metadata: [Pair] = []
  package var tags: [Pair] = []
  /// As the gateway encodes it.
  package var acl: [UInt8] = []
  package var retention: Retention?
  package var encryption: [UInt8] = []
  /// Empty when the table is a blob.
  package var parts: [ObjectPart] = []
  package var inlineContent: [UInt8]?
  package var upload: UploadID?

  package init() {}

  package var isNullVersion: Bool { self.flags.contains(.nullVersion) }
  package var hasLegalHold: Bool { self.flags.contains(.legalHold) }
  package var isMultipart: Bool { self.entityTag.partCount > 0 }

  /// How S3 names the version.
  package var versionText: String { self.isNullVersion ? "null" : self.version.description }
}

extension ObjectRecord {
  /// The bytes that a namespace keeps.
  package var encoded: [UInt8] {
    var target = ByteWriter(capacity: 256 + self.parts.count * (ObjectPart.byteCount + 2))
    self.append(to: &target)
    return target.bytes.array
  }

  package func append(to target: inout ByteWriter) {
    let start = target.count
    target.append(RecordView.format)
    target.append(self.kind.rawValue)
    target.append(littleEndian: self.storedFlags.rawValue)
    target.append(littleEndian: UInt32(0))
    target.append(littleEndian: self.commitMilliseconds)
    target.append(littleEndian: self.commitSequence)
    self.version.append(to: &target)
    target.append(littleEndian: self.entityTag.partCount)
    target.append(littleEndian: UInt16(0))
    target.append(littleEndian: self.size)
    target.append(self.entityTag.md5)
    target.append(littleEndian: self.blob?.volume.rawValue ?? 0)
    target.append(self.blob?.blockSizeLog2 ?? 0)
    target.append((self.checksum?.algorithm ?? self.checksumAlgorithm)?.rawValue ?? 0)
    target.append(self.checksumType.rawValue)
    target.append(self.storageClass)
    target.append(littleEndian: UInt16(0))
    target.append(bigEndian: self.blob?.id.bits ?? 0)
    target.append(self.checksum?.bytes ?? [])
    target.append(repeating: 0, count: RecordView.fixedByteCount - (target.count - start))
    self.appendFields(to: &target)
    target.overwrite(at: start + 4, littleEndian: UInt32(target.count - start))
  }

  private var storedFlags: RecordFlags {
    var flags = self.flags
    if self.retention != nil { flags.insert(.retention) } else { flags.remove(.retention) }
    if self.inlineContent != nil { flags.insert(.inline) } else { flags.remove(.inline) }
    if !self.encryption.isEmpty { flags.insert(.encrypted) }
    // Bit 15 says that there is a checksum and not an algorithm alone.
    let known = RecordFlags(rawValue: 1 << 15)
    if self.checksum != nil { flags.insert(known) } else { flags.remove(known) }
    return flags
  }

  private func appendFields(to target: inout ByteWriter) {
    func field(_ field: RecordField, _ bytes: [UInt8]) {
      target.append(field.rawValue)
      target.append(varint: UInt64(bytes.count))
      target.append(bytes)
    }
    func text(_ name: RecordField, _ value: String?) {
      if let value { field(name, Array(value.utf8)) }
    }
    func pairs(_ name: RecordField, _ values: [Pair]) {
      for pair in values {
        var bytes = ByteWriter(capacity: pair.name.utf8.count + pair.value.utf8.count + 4)
        bytes.append(varint: UInt64(pair.name.utf8.count))
        bytes.append(pair.name)
        bytes.append(pair.value)
        field(name, bytes.bytes.array)
      }
    }
    if !self.owner.isEmpty { text(.owner, self.owner) }
    text(.contentType, self.contentType)
    text(.contentEncoding, self.contentEncoding)
    text(.contentLanguage, self.contentLanguage)
    text(.contentDisposition, self.contentDisposition)
    text(.cacheControl, self.cacheControl)
    text(.expires, self.expires)
    text(.websiteRedirect, self.websiteRedirect)
    text(.storageClassName, self.storageClassName)
    pairs(.metadata, self.metadata)
    pairs(.tag, self.tags)
    if !self.acl.isEmpty { field(.acl, self.acl) }
    if let retention = self.retention {
      var bytes = ByteWriter(capacity: 16)
      retention.append(to: &bytes)
      field(.retention, bytes.bytes.array)
    }
    if !self.encryption.isEmpty { field(.encryption, self.encryption) }
    for part in self.parts { field(.part, part.encoded) }
    if let content = self.inlineContent { field(.inlineContent, content) }
    if let upload = self.upload { field(.upload, upload.bytes) }
  }
}
