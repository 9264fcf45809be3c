import Bytes
import ObjectModel

/// One bucket of the model: a sorted list of names, and the versions of each, newest first.
struct ModelTree: Sendable {
  struct Upload: Sendable {
    var key: ObjectKey
    var record: [UInt8]
    var parts: [UInt16: [UInt8]] = [:]
  }

  var isClosed = false
  private(set) var keys: [ObjectKey] = []
  var versions: [ObjectKey: [[UInt8]]] = [:] {
    didSet { if self.versions.count != oldValue.count { self.keysAreStale = true } }
  }
  private var keysAreStale = false
  var uploads: [UploadID: Upload] = [:]

  func view<R>(_ key: ObjectKey, _ index: Int, _ body: (RecordView) -> R) -> R {
    let record = self.versions[key]![index]
    // What the model keeps was decoded once.
    return body(RecordView(record.rawBytes)!)
  }

  func stamp(_ key: ObjectKey, _ index: Int) -> RecordStamp {
    self.view(key, index) { view in
      RecordStamp(
        milliseconds: view.commitMilliseconds, sequence: view.commitSequence,
        version: view.version, isNullVersion: view.flags.contains(.nullVersion))
    }
  }

  func index(of version: VersionSelector, under key: ObjectKey) -> Int? {
    guard let versions = self.versions[key] else { return nil }
    switch version {
    case .current: return 0
    case .null: return versions.indices.first { self.stamp(key, $0).isNullVersion }
    case .id(let id):
      return versions.indices.first {
        let stamp = self.stamp(key, $0)
        return stamp.version == id && !stamp.isNullVersion
      }
    }
  }

  /// What conditions look at.
  func current(_ key: ObjectKey) -> ObjectState? {
    guard self.versions[key] != nil else { return nil }
    return self.view(key, 0) { ObjectState($0) }
  }

  func upload(_ key: ObjectKey, _ id: UploadID) throws(NamespaceError) -> Upload {
    guard let upload = self.uploads[id], upload.key == key else {
      throw NamespaceError(.noSuchUpload, "there is no such upload")
    }
    return upload
  }

  mutating func sortedKeys() -> [ObjectKey] {
    if self.keysAreStale {
      self.keys = self.versions.keys.sorted()
      self.keysAreStale = false
    }
    return self.keys
  }

  func references() -> [BlobReference] {
    var blobs: [BlobReference] = []
    for record in self.versions.values.joined() {
      RecordView(record.rawBytes)?.forEachBlob { blobs.append($0) }
    }
    for part in self.uploads.values.flatMap({ $0.parts.values }) {
      if let blob = ObjectPart(decoding: part.rawBytes)?.blob { blobs.append(blob) }
    }
    return blobs
  }

  mutating func usage(prefix: [UInt8], depth: Int, limit: Int) -> UsageReport {
    var total = SubtreeSums()
    var rows: [[UInt8]: SubtreeSums] = [:]
    for (key, versions) in self.versions where key.hasPrefix(prefix) {
      var sums = SubtreeSums()
      for index in versions.indices {
        self.view(key, index) { view in
          if index == 0, view.kind == .object {
            sums.objects += 1
            sums.bytes += UInt64(view.size)
          } else {
            sums.versions += 1
            if view.kind == .object { sums.versionBytes += UInt64(view.size) }
          }
        }
      }
      total.add(sums)
      var end = prefix.count
      for _ in 0..<depth {
        guard let slash = key.bytes[end...].firstIndex(of: UInt8(ascii: "/")) else { break }
        end = slash + 1
        rows[Array(key.bytes[..<end]), default: SubtreeSums()].add(sums)
      }
    }
    if prefix.isEmpty {
      for upload in self.uploads.values {
        total.uploads += 1
        for part in upload.parts.values {
          total.uploadBytes += UInt64(ObjectPart(decoding: part.rawBytes)?.size ?? 0)
        }
      }
    }
    let sorted = rows.sorted { ByteOrder.compare($0.key, $1.key) < 0 }
      .map { UsageReport.Row(name: $0.key, sums: $0.value) }
    return UsageReport(
      total: total, rows: Array(sorted.prefix(limit)), isTruncated: sorted.count > limit)
  }
}

extension SubtreeSums {
  fileprivate mutating func add(_ other: SubtreeSums) {
    self.objects += other.objects
    self.bytes += other.bytes
    self.versions += other.versions
    self.versionBytes += other.versionBytes
  }
}
