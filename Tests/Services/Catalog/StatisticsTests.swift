import Bytes
@testable import Catalog
import Iceberg
import JSON
import Runtime
import TestSupport
import Testing
import Values

/// Counts of namespaces and sizes of tables over time, as any store must keep them.
@Suite("Sizes over time", .serialized)
struct StatisticsTests {
  private let folder = TemporaryDirectory("statistics")
  private static let day = StatisticsAges.dayMS
  private static let now = 4_000 * day + 12 * 3_600_000

  private static func record(
    _ number: UInt64, _ name: String, _ kind: ObjectKind = .table
  ) -> ObjectRecord {
    ObjectRecord(
      id: ObjectID(high: 9, low: number), kind, TableIdentifier(Namespace(["a"]), name),
      uuid: ObjectID(high: 9, low: number + 1000), metadataLocation: "file:///wh/\(name)/0.json",
      location: "file:///wh/\(name)", createdAtMS: 5)
  }

  private func with(
    _ form: StoreForm, _ body: @escaping @Sendable (any CatalogStore) async throws -> Void
  ) async throws {
    let place = try await StorePlace(form, self.folder)
    try await place.with { store in
      let warehouse = WarehouseRecord(
        "w", id: ObjectID(high: 9, low: 1), location: "file:///wh", storage: .file, createdAtMS: 1)
      let namespace = NamespaceRecord(Namespace(["a"]), createdAtMS: 1)
      let made = CatalogChange(in: "w", [.createWarehouse(warehouse), .createNamespace(namespace)])
      #expect(try await store.apply(made) == .applied)
      try await body(store)
    }
  }

  /// Makes a table and gives it a size at each of some times.
  private static func fill(
    _ store: any CatalogStore, _ number: UInt64, at times: [Int64]
  ) async throws -> ObjectID {
    var record = Self.record(number, "t\(number)")
    let made = CatalogChange(in: "w", [.create(record, document: [1])])
    #expect(try await store.apply(made) == .applied)
    for (index, time) in times.enumerated() {
      record = record.moved(
        to: "file:///wh/\(number)/\(index).json", uuid: record.uuid, location: record.location,
        atMS: time)
      record.size = TableSize(snapshotID: Int64(index + 1), rows: time)
      var change = CatalogChange(
        in: "w", [.replace(record, document: [2], version: record.version - 1)])
      change.resized = [record.id]
      #expect(try await store.apply(change) == .applied)
    }
    return record.id
  }

  @Test("tables and views are counted apart", arguments: StoreForm.allCases)
  func counts(form: StoreForm) async throws {
    try await self.with(form) { store in
      let a = Namespace(["a"])
      #expect(try await store.counts(in: a, of: "w") == ObjectCounts())
      let change = CatalogChange(
        in: "w",
        [
          .create(Self.record(1, "t"), document: [1]), .create(Self.record(2, "u"), document: [1]),
          .create(Self.record(3, "v", .view), document: [1]),
        ])
      let outcome = try await store.apply(change)
      #expect(outcome == .applied)
      #expect(try await store.counts(in: a, of: "w") == ObjectCounts(tables: 2, views: 1))
      #expect(try await store.counts(in: Namespace(["b"]), of: "w") == ObjectCounts())
    }
  }

  @Test("come newest first, within a span and by pages", arguments: StoreForm.allCases)
  func reading(form: StoreForm) async throws {
    try await self.with(form) { store in
      let id = try await Self.fill(store, 1, at: [100, 200, 300, 400])
      _ = try await Self.fill(store, 2, at: [250])
      func times(_ since: Int64, _ before: Int64, _ limit: Int) async throws -> [Int64] {
        try await store.statistics(of: id, since: since, before: before, limit: limit).map(\.atMS)
      }
      #expect(try await times(.min, .max, 10) == [400, 300, 200, 100])
      #expect(try await times(200, .max, 10) == [400, 300, 200])
      #expect(try await times(.min, 300, 10) == [200, 100])
      #expect(try await times(.min, .max, 2) == [400, 300])
      let newest = try #require(
        try await store.statistics(of: id, since: .min, before: .max, limit: 1).first)
      #expect(newest.size.snapshotID == 4)
    }
  }

  @Test("get fewer with age, the last of each hour and day stays", arguments: StoreForm.allCases)
  func thinning(form: StoreForm) async throws {
    try await self.with(form) { store in
      let hour = Self.now - 2 * Self.day  // At a full hour.
      let month = 3_900 * Self.day
      let kept = [
        month + 9, month + Self.day, hour + 50, hour + 3_600_000, Self.now - 3, Self.now - 2,
      ]
      let gone = [5, month + 3, month + 8, hour + 1, hour + 49]
      let id = try await Self.fill(store, 1, at: (kept + gone).sorted())
      #expect(try await store.thinStatistics(atMS: Self.now) == gone.count)
      let found = try await store.statistics(of: id, since: .min, before: .max, limit: 100)
      #expect(found.map(\.atMS) == kept.sorted().reversed())
      #expect(try await store.thinStatistics(atMS: Self.now) == 0)
    }
  }

  @Test("go with their table", arguments: StoreForm.allCases)
  func dropping(form: StoreForm) async throws {
    try await self.with(form) { store in
      let id = try await Self.fill(store, 1, at: [Self.now - 2, Self.now - 1])
      let other = try await Self.fill(store, 2, at: [Self.now - 1])
      let name = TableIdentifier(Namespace(["a"]), "t1")
      let dropped = CatalogChange(in: "w", [.drop(name, .table, id: id, held: nil)])
      #expect(try await store.apply(dropped) == .applied)
      _ = try await store.thinStatistics(atMS: Self.now)
      func count(_ id: ObjectID) async throws -> Int {
        try await store.statistics(of: id, since: .min, before: .max, limit: 10).count
      }
      #expect(try await count(id) == 0)
      #expect(try await count(other) == 1)
    }
  }

  @Test("a namespace goes with all that is in it, and going again is nothing")
  func tree() async throws {
    try await CatalogFixture.with { lake in
      for levels in [["a"], ["a", "b"], ["a", "b", "c"], ["d"]] {
        let made = try await lake.post(
          "/v1/namespaces", ["namespace": .array(levels.map { .string($0) })])
        #expect(made.status == 200)
      }
      for number in 0..<5 { try await lake.makeTable("a", "t\(number)") }
      try await lake.makeTable("a%1Fb%1Fc", "deep")
      try await lake.makeTable("d", "other")
      let warehouse = try lake.catalog.warehouse(nil)
      let seen = Guarded<[Int64]>([])
      let count = try await lake.catalog.dropTree(
        Namespace(["a"]), in: warehouse, by: CatalogFixture.anybody
      ) { count in seen.withLock { $0.append(count) } }
      #expect(count == 6)
      #expect(seen.withLock { $0.last } == 6)
      let again = try await lake.catalog.dropTree(
        Namespace(["a"]), in: warehouse, by: CatalogFixture.anybody)
      #expect(again == 0)
      let left = try await lake.get("/v1/namespaces")
      #expect(left.body["namespaces"] == [["d"]])
    }
  }
}
