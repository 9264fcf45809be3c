import Bytes
import KeyValue

extension EmbeddedFacts {
  package func get(_ key: FactKey) async throws(FactsError) -> Fact? {
    try await translated(whileChanging: false) {
      let bytes = try await self.store.get(Array(key.text.utf8), in: self.families.live)
      return try bytes.map { try FactRecords.fact(key, decoding: $0.rawBytes) }
    }
  }

  package func list(_ prefix: String, after: FactKey?, limit: Int?) async throws(FactsError)
    -> FactPage
  {
    try await translated(whileChanging: false) {
      let snapshot = try self.store.snapshot()
      let bytes = try await self.store.get(
        FactsState.key, in: self.families.state, at: snapshot)
      let state = try bytes.map { try FactsState(decoding: $0.rawBytes) } ?? FactsState()
      var range = KeyRange.prefix(Array(prefix.utf8))
      if let after {
        // The first name behind it: the same with a NUL at its end, which no name has.
        let first = Array(after.text.utf8) + [0]
        if range.lower.map({ $0.lexicographicallyPrecedes(first) }) ?? true { range.lower = first }
      }
      let scan = try self.store.scan(range, in: self.families.live, at: snapshot)
      return try await Self.page(scan, FactRevision(state.revision), limit)
    }
  }

  private static func page(
    _ scan: Scan, _ revision: FactRevision, _ limit: Int?
  ) async throws -> FactPage {
    let countMax = min(max(limit ?? FactPage.countMax, 0), FactPage.countMax)
    var page = FactPage([], revision: revision, hasMore: false)
    var byteCount = 0
    while let batch = try await scan.next(recordsMax: min(countMax + 1, 1024)) {
      try batch.forEach { key, value in
        if page.facts.count >= countMax || byteCount >= FactPage.byteCountMax {
          page.hasMore = true
          return
        }
        byteCount += key.byteCount + value.byteCount
        page.facts.append(try FactRecords.fact(FactRecords.name(key), decoding: value))
      }
      if page.hasMore { break }
    }
    return page
  }

  package func watch(_ prefix: String, after revision: FactRevision) async throws(FactsError)
    -> any FactWatch
  {
    let bytes = try await translated(whileChanging: false) {
      try await self.store.get(FactsState.key, in: self.families.state)
    }
    let state = try bytes.map { (bytes) throws(FactsError) in
      try FactsState(decoding: bytes.rawBytes)
    }
    try Self.checkKept(revision, first: state?.logFirst ?? 1)
    return try EmbeddedWatch(self, prefix, after: revision)
  }

  private static func checkKept(_ revision: FactRevision, first: Int64) throws(FactsError) {
    guard revision.number >= first - 1 else {
      throw FactsError(
        .compacted, "changes behind revision \(revision) were forgotten up to \(first - 1)")
    }
  }

  /// Changes behind `revision`, from the log: as many revisions as one reading gives, nil when there
  /// are none.
  func changes(_ prefix: String, after revision: FactRevision) async throws(FactsError)
    -> FactChanges?
  {
    try await translated(whileChanging: false) {
      let first = revision.number + 1
      let scan = try self.store.scan(
        KeyRange(from: FactRecords.bigEndian(first)), in: self.families.log)
      guard let batch = try await scan.next(recordsMax: 1024, bytesMax: 1 << 20) else { return nil }
      var told = FactChanges([], revision: revision)
      try batch.forEach { key, value in
        let number = try FactRecords.number(inKey: key)
        if told.revision == revision { try Self.checkKept(revision, first: number) }
        let changes = try FactRecords.changes(FactRevision(number), decoding: value)
        told.append(changes.changes, prefix)
        told.revision = changes.revision
      }
      return told
    }
  }
}
