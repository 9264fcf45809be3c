private import Bytes
package import ObjectModel

/// Listings of objects and uploads: a scan of one tree.
extension KeyedNamespace {
  package func list(
    _ call: NamespaceCall, _ request: ListRequest
  ) async throws(NamespaceError) -> ListPage {
    try self.admit(call)
    let scan = TreeScan.list(
      KeyLayout.key(call.root, "o"), request.prefix, request.delimiter, request.after,
      request.limit)
    var page = ListPage()
    guard request.limit > 0 else {
      try await self.checkRoot(call)
      return page
    }
    let found = try await self.tree.scan(scan)
    if found.count == 0 { try await self.checkRoot(call) }
    page.reserve(entries: found.count, bytes: found.packed.count)
    found.forEach { isPrefix, key, value, _ in
      let name = key.extracting(KeyLayout.headBytes..<key.byteCount)
      if isPrefix {
        page.append(commonPrefix: name.array)
      } else {
        page.append(name, record: value)
      }
    }
    page.isTruncated = found.isTruncated
    return page
  }

  package func listUploads(
    _ call: NamespaceCall, _ request: UploadListRequest
  ) async throws(NamespaceError) -> ListPage {
    var scan = TreeScan.list(
      KeyLayout.key(call.root, "u"), KeyLayout.escaped(request.prefix),
      KeyLayout.escaped(request.delimiter), request.after.map { $0.escaped }, request.limit)
    if let after = request.after, !after.isCommonPrefix {
      // Behind all uploads of the key, or behind one of them.
      let key = ObjectKey(after.bytes)
      if let upload = request.afterUpload {
        scan.after = KeyLayout.upload(call.root, key, upload)
        scan.skipsBelow = false
      } else if !scan.skipsBelow {
        scan.after = KeyLayout.key(call.root, "u", KeyLayout.escaped(after.bytes) + [0, 0])
        scan.skipsBelow = true
      }
    }
    try await self.checkRoot(call)
    var page = ListPage()
    guard request.limit > 0 else { return page }
    let found = try await self.tree.scan(scan)
    found.forEach { isPrefix, key, value, _ in
      let (name, digits) = KeyLayout.unescaped(
        key.extracting(KeyLayout.headBytes..<key.byteCount))
      if isPrefix {
        page.append(commonPrefix: name)
      } else if let bytes = KeyLayout.bytes(ofDigits: digits, count: UploadID.byteCount),
        let upload = UploadID(bytes: bytes.rawBytes)
      {
        page.append(name, upload: upload, record: value.array)
      }
    }
    page.isTruncated = found.isTruncated
    return page
  }

  /// Keys with all their versions: two trees, merged, at one moment.
  package func listVersions(
    _ call: NamespaceCall, _ request: VersionListRequest
  ) async throws(NamespaceError) -> ListPage {
    try await self.commit(call) { transaction in
      try Self.checkRoot(call, &transaction, mutates: false)
      guard request.limit > 0 else { return ListPage() }
      var merge = VersionMerge(limit: request.limit)
      try self.scanCurrent(call.root, request, &transaction) { merge.current.append($0) }
      try self.scanOlder(call.root, request, &transaction) { merge.older.append($0) }
      return try merge.page { key in
        try Versions(call.root, key).current(&transaction) != nil
      }
    }
  }

  private func scanCurrent(
    _ root: RootID, _ request: VersionListRequest, _ transaction: inout Tree.Transaction,
    _ take: (VersionMerge.Entry) -> Void
  ) throws {
    let scan = TreeScan.list(
      KeyLayout.key(root, "o"), request.prefix, request.delimiter, request.after,
      request.limit + 1)
    if let after = request.after, !after.isCommonPrefix, !scan.skipsBelow,
      let version = request.afterVersion, case .id(let id) = version,
      let record = try transaction.get(KeyLayout.key(root, "o", after.bytes)),
      Versions.stamp(record).version > id
    {
      // The version that was named is gone, and the current one is older than it.
      take(VersionMerge.Entry(isPrefix: false, name: after.bytes, record: record))
    }
    try transaction.scan(scan).forEach { isPrefix, key, value, _ in
      let name = key.extracting(KeyLayout.headBytes..<key.byteCount).array
      take(VersionMerge.Entry(isPrefix: isPrefix, name: name, record: value.array))
    }
  }

