private import Bytes
package import ObjectModel

/// Sums, garbage, references.
extension KeyedNamespace {
  package func usage(
    _ call: NamespaceCall, prefix: [UInt8], depth: Int, limit: Int
  ) async throws(NamespaceError) -> UsageReport {
    try await self.checkRoot(call)
    var report = UsageReport(total: try await self.sums(call, prefix))
    if prefix.isEmpty {
      let uploads = try await self.tree.sums(under: KeyLayout.key(call.root, "u"))
      let parts = try await self.tree.sums(under: KeyLayout.key(call.root, "p"))
      report.total.uploads = uploads.objects
      report.total.uploadBytes = parts.weight
    }
    try await self.rows(call, prefix, depth, limit, &report)
    return report
  }

  private func sums(
    _ call: NamespaceCall, _ prefix: [UInt8]
  ) async throws(NamespaceError) -> SubtreeSums {
    let objects = try await self.tree.sums(under: KeyLayout.key(call.root, "o", prefix))
    let versions = try await self.tree.sums(
      under: KeyLayout.key(call.root, "v", KeyLayout.escaped(prefix)))
    return SubtreeSums(
      objects: objects.objects, bytes: objects.weight, versions: versions.objects,
      versionBytes: versions.weight)
  }

  /// Folders below a prefix, each before its own.
  private func rows(
    _ call: NamespaceCall, _ prefix: [UInt8], _ depth: Int, _ limit: Int,
    _ report: inout UsageReport
  ) async throws(NamespaceError) {
    guard depth > 0, limit > 0 else { return }
    var after: ListPosition?
    while true {
      let page = try await self.tree.scan(
        .list(KeyLayout.key(call.root, "o"), prefix, [UInt8(ascii: "/")], after, 1000))
      var folders: [[UInt8]] = []
      page.forEach { isPrefix, key, _, _ in
        let name = key.extracting(KeyLayout.headBytes..<key.byteCount).array
        if isPrefix { folders.append(name) }
        after = ListPosition(name, isCommonPrefix: isPrefix)
      }
      for folder in folders {
        guard report.rows.count < limit else {
          report.isTruncated = true
          return
        }
        report.rows.append(
          UsageReport.Row(name: folder, sums: try await self.sums(call, folder)))
        try await self.rows(call, folder, depth - 1, limit, &report)
      }
      guard page.isTruncated else { return }
    }
  }

  package func takeGarbage(
    dueBefore milliseconds: UInt64, limit: Int
  ) async throws(NamespaceError) -> [GarbageEntry] {
    let page = try await self.tree.scan(
      TreeScan(prefix: KeyLayout.key(KeyLayout.global, "g"), limit: limit))
    var entries: [GarbageEntry] = []
    // Numbers ascend with the time, so the first that is not due ends the list.
    page.forEach { _, key, value, _ in
      if let entry = Garbage.entry(key, value), entry.dueMilliseconds <= milliseconds {
        entries.append(entry)
      }
    }
    return entries
  }

  package func acknowledgeGarbage(_ entries: [UInt64]) async throws(NamespaceError) {
    guard !entries.isEmpty else { return }
    try await self.tree.commit { transaction in
      for number in entries { try transaction.remove(KeyLayout.number("g", number)) }
    }
  }

  /// Trees 'o', 'v' and 'p' of the root, then the whole queue. The cursor is the last key.
  package func references(
    _ call: NamespaceCall, after cursor: [UInt8], limit: Int
  ) async throws(NamespaceError) -> ReferencePage {
    try await self.checkRoot(call)
    var blobs: [BlobReference] = []
    let heads =
      (["o", "p", "v"] as [Character]).map { KeyLayout.key(call.root, $0) }
      + [KeyLayout.key(KeyLayout.global, "g")]
    var cursor = cursor
    // The queue's keys come before the root's: which list the cursor is in says its head.
    var index = heads.firstIndex { cursor.starts(with: $0) } ?? 0
    while index < heads.count {
      let isInside = cursor.starts(with: heads[index])
      let page = try await self.tree.scan(
        TreeScan(prefix: heads[index], after: isInside ? cursor : [], limit: limit))
      page.forEach { _, key, value, _ in
        Self.collect(key, value, &blobs)
        cursor = key.array
      }
      if page.isTruncated || blobs.count >= limit, page.count > 0 {
        return ReferencePage(blobs: blobs, cursor: cursor)
      }
      index += 1
      if index < heads.count, blobs.count >= limit {
        return ReferencePage(blobs: blobs, cursor: heads[index])
      }
    }
    return ReferencePage(blobs: blobs, cursor: [])
  }

  private static func collect(
    _ key: RawSpan, _ value: RawSpan, _ blobs: inout [BlobReference]
  ) {
    switch key[byteAt: 8] {
    case UInt8(ascii: "p"):
      if let blob = ObjectPart(decoding: value)?.blob { blobs.append(blob) }
    case UInt8(ascii: "g"):
      if let entry = Garbage.entry(key, value) { blobs.append(entry.blob) }
    default:
      var found: [BlobReference] = []
      RecordView(value)?.forEachBlob { found.append($0) }
      blobs += found
    }
  }
}
