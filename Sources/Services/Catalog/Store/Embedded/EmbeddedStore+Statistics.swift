import Bytes
import Iceberg
import KeyValue
import Values

/// Counts, and sizes of tables over time.
extension EmbeddedStore {
  func counts(
    in namespace: Namespace, of warehouse: String
  ) async throws(CatalogStoreError) -> ObjectCounts {
    let kinds = try await self.page(
      StoreKeys.names(in: namespace, of: warehouse), after: nil, limit: .max, in: self.names
    ) { (_, value) throws(CatalogStoreError) in
      value.byteCount > 0 ? value.unsafeLoad(as: UInt8.self) : nil
    }
    let tables = kinds.count { $0 == ObjectKind.table.rawValue }
    return ObjectCounts(tables: Int64(tables), views: Int64(kinds.count - tables))
  }

  func statistics(
    of id: ObjectID, since: Int64, before: Int64, limit: Int
  ) async throws(CatalogStoreError) -> [TablePoint] {
    let prefix = StoreKeys.bytes(id)
    let points = try await self.page(
      prefix, after: nil, limit: .max, in: self.sizes
    ) { (key, value) throws(CatalogStoreError) -> TablePoint? in
      guard let atMS = StoreKeys.number(key.extracting(prefix.count..<key.byteCount).array),
        atMS >= since, atMS < before
      else { return nil }
      return TablePoint(atMS: atMS, size: try StoreRecords.decode(value))
    }
    return Array(points.reversed().prefix(limit))
  }

  func thinStatistics(atMS now: Int64) async throws(CatalogStoreError) -> Int {
    var count = 0
    var thinning = StatisticsThinning()
    do throws(StoreError) {
      let scan = try self.store.scan(
        .all, in: self.sizes,
        ScanOptions {
          $0.fillsCache = false
          $0.onlyKeys = true
        })
      while let batch = try await scan.next(recordsMax: 4096) {
        batch.forEach { key, _ in thinning.add(key.array, atMS: now) }
        count += try await self.delete(thinning.taken())
      }
      count += try await self.delete(thinning.finish())
      for id in thinning.ids {
        guard try await self.store.get(StoreKeys.object(id), in: self.names) == nil else {
          continue
        }
        var batch = WriteBatch()
        batch.deleteRange(
          from: StoreKeys.bytes(id), to: StoreKeys.statistics(id, atMS: .max) + [0], in: self.sizes)
        try await self.store.commit(batch, .logged)
        count += 1
      }
    } catch {
      throw CatalogStoreError(error, whileChanging: false)
    }
    return count
  }

  private func delete(_ keys: [[UInt8]]) async throws(StoreError) -> Int {
    guard !keys.isEmpty else { return 0 }
    var batch = WriteBatch()
    for key in keys { batch.delete(key, in: self.sizes) }
    try await self.store.commit(batch, .logged)
    return keys.count
  }
}

/// Decides which points go, from their keys in order: of each span the last one stays.
private struct StatisticsThinning {
  private(set) var ids: [ObjectID] = []
  private var gone: [[UInt8]] = []
  private var last: (key: [UInt8], id: ObjectID, span: Int64)?
  private var kept: [[UInt8]] = []

  mutating func add(_ key: [UInt8], atMS now: Int64) {
    guard let id = StoreKeys.id(key.prefix(16)), let atMS = StoreKeys.number(key.dropFirst(16))
    else { return }
    if id != self.ids.last {
      self.shorten()
      self.ids.append(id)
      self.last = nil
    }
    guard let span = StatisticsAges.span(of: atMS, atMS: now) else {
      self.gone.append(key)
      return
    }
    if let last, last.span == span {
      self.gone.append(last.key)
      self.kept.removeLast()
    }
    self.last = (key, id, span)
    self.kept.append(key)
  }

  /// The oldest of a table that still has too many.
  private mutating func shorten() {
    if self.kept.count > StatisticsAges.countMax {
      self.gone += self.kept.prefix(self.kept.count - StatisticsAges.countMax)
    }
    self.kept = []
  }

  mutating func taken() -> [[UInt8]] {
    defer { self.gone = [] }
    return self.gone
  }

  mutating func finish() -> [[UInt8]] {
    self.shorten()
    return self.taken()
  }
}
