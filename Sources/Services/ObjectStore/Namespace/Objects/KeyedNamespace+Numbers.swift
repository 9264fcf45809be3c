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
      try self.admit(call)
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
    try await self.takeGarbage(dueBefore: milliseconds, after: 0, limit: limit)
  }

  package func takeGarbage(
    dueBefore milliseconds: UInt64, after number: UInt64, limit: Int
  ) async throws(NamespaceError) -> [GarbageEntry] {
    let page = try await self.tree.scan(
      TreeScan(
        prefix: KeyLayout.key(KeyLayout.global, "g"),
        after: number == 0 ? [] : KeyLayout.number("g", number), limit: limit))
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

  /// Parts, objects and versions of the root, then the whole queue.
  package func references(
    _ call: NamespaceCall, after cursor: [UInt8], limit: Int
  ) async throws(NamespaceError) -> ReferencePage {
    try await self.checkRoot(call)
    let queue = KeyLayout.key(KeyLayout.global, "g")
    var page = HoldingPage(holdings: [], cursor: cursor)
    if !cursor.starts(with: queue) {
      page = try await self.holdings(.root(call.root), after: cursor, limit: limit)
      guard page.cursor.isEmpty else { return ReferencePage(page) }
    }
    let more = try await self.holdings(
      .queue, after: page.cursor, limit: max(1, limit - page.holdings.count))
    page.holdings += more.holdings
    page.cursor = more.cursor
    return ReferencePage(page)
  }
}

extension ReferencePage {
  init(_ page: HoldingPage) {
    self.init(blobs: page.holdings.map(\.blob), cursor: page.cursor)
  }
}
