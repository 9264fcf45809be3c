import Bytes
@testable import Catalog
import Iceberg
import Runtime
import TestSupport
import Testing
import Values

/// What any store of the catalog must do.
@Suite("Store", .serialized)
struct StoreTests {
  private let folder = TemporaryDirectory("store")

  /// Runs `body` with an empty store that has the warehouse `w`.
  private func with(
    _ form: StoreForm, _ body: @escaping @Sendable (any CatalogStore) async throws -> Void
  ) async throws {
    let place = try await StorePlace(form, self.folder)
    try await place.with { store in
      let record = WarehouseRecord(
        "w", id: Self.id(1), location: "file:///wh", storage: .file, createdAtMS: 1)
      #expect(
        try await store.apply(CatalogChange(in: "w", [.createWarehouse(record)])) == .applied)
      try await body(store)
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

  @Test(
    "namespaces are there once, below their parents, and empty when they go",
    arguments: StoreForm.allCases)
  func namespaces(form: StoreForm) async throws {
    try await self.with(form) { store in
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

  @Test(
    "a list has direct children only, in the order of their bytes, page by page",
    arguments: StoreForm.allCases)
  func pages(form: StoreForm) async throws {
    try await self.with(form) { store in
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

  @Test("tables and views share names; a location holds one object", arguments: StoreForm.allCases)
  func names(form: StoreForm) async throws {
    try await self.with(form) { store in
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

  @Test(
    "a pointer moves from where it was seen, and from nowhere else",
    arguments: StoreForm.allCases)
  func compareAndSet(form: StoreForm) async throws {
    try await self.with(form) { store in
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

  @Test("the steps of a change happen together or not at all", arguments: StoreForm.allCases)
  func atomic(form: StoreForm) async throws {
    try await self.with(form) { store in
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

  @Test(
    "a rename keeps the object; a dropped one can be held, restored and forgotten",
    arguments: StoreForm.allCases)
  func life(form: StoreForm) async throws {
    try await self.with(form) { store in
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

  @Test("a request's outcome is kept with its effect, and once", arguments: StoreForm.allCases)
  func requests(form: StoreForm) async throws {
    try await self.with(form) { store in
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

  @Test(
    "events are numbered without holes, also over a refused change",
    arguments: StoreForm.allCases)
  func events(form: StoreForm) async throws {
    try await self.with(form) { store in
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

  @Test("what was acknowledged is there after a close", arguments: StoreForm.allCases)
  func durable(form: StoreForm) async throws {
    let place = try await StorePlace(form, self.folder)
    try await place.with { store in
      let record = WarehouseRecord(
        "w", id: Self.id(1), location: "file:///wh", storage: .file, createdAtMS: 1)
      _ = try await self.apply(store, .createWarehouse(record), Self.namespace("a"))
      _ = try await self.apply(store, .create(Self.record(1, "t"), document: [1, 2]))
      #expect(try await store.setting("key", orElse: [1]) == [1])
    }
    try await place.with { store in
      let names = try await store.warehouses().map(\.name)
      #expect(names == ["w"])
      let document = try await store.document(Self.id(1))
      #expect(document?.byteCount == 2)
      let setting = try await store.setting("key", orElse: [2])
      #expect(setting == [1])
    }
  }

  @Test("a load is the name, the pointer and the document", arguments: StoreForm.allCases)
  func load(form: StoreForm) async throws {
    try await self.with(form) { store in
      _ = try await self.apply(store, Self.namespace("a"))
      var record = Self.record(1, "t")
      record.size = TableSize(snapshotID: 9_007_199_254_740_993, rows: .max)
      _ = try await self.apply(store, .create(record, document: [7, 0, 8]))
      let loaded = try #require(try await store.load(record.identifier, in: "w"))
      #expect(loaded.entry.id == record.id)
      #expect(loaded.document.metadataLocation == record.metadataLocation)
      #expect(loaded.document.withBytes { [UInt8]($0) } == [7, 0, 8])
      let state = try #require(try await store.state(record.id))
      #expect(state.record == record)
      #expect(state.document.version == 1)
      _ = try await self.apply(store, .create(Self.record(2, "u", .view), document: []))
      _ = try await self.apply(store, .create(Self.record(3, "v"), document: []))
      let objects = try await store.objects(
        of: .table, in: Namespace(["a"]), of: "w", after: nil, limit: 2)
      #expect(objects.map(\.identifier.name) == ["t", "v"])
      #expect(objects.first == record)
      let rest = try await store.objects(
        of: .table, in: Namespace(["a"]), of: "w", after: "t", limit: 1)
      #expect(rest.map(\.identifier.name) == ["v"])
      #expect(try await store.load(record.identifier, in: "v") == nil)
      #expect(try await store.state(Self.id(4)) == nil)
    }
  }

  @Test("names and places may be long and hold any character", arguments: StoreForm.allCases)
  func unusual(form: StoreForm) async throws {
    try await self.with(form) { store in
      let level = String(repeating: "\u{1F30A}", count: 255)
      let levels = (0..<6).map { "\($0)'\"{},\\" + level.dropLast(12) }
      for depth in 1...levels.count {
        let outcome = try await self.apply(
          store,
          .createNamespace(NamespaceRecord(Namespace(Array(levels.prefix(depth))), createdAtMS: 1)))
        #expect(outcome == .applied)
      }
      let namespace = Namespace(levels)
      let place = "file:///wh/" + String(repeating: "a\"b,c}/", count: 400)
      let record = Self.record(1, "t", in: namespace, at: place + "t")
      try await self.expect(store, .create(record, document: [1]), outcome: .applied)
      #expect(try await store.entry(record.identifier, in: "w")?.id == record.id)
      #expect(try await store.object(record.id) == record)
      let below = Self.record(2, "u", in: namespace, at: place + "t/u")
      try await self.expect(
        store, .create(below, document: []),
        outcome: .refused(.locationTaken(below.location), step: 0))
      let beside = Self.record(3, "v", in: namespace, at: place + "t2")
      try await self.expect(store, .create(beside, document: []), outcome: .applied)
      #expect(
        try await store.owner(of: Location(parsing: place + "t2/x"), in: "w") == beside.id)
    }
  }

  @Test("changes that come at once: one of each pair wins", arguments: StoreForm.allCases)
  func races(form: StoreForm) async throws {
    try await self.with(form) { store in
      _ = try await self.apply(store, Self.namespace("a"))
      for round in 0..<10 {
        let base = UInt64(100 + round * 10)
        let outcomes = try await Self.atOnce(4) { number in
          // The same name, and places that lie in each other.
          let place = "file:///wh/r\(round)" + String(repeating: "/x", count: number)
          return try await store.apply(
            CatalogChange(
              in: "w",
              [
                .create(
                  Self.record(base + UInt64(number), "n\(round)-\(number % 2)", at: place),
                  document: [])
              ]))
        }
        #expect(outcomes.filter { $0 == .applied }.count == 1, "\(outcomes)")
      }
      let first = Self.record(1, "t")
      _ = try await self.apply(store, .create(first, document: [1]))
      let outcomes = try await Self.atOnce(8) { number in
        let next = first.moved(
          to: "file:///wh/t/\(number).json", uuid: first.uuid, location: first.location, atMS: 9)
        return try await store.apply(
          CatalogChange(in: "w", [.replace(next, document: [UInt8(number)], version: 1)]))
      }
      #expect(outcomes.filter { $0 == .applied }.count == 1)
      #expect(
        outcomes.filter { $0 == .refused(.pointerMoved(first.identifier), step: 0) }.count == 7)
    }
  }

  @Test("a namespace that is dropped while something is made in it", arguments: StoreForm.allCases)
  func dropAgainstCreate(form: StoreForm) async throws {
    try await self.with(form) { store in
      for round in 0..<10 {
        let namespace = Namespace(["r\(round)"])
        _ = try await self.apply(
          store, .createNamespace(NamespaceRecord(namespace, createdAtMS: 1)))
        let outcomes = try await Self.atOnce(2) { number in
          try await store.apply(
            CatalogChange(
              in: "w",
              [
                number == 0
                  ? .dropNamespace(namespace)
                  : .create(
                    Self.record(UInt64(500 + round), "t\(round)", in: namespace), document: [])
              ]))
        }
        let allowed: [[ChangeOutcome]] = [
          [.applied, .refused(.namespaceMissing(namespace), step: 0)],
          [.refused(.namespaceNotEmpty(namespace), step: 0), .applied],
        ]
        #expect(allowed.contains(outcomes), "\(outcomes)")
      }
    }
  }

  @Test("transactions over the same tables in any order end", arguments: StoreForm.allCases)
  func crossing(form: StoreForm) async throws {
    try await self.with(form) { store in
      _ = try await self.apply(store, Self.namespace("a"))
      let tables = (0..<6).map { Self.record(UInt64(10 + $0), "t\($0)") }
      for table in tables { _ = try await self.apply(store, .create(table, document: [0])) }
      let outcomes = try await Self.atOnce(12) { number in
        let order = number % 2 == 0 ? tables : tables.reversed()
        for _ in 0..<200 {
          var steps: [ChangeStep] = []
          for table in order {
            guard let state = try await store.state(table.id) else { continue }
            steps.append(
              .replace(
                state.record.moved(
                  to: "file:///\(number)", uuid: table.uuid, location: table.location, atMS: 9),
                document: [1], version: state.record.version))
          }
          let outcome = try await store.apply(CatalogChange(in: "w", steps))
          if outcome == .applied { return outcome }
        }
        return .refused(.pointerMoved(tables[0].identifier), step: 0)
      }
      #expect(outcomes == Array(repeating: .applied, count: 12))
      for table in tables { #expect(try await store.object(table.id)?.version == 13) }
    }
  }

  /// Runs so many at once; what they have come to, in their order.
  private static func atOnce(
    _ count: Int, _ body: @escaping @Sendable (Int) async throws -> ChangeOutcome
  ) async throws -> [ChangeOutcome] {
    try await withThrowingTaskGroup(of: (Int, ChangeOutcome).self) { group in
      for number in 0..<count { group.addTask { (number, try await body(number)) } }
      var found: [Int: ChangeOutcome] = [:]
      for try await (number, outcome) in group { found[number] = outcome }
      return (0..<count).compactMap { found[$0] }
    }
  }
}
