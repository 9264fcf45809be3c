import Bytes
@testable import Catalog
import Iceberg
import Runtime
import TestSupport
import Testing
import Values

/// What any store of the catalog must do.
@Suite("Store")
struct StoreTests {
  private let folder = TemporaryDirectory("store")

  /// Runs `body` with an empty store that has the warehouse `w`.
  private func with(
    _ body: @escaping @Sendable (any CatalogStore) async throws -> Void
  ) async throws {
    let path = self.folder.file("store")
    try await withLoops { group in
      let pool = BlockingPool(name: "store-test", threads: 2)
      let store = try await pool.run(throwing: { try EmbeddedStore(path: path, pool: pool) })
      let record = WarehouseRecord(
        "w", id: Self.id(1), location: "file:///wh", storage: .file, createdAtMS: 1)
      #expect(
        try await store.apply(CatalogChange(in: "w", [.createWarehouse(record)])) == .applied)
      try await body(store)
      await store.close()
      try await group.filePool.run { pool.stop() }
    }
  }

  private static func id(_ number: UInt64) -> ObjectID { ObjectID(high: 7, low: number) }

  private static func record(
    _ number: UInt64, _ name: String, in namespace: Namespace = Namespace(["a"]),
    at location: String? = nil, _ kind: ObjectKind = .table
  ) -> ObjectRecord {
    ObjectRecord(
      id: self.id(number), kind, TableIdentifier(namespace, name), uuid: self.id(number + 1000),
      metadataLocation: "file:///wh/\(name)/0.json",
      location: location ?? "file:///wh/\(name)", createdAtMS: 5)
  }

  private static func namespace(_ levels: String...) -> ChangeStep {
    .createNamespace(NamespaceRecord(Namespace(levels), createdAtMS: 1))
  }

  private func apply(
    _ store: any CatalogStore, _ steps: ChangeStep...
  ) async throws -> ChangeOutcome {
    try await store.apply(CatalogChange(in: "w", steps))
  }

  private func expect(
    _ store: any CatalogStore, _ steps: ChangeStep..., outcome expected: ChangeOutcome
  ) async throws {
    let outcome = try await store.apply(CatalogChange(in: "w", steps))
    #expect(outcome == expected)
  }

  @Test("namespaces are there once, below their parents, and empty when they go")
  func namespaces() async throws {
    try await self.with { store in
      try await self.expect(
        store, Self.namespace("a", "b"),
        outcome: .refused(.namespaceMissing(Namespace(["a"])), step: 0))
      // Steps see what the steps before have made.
      try await self.expect(store, Self.namespace("a"), Self.namespace("a", "b"), outcome: .applied)
      try await self.expect(
        store, Self.namespace("a"), outcome: .refused(.namespaceExists(Namespace(["a"])), step: 0))
      try await self.expect(
        store, .dropNamespace(Namespace(["a"])),
        outcome: .refused(.namespaceNotEmpty(Namespace(["a"])), step: 0))
      try await self.expect(
        store, .dropNamespace(Namespace(["a", "b"])), .dropNamespace(Namespace(["a"])),
        outcome: .applied)
      #expect(try await store.namespace(Namespace(["a"]), in: "w") == nil)
    }
  }

  @Test("a list has direct children only, in the order of their bytes, page by page")
  func pages() async throws {
    try await self.with { store in
      let names = ["b", "a", "é", "a.b", "Z", "a\u{20}b", "zz"]
      for name in names { _ = try await self.apply(store, Self.namespace(name)) }
      _ = try await self.apply(store, Self.namespace("a", "child"))
      var seen: [String] = []
      while true {
        let page = try await store.namespaces(
          below: nil, in: "w", after: seen.last, limit: 2)
        if page.isEmpty { break }
        seen += page.map { $0.levels[0] }
      }
      #expect(
        seen == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
      let children = try await store.namespaces(
        below: Namespace(["a"]), in: "w", after: nil, limit: 10)
      #expect(children == [Namespace(["a", "child"])])
    }
  }

  @Test("tables and views share names; a location holds one object")
  func names() async throws {
    try await self.with { store in
      _ = try await self.apply(store, Self.namespace("a"))
      let table = Self.record(1, "t")
      try await self.expect(store, .create(table, document: [1]), outcome: .applied)
      try await self.expect(
        store, .create(Self.record(2, "t", at: "file:///wh/x", .view), document: []),
        outcome: .refused(.nameTaken(table.identifier, .table), step: 0))
      for (number, location) in [
        (3, "file:///wh/t"), (4, "file:///wh/t/below"), (5, "file:///wh"),
      ] as [(UInt64, String)] {
        let other = Self.record(number, "o\(number)", at: location)
        try await self.expect(
          store, .create(other, document: []), outcome: .refused(.locationTaken(location), step: 0))
      }
      let near = Self.record(6, "t2", at: "file:///wh/t2")
      try await self.expect(store, .create(near, document: []), outcome: .applied)
      let owner = try await store.owner(
        of: Location(parsing: "file:///wh/t/data/x.parquet"), in: "w")
      #expect(owner == table.id)
    }
  }

  @Test("a pointer moves from where it was seen, and from nowhere else")
  func compareAndSet() async throws {
    try await self.with { store in
      _ = try await self.apply(store, Self.namespace("a"))
      let first = Self.record(1, "t")
      _ = try await self.apply(store, .create(first, document: [1]))
      let second = first.moved(
        to: "file:///wh/t/1.json", uuid: first.uuid, location: first.location, atMS: 9)
      try await self.expect(
        store, .replace(second, document: [2, 2], version: 1), outcome: .applied)
      try await self.expect(
        store, .replace(second, document: [3], version: 1),
        outcome: .refused(.pointerMoved(first.identifier), step: 0))
      let document = try #require(try await store.document(first.id))
      #expect(document.metadataLocation == "file:///wh/t/1.json")
      #expect(document.version == 2)
      #expect(document.withBytes { [UInt8]($0) } == [2, 2])
      #expect(try await store.object(first.id) == second)
    }
  }

  @Test("the steps of a change happen together or not at all")
  func atomic() async throws {
    try await self.with { store in
      _ = try await self.apply(store, Self.namespace("a"))
      let one = Self.record(1, "one")
      _ = try await self.apply(store, .create(one, document: [1]))
      let moved = one.moved(to: "file:///1", uuid: one.uuid, location: one.location, atMS: 9)
      let outcome = try await self.apply(
        store, .replace(moved, document: [2], version: 1), Self.namespace("new"),
        .create(Self.record(2, "two", in: Namespace(["none"])), document: []))
      #expect(outcome == .refused(.namespaceMissing(Namespace(["none"])), step: 2))
      #expect(try await store.object(one.id) == one)
      #expect(try await store.namespace(Namespace(["new"]), in: "w") == nil)
      // Two new objects of one change are in each other's way like any others.
      let clash = try await self.apply(
        store, .create(Self.record(3, "x", at: "file:///wh/p"), document: []),
        .create(Self.record(4, "y", at: "file:///wh/p/q"), document: []))
      #expect(clash == .refused(.locationTaken("file:///wh/p/q"), step: 1))
    }
  }

  @Test("a rename keeps the object; a dropped one can be held, restored and forgotten")
  func life() async throws {
    try await self.with { store in
      _ = try await self.apply(store, Self.namespace("a"), Self.namespace("b"))
      let record = Self.record(1, "t")
      _ = try await self.apply(store, .create(record, document: [1]))
      let target = TableIdentifier(Namespace(["b"]), "u")
      try await self.expect(
        store, .rename(record.identifier, to: target, .view),
        outcome: .refused(.objectMissing(record.identifier, .view), step: 0))
      try await self.expect(
        store, .rename(record.identifier, to: target, .table), outcome: .applied)
      #expect(try await store.entry(target, in: "w")?.id == record.id)
      #expect(try await store.entry(record.identifier, in: "w") == nil)
      let held = ObjectRecord.Dropped(atMS: 1, purgeAtMS: 2, purges: true)
      try await self.expect(
        store, .drop(target, .table, id: record.id, held: held), outcome: .applied)
      #expect(try await store.entry(target, in: "w") == nil)
      #expect(try await store.dropped(in: "w", after: nil, limit: 5).map(\.id) == [record.id])
      // Its place stays taken.
      try await self.expect(
        store, .create(Self.record(2, "t"), document: []),
        outcome: .refused(.locationTaken(record.location), step: 0))
      try await self.expect(
        store, .restore(record.id, as: record.identifier, atMS: 4), outcome: .applied)
      #expect(try await store.entry(record.identifier, in: "w")?.id == record.id)
      _ = try await self.apply(
        store, .drop(record.identifier, .table, id: record.id, held: held))
      try await self.expect(store, .forget(record.id), outcome: .applied)
      #expect(try await store.document(record.id) == nil)
      try await self.expect(store, .create(Self.record(2, "t"), document: []), outcome: .applied)
    }
  }

  @Test("a request's outcome is kept with its effect, and once")
  func requests() async throws {
    try await self.with { store in
      let key = RequestKey(warehouse: "w", principal: "user:ann", key: Self.id(9))
      let record = RequestRecord(
        key, fingerprint: "f", createdAtMS: 10, status: 200, answer: .body("{}"))
      let change = CatalogChange(in: "w", [Self.namespace("a")], request: record)
      let outcome = try await store.apply(change)
      #expect(outcome == .applied)
      #expect(try await store.request(key) == record)
      #expect(try await store.apply(change) == .refused(.requestTaken(record), step: 0))
      let failing = CatalogChange(
        in: "w", [Self.namespace("a")],
        request: RequestRecord(
          RequestKey(warehouse: "w", principal: "user:bob", key: Self.id(9)), fingerprint: "f",
          createdAtMS: 10, status: 200, answer: .nothing))
      #expect(
        try await store.apply(failing)
          == .refused(.namespaceExists(Namespace(["a"])), step: 0))
      #expect(try await store.request(failing.request!.key) == nil)  // It was given one.
      #expect(try await store.forget(requestsBefore: 11, eventsBefore: 0).requests == 1)
      #expect(try await store.request(key) == nil)
    }
  }

  @Test("events are numbered without holes, also over a refused change")
  func events() async throws {
    try await self.with { store in
      func event(_ number: UInt64) -> CatalogEvent {
        CatalogEvent(
          id: Self.id(number), .namespaceCreated, atMS: Int64(number), warehouse: "w",
          actor: "ann", details: ["n": "9007199254740993"])
      }
      #expect(try await store.eventRange() == nil)
      _ = try await store.apply(
        CatalogChange(in: "w", [Self.namespace("a")], events: [event(1), event(2)]))
      _ = try await store.apply(
        CatalogChange(in: "w", [Self.namespace("a")], events: [event(3)]))
      _ = try await store.apply(
        CatalogChange(in: "w", [Self.namespace("b")], events: [event(4)]))
      let all = try await store.events(after: 0, limit: 10)
      #expect(all.map(\.number) == [1, 2, 3])
      #expect(all.map(\.event) == [event(1), event(2), event(4)])
      #expect(try await store.events(after: 2, limit: 10).map(\.number) == [3])
      #expect(try await store.forget(requestsBefore: 0, eventsBefore: 2).events == 1)
      #expect(try await store.eventRange() == 2...3)
    }
  }

  @Test("what was acknowledged is there after the store was closed and opened again")
  func durable() async throws {
    let path = self.folder.file("store")
    try await self.with { store in
      _ = try await self.apply(store, Self.namespace("a"))
      _ = try await self.apply(store, .create(Self.record(1, "t"), document: [1, 2]))
    }
    try await withLoops { group in
      let pool = BlockingPool(name: "store-test", threads: 2)
      let store = try await pool.run(throwing: { try EmbeddedStore(path: path, pool: pool) })
      #expect(try await store.warehouses().map(\.name) == ["w"])
      #expect(try await store.document(Self.id(1))?.byteCount == 2)
      await store.close()
      try await group.filePool.run { pool.stop() }
    }
  }
}
