import Admin
import Bytes
import ObjectModel
import Values

extension Admin.ObjectRecord {
  /// A line of a listing; nil when its record cannot be read.
  init?(_ page: ListPage, _ entry: ListPage.Entry) {
    self.init()
    self.key = String(decoding: page.name(entry), as: UTF8.self)
    guard entry.kind == .record else {
      self.entry = .prefix
      return
    }
    guard let record = page.withRecord(entry, { ObjectModel.ObjectRecord(decoding: $0) }) else {
      return nil
    }
    self.isLatest = entry.isLatest
    self.modifiedAt = Timestamp(milliseconds: record.commitMilliseconds)
    self.version = record.versionText
    self.owner = record.owner.isEmpty ? nil : record.owner
    guard record.kind == .object else {
      self.entry = .deleteMarker
      return
    }
    self.bytes = record.size
    self.etag = record.entityTag.description
    self.storageClass = record.storageClassName ?? "STANDARD"
  }
}

extension ObjectDetailRecord {
  init(_ record: ObjectModel.ObjectRecord, _ key: ObjectKey, _ bucket: String) {
    self.init()
    self.key = key.text
    self.bucket = bucket
    self.entry = record.kind == .deleteMarker ? .deleteMarker : .object
    self.bytes = record.size
    self.modifiedAt = Timestamp(milliseconds: record.commitMilliseconds)
    self.etag = record.kind == .object ? record.entityTag.description : nil
    self.version = record.versionText
    self.storageClass = record.storageClassName ?? "STANDARD"
    self.owner = record.owner
    self.contentType = record.contentType
    self.takeFields(record)
    self.checksum = record.checksum.map { "\($0.algorithm):\($0.text)" }
    self.checksumType = record.checksum.map { _ in
      record.checksumType == .composite ? "composite" : "full-object"
    }
    if let retention = record.retention {
      self.retentionMode = retention.mode == .compliance ? "compliance" : "governance"
      self.retainedUntil = Timestamp(milliseconds: retention.untilMilliseconds)
    }
    self.hasLegalHold = record.hasLegalHold
    self.inlineBytes = record.inlineContent.map { Int64($0.count) }
    self.upload = record.upload?.description
    self.sequence = "\(record.commitSequence)"
    self.partCount = Int64(record.entityTag.partCount)
    self.parts = record.parts.map(ObjectPartRecord.init)
  }

  private mutating func takeFields(_ record: ObjectModel.ObjectRecord) {
    let fields: [(String, String?)] = [
      ("content-encoding", record.contentEncoding), ("content-language", record.contentLanguage),
      ("content-disposition", record.contentDisposition), ("cache-control", record.cacheControl),
      ("expires", record.expires),
      ("x-amz-website-redirect-location", record.websiteRedirect),
    ]
    for (name, value) in fields { if let value { self.headers[name] = value } }
    for pair in record.metadata { self.metadata[pair.name] = pair.value }
    for pair in record.tags { self.tags[pair.name] = pair.value }
  }
}

extension ObjectPartRecord {
  init(_ part: ObjectPart) {
    self.init()
    self.number = Int64(part.number)
    self.bytes = part.size
    self.md5 = "\(part.md5)"
    self.checksum = part.checksum.map { "\($0.algorithm):\($0.text)" }
    self.blob = part.blob?.id.description
    self.modifiedAt = Timestamp(milliseconds: part.commitMilliseconds)
  }
}

extension ObjectCopyRecord {
  init(_ report: BlobCopyReport) {
    self.init()
    self.copy = "\(report.blob.id) \(report.disk)"
    self.blob = report.blob.id.description
    self.volume = "\(report.blob.volume.rawValue)"
    self.disk = report.disk
    self.bytes = report.blob.byteCount
    self.blocks = Int64(report.blob.blockCount)
    self.damaged = Int64(report.damaged)
    self.missing = Int64(report.missing)
    self.isPartTable = report.blob.isPartTable
    self.reason = report.failure
    if report.failure != nil {
      self.state = .unreachable
    } else if report.damaged > 0 {
      self.state = .damaged
    } else if report.missing > 0 {
      self.state = .missing
    }
  }
}