  private func scanOlder(
    _ root: RootID, _ request: VersionListRequest, _ transaction: inout Tree.Transaction,
    _ take: (VersionMerge.Entry) -> Void
  ) throws {
    var scan = TreeScan.list(
      KeyLayout.key(root, "v"), KeyLayout.escaped(request.prefix),
      KeyLayout.escaped(request.delimiter), request.after.map { $0.escaped }, request.limit + 1)
    if let after = request.after, !after.isCommonPrefix, !scan.skipsBelow {
      let key = ObjectKey(after.bytes)
      scan.after = KeyLayout.versions(root, key)
      scan.skipsBelow = request.afterVersion == nil
      if let version = request.afterVersion,
        let id = try self.position(version, Versions(root, key), &transaction)
      {
        scan.after = KeyLayout.version(root, key, id)
      }
    }
    try transaction.scan(scan).forEach { isPrefix, key, value, _ in
      let name = KeyLayout.unescaped(key.extracting(KeyLayout.headBytes..<key.byteCount)).name
      take(VersionMerge.Entry(isPrefix: isPrefix, name: name, record: value.array))
    }
  }

  /// Where a version lies among the older ones; nil: before all of them.
  private func position(
    _ selector: VersionSelector, _ versions: Versions, _ transaction: inout Tree.Transaction
  ) throws -> VersionID? {
    if case .id(let id) = selector { return id }
    return try versions.find(selector, &transaction).map { Versions.stamp($0.record).version }
  }
}

extension ListPosition {
  var escaped: ListPosition {
    ListPosition(KeyLayout.escaped(self.bytes), isCommonPrefix: self.isCommonPrefix)
  }
}

extension TreeScan {
  /// A listing below `head`. A marker that is itself a common prefix of the list is skipped as a whole.
  static func list(
    _ head: [UInt8], _ prefix: [UInt8], _ delimiter: [UInt8], _ after: ListPosition?, _ limit: Int
  ) -> TreeScan {
    var scan = TreeScan(prefix: head + prefix, delimiter: delimiter, limit: limit)
    guard let after else { return scan }
    scan.after = head + after.bytes
    scan.skipsBelow =
      after.isCommonPrefix || self.isCommonPrefix(after.bytes, prefix, delimiter)
    return scan
  }

  private static func isCommonPrefix(
    _ name: [UInt8], _ prefix: [UInt8], _ delimiter: [UInt8]
  ) -> Bool {
    guard !delimiter.isEmpty, name.starts(with: prefix),
      name.count >= prefix.count + delimiter.count
    else { return false }
    let last = name.count - delimiter.count
    for start in prefix.count...last where name[start...].starts(with: delimiter) {
      return start == last
    }
    return false
  }
}

/// The two lists that make up one of versions.
struct VersionMerge {
  struct Entry {
    var isPrefix: Bool
    var name: [UInt8]
    var record: [UInt8]
  }

  let limit: Int
  var current: [Entry] = []
  var older: [Entry] = []

  init(limit: Int) { self.limit = limit }

  /// - Parameter hasCurrent: whether a key has a current object: then no older version is the latest.
  func page(_ hasCurrent: (ObjectKey) throws -> Bool) rethrows -> ListPage {
    var page = ListPage()
    var first = 0
    var second = 0
    var lastPrefix: [UInt8]?
    var latest: [UInt8]?
    while first < self.current.count || second < self.older.count {
      let order =
        first == self.current.count
        ? 1
        : second == self.older.count
          ? -1 : ByteOrder.compare(self.current[first].name, self.older[second].name)
      let takesCurrent = order <= 0
      let entry = takesCurrent ? self.current[first] : self.older[second]
      if takesCurrent { first += 1 } else { second += 1 }
      if entry.isPrefix, entry.name == lastPrefix { continue }
      guard page.entries.count < self.limit else {
        page.isTruncated = true
        return page
      }
      if entry.isPrefix {
        lastPrefix = entry.name
        page.append(commonPrefix: entry.name)
        continue
      }
      // The first version of a key that has no current object is its latest: a delete marker.
      let isFirst = takesCurrent || entry.name != latest
      var isLatest = takesCurrent
      if !takesCurrent, isFirst, RecordView(entry.record.rawBytes)?.kind == .deleteMarker {
        isLatest = try !hasCurrent(ObjectKey(entry.name))
      }
      latest = entry.name
      page.append(entry.name, record: entry.record, isLatest: isLatest)
    }
    return page
  }
}
