private import Bytes
package import ObjectModel

/// What the collector of garbage and the scan for orphans ask.
extension KeyedNamespace: NamespaceUpkeep {
  package func roots(after root: RootID?, limit: Int) async throws(NamespaceError) -> [RootID] {
    let page = try await self.tree.scan(
      TreeScan(
        prefix: KeyLayout.key(KeyLayout.global, "r"),
        after: root.map { KeyLayout.number("r", $0.rawValue) } ?? [], limit: limit))
    var roots: [RootID] = []
    page.forEach { _, key, _, _ in
      var reader = ByteReader(key)
      if reader.skip(KeyLayout.headBytes), let raw = reader.bigEndian(UInt64.self) {
        roots.append(RootID(rawValue: raw))
      }
    }
    return roots
  }

  package func garbageBacklog() async throws(NamespaceError) -> GarbageBacklog {
    let sums = try await self.tree.sums(under: KeyLayout.key(KeyLayout.global, "g"))
    return GarbageBacklog(entries: sums.objects, bytes: sums.weight)
  }

  // MARK: Names of blobs

  /// Parts before objects, objects before older versions, all before the queue: that is how names go
  /// when an upload is completed, a version replaced, something deleted. Only renaming, and a version
  /// that becomes current again, go elsewhere: `MoveLog` has them.
  package func holdings(
    _ place: HoldingPlace, after cursor: [UInt8], limit: Int
  ) async throws(NamespaceError) -> HoldingPage {
    var heads: [[UInt8]] = []
    switch place {
    case .root(let root):
      heads = (["p", "o", "v"] as [Character]).map { KeyLayout.key(root, $0) }
    case .queue: heads = [KeyLayout.key(KeyLayout.global, "g")]
    case .moved(let key, isFolder: true): heads = [key]
    case .moved(let key, isFolder: false):
      var page = HoldingPage(holdings: [], cursor: [])
      guard let value = try await self.tree.get(key) else { return page }
      Self.collect(key.rawBytes, value.rawBytes, &page.holdings)
      return page
    }
    return try await self.holdings(under: heads, after: cursor, limit: limit)
  }

  private func holdings(
    under heads: [[UInt8]], after cursor: [UInt8], limit: Int
  ) async throws(NamespaceError) -> HoldingPage {
    var result = HoldingPage(holdings: [], cursor: cursor)
    var left = max(1, limit)
    var index = heads.firstIndex { cursor.starts(with: $0) } ?? 0
    while index < heads.count {
      let isInside = result.cursor.starts(with: heads[index])
      let page = try await self.tree.scan(
        TreeScan(prefix: heads[index], after: isInside ? result.cursor : [], limit: left))
      page.forEach { _, key, value, _ in
        Self.collect(key, value, &result.holdings)
        result.cursor = key.array
      }
      left -= page.count
      if page.isTruncated { return result }
      index += 1
      if index < heads.count, left <= 0 {
        result.cursor = heads[index]
        return result
      }
    }
    result.cursor = []
    return result
  }

  private static func collect(
    _ key: RawSpan, _ value: RawSpan, _ holdings: inout [Holding]
  ) {
    let rest = key.extracting(KeyLayout.headBytes..<key.byteCount)
    var blobs: [BlobReference] = []
    var name: [UInt8] = []
    switch key[byteAt: KeyLayout.headBytes - 1] {
    case UInt8(ascii: "p"):
      if let blob = ObjectPart(decoding: value)?.blob { blobs.append(blob) }
      name = rest.extracting(0..<min(UploadID.byteCount, rest.byteCount)).array
    case UInt8(ascii: "g"):
      if let entry = Garbage.entry(key, value) { blobs.append(entry.blob) }
    case UInt8(ascii: "v"):
      RecordView(value)?.forEachBlob { blobs.append($0) }
      name = KeyLayout.unescaped(rest).name
    default:
      RecordView(value)?.forEachBlob { blobs.append($0) }
      name = rest.array
    }
    for blob in blobs { holdings.append(Holding(key: key.array, name: name, blob: blob)) }
  }

  // MARK: Moves

  package func watchMoves() -> UInt64 { self.moveLog.watch() }
  package func unwatchMoves() { self.moveLog.unwatch() }

  package func moves(since mark: UInt64) throws(NamespaceError) -> MovedPlaces {
    let found = try self.moveLog.moves(since: mark)
    return MovedPlaces(
      places: found.moves.map { .moved(key: $0.key, isFolder: $0.isFolder) }, mark: found.mark)
  }
}
