import Bytes
import ObjectModel

/// Listing by stepping over every name: slow, and plainly right.
extension ModelTree {
  /// Walks over names: each is a name of the list, or rolled up into a common prefix.
  private struct Walk {
    let prefix: [UInt8]
    let delimiter: [UInt8]
    let limit: Int
    var page = ListPage()
    var lastCommonPrefix: [UInt8]?

    /// The common prefix of a name, when it has one.
    func commonPrefix(_ name: [UInt8]) -> [UInt8]? {
      guard !self.delimiter.isEmpty, name.count >= self.prefix.count + self.delimiter.count else {
        return nil
      }
      for start in self.prefix.count...(name.count - self.delimiter.count)
      where name[start...].starts(with: self.delimiter) {
        return Array(name[..<(start + self.delimiter.count)])
      }
      return nil
    }

    /// False when the page is full: something more is there.
    mutating func hasRoom() -> Bool {
      guard self.page.entries.count >= self.limit else { return true }
      self.page.isTruncated = self.limit > 0
      return false
    }

    /// True: the name is under a common prefix that was dealt with. Nil: the page is full.
    mutating func rollUp(_ name: [UInt8], after: ListPosition?) -> Bool? {
      guard let common = self.commonPrefix(name) else { return false }
      if common == self.lastCommonPrefix { return true }
      if let after, common == after.bytes { return true }
      guard self.hasRoom() else { return nil }
      self.lastCommonPrefix = common
      self.page.append(commonPrefix: common)
      return true
    }
  }

  private static func isBehind(_ name: [UInt8], _ after: ListPosition?) -> Bool {
    guard let after else { return true }
    if after.isCommonPrefix, name.starts(with: after.bytes) { return false }
    return ByteOrder.compare(name, after.bytes) > 0
  }

  mutating func list(_ request: ListRequest) -> ListPage {
    var walk = Walk(
      prefix: request.prefix, delimiter: request.delimiter, limit: request.limit)
    for key in self.sortedKeys()
    where key.hasPrefix(request.prefix) && Self.isBehind(key.bytes, request.after) {
      guard self.view(key, 0, { $0.kind == .object }) else { continue }
      switch walk.rollUp(key.bytes, after: request.after) {
      case nil: return walk.page
      case true?: continue
      case false?:
        guard walk.hasRoom() else { return walk.page }
        walk.page.append(key.bytes, record: self.versions[key]![0])
      }
    }
    return walk.page
  }

  mutating func list(_ request: VersionListRequest) -> ListPage {
    var walk = Walk(
      prefix: request.prefix, delimiter: request.delimiter, limit: request.limit)
    for key in self.sortedKeys() where key.hasPrefix(request.prefix) {
      var first = 0
      if let after = request.after, !after.isCommonPrefix, after.bytes == key.bytes,
        let version = request.afterVersion
      {
        first = self.firstIndex(behind: version, under: key)
      } else if !Self.isBehind(key.bytes, request.after) {
        continue
      }
      switch walk.rollUp(key.bytes, after: request.after) {
      case nil: return walk.page
      case true?: continue
      case false?: break
      }
      let versions = self.versions[key]!
      for index in versions.indices where index >= first {
        guard walk.hasRoom() else { return walk.page }
        walk.page.append(key.bytes, record: versions[index], isLatest: index == 0)
      }
    }
    return walk.page
  }

  /// Versions are positions: one that is gone still says where to go on.
  private func firstIndex(behind version: VersionSelector, under key: ObjectKey) -> Int {
    if let index = self.index(of: version, under: key) { return index + 1 }
    guard case .id(let id) = version else { return 0 }
    let versions = self.versions[key] ?? []
    return versions.indices.first { self.stamp(key, $0).version > id } ?? versions.count
  }

  func list(_ request: UploadListRequest) -> ListPage {
    var walk = Walk(
      prefix: request.prefix, delimiter: request.delimiter, limit: request.limit)
    let uploads = self.uploads.sorted { left, right in
      left.value.key == right.value.key ? left.key < right.key : left.value.key < right.value.key
    }
    for (id, upload) in uploads where upload.key.hasPrefix(request.prefix) {
      if let after = request.after, !after.isCommonPrefix, after.bytes == upload.key.bytes,
        let last = request.afterUpload
      {
        guard id > last else { continue }
      } else if !Self.isBehind(upload.key.bytes, request.after) {
        continue
      }
      switch walk.rollUp(upload.key.bytes, after: request.after) {
      case nil: return walk.page
      case true?: continue
      case false?:
        guard walk.hasRoom() else { return walk.page }
        walk.page.append(upload.key.bytes, upload: id, record: upload.record)
      }
    }
    return walk.page
  }
}
