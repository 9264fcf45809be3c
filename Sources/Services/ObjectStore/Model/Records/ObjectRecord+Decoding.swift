private import Bytes
private import Crypto
private import Values

extension ObjectRecord {
  /// Nil when the bytes are no record of this format.
  package init?(decoding bytes: [UInt8]) {
    self.init(decoding: bytes.rawBytes)
  }

  package init?(decoding bytes: RawSpan) {
    guard let view = RecordView(bytes) else { return nil }
    self.init(view)
  }

  package init(_ view: RecordView) {
    self.kind = view.kind
    self.flags = view.flags
    self.commitMilliseconds = view.commitMilliseconds
    self.commitSequence = view.commitSequence
    self.version = view.version
    self.size = view.size
    self.entityTag = view.entityTag
    self.storageClass = view.storageClass
    self.blob = view.blob
    let type = ChecksumType(rawValue: view.bytes[byteAt: 76])
    if let type { self.checksumType = type }
    if let algorithm = ChecksumAlgorithm(rawValue: view.bytes[byteAt: 75]) {
      self.checksumAlgorithm = algorithm
      if self.flags.rawValue & 1 << 15 != 0 {
        self.checksum = ObjectChecksum(
          algorithm, view.bytes.extracting(96..<96 + algorithm.byteCount).array)
      }
    }
    self.flags.remove(RecordFlags(rawValue: 1 << 15))
    if self.flags.contains(.partTableBlob) {
      self.blob?.isPartTable = true
      self.blob?.byteCount = view.partTableByteCount
    }
    view.forEachField { field, value in self.take(field, value) }
  }

  private mutating func take(_ field: RecordField, _ value: RawSpan) {
    switch field {
    case .owner: self.owner = value.lossyText
    case .contentType: self.contentType = value.lossyText
    case .contentEncoding: self.contentEncoding = value.lossyText
    case .contentLanguage: self.contentLanguage = value.lossyText
    case .contentDisposition: self.contentDisposition = value.lossyText
    case .cacheControl: self.cacheControl = value.lossyText
    case .expires: self.expires = value.lossyText
    case .websiteRedirect: self.websiteRedirect = value.lossyText
    case .storageClassName: self.storageClassName = value.lossyText
    case .metadata: if let pair = Self.pair(value) { self.metadata.append(pair) }
    case .tag: if let pair = Self.pair(value) { self.tags.append(pair) }
    case .acl: self.acl = value.array
    case .retention: self.retention = Retention(decoding: value)
    case .encryption: self.encryption = value.array
    case .part: if let part = ObjectPart(decoding: value) { self.parts.append(part) }
    case .inlineContent: self.inlineContent = value.array
    case .upload: self.upload = UploadID(bytes: value)
    }
  }

  private static func pair(_ value: RawSpan) -> Pair? {
    var reader = ByteReader(value)
    guard let count = reader.varint(), let length = Int(exactly: count),
      let name = reader.take(length)
    else { return nil }
    return Pair(name.lossyText, reader.rest.lossyText)
  }
}
