import Bytes
@testable import Catalog
import HTTP
import Iceberg
import JSON
import Runtime
import TestSupport
import Testing
import Values

/// A process that ends between any two steps of a commit: another one that goes on with its store and its
/// files sees the old or the new version, whole, and a repeat with the same key makes the change once.
@Suite("Ends between the steps of a commit", .serialized)
struct CommitSeamTests {
  /// Steps of a commit at which a process may end, in their order.
  enum Step: String, CaseIterable, Sendable {
    case beforeFile, afterFile, beforeStore, afterStore
    /// What a commit has made by then.
    var isDone: Bool { self == .afterStore }
  }

  @Test(
    "one table", arguments: Step.allCases, [StoreForm.embedded, StoreForm.postgresql])
  func oneTable(step: Step, form: StoreForm) async throws {
    try await self.run(step, form, tables: ["t"])
  }

  @Test(
    "three tables together", arguments: Step.allCases, [StoreForm.embedded, StoreForm.postgresql])
  func transaction(step: Step, form: StoreForm) async throws {
    try await self.run(step, form, tables: ["t", "u", "v"])
  }

  private func run(_ step: Step, _ form: StoreForm, tables: [String]) async throws {
    let folder = TemporaryDirectory("seams")
    let place = try await Self.place(form)
    let key = "01890a5d-ac96-774b-bcce-b302099a8057"
    let fault = Seam(step)
    // The process that ends.
    try await CatalogFixture.with(store: place, folder: folder, seam: fault) { lake in
      try await lake.makeNamespace("ns")
      for table in tables { try await lake.makeTable("ns", table) }
      fault.arm()
      _ = try? await Self.commit(lake, tables, key)
      #expect(fault.hasFired)
    }
    // The next one.
    try await CatalogFixture.with(store: place, folder: folder) { lake in
      for table in tables {
        let properties = try await Self.properties(lake, table)
        #expect((properties["n"] == "1") == step.isDone, "\(table): \(properties)")
      }
      let first = try await Self.commit(lake, tables, key)
      #expect(first.status == (tables.count == 1 ? 200 : 204))
      let again = try await Self.commit(lake, tables, key)
      #expect(again.status == first.status)
      for table in tables {
        let loaded = try await lake.get("/v1/namespaces/ns/tables/\(table)")
        #expect(loaded.body["metadata"]?["properties"]?["n"]?.string == "1")
        // One version more than the one that was created, whatever happened in between.
        #expect(loaded.body["metadata"]?["metadata-log"]?.array?.count == 1)
        let location = try #require(loaded.body["metadata-location"]?.string)
        let file = try await lake.storage.read(location, limit: 1 << 20)
        #expect(try JSONValue(parsing: file.rawBytes) == loaded.body["metadata"])
      }
    }
  }

  private static func place(_ form: StoreForm) async throws -> CatalogFixture.Place {
    guard form != .embedded else { return .embedded }
    let shared = try await sharedPostgres.value()
    let name = "seam\(UInt64.random(in: 0 ... .max))"
    return .postgresql(try await shared.server.makeDatabase(name))
  }

  private static func properties(
    _ lake: CatalogFixture, _ table: String
  ) async throws -> [String: String] {
    let loaded = try await lake.get("/v1/namespaces/ns/tables/\(table)")
    #expect(loaded.status == 200)
    let found = loaded.body["metadata"]?["properties"]?.object
    return Dictionary(
      uniqueKeysWithValues: (found?.names ?? []).map { ($0, found?[$0]?.string ?? "") })
  }

  private static func commit(
    _ lake: CatalogFixture, _ tables: [String], _ key: String
  ) async throws -> CatalogFixture.Answer {
    let fields = [(name: "Idempotency-Key", value: key)]
    let updates: JSONValue = [["action": "set-properties", "updates": ["n": "1"]]]
    guard tables.count > 1 else {
      return try await lake.post(
        "/v1/namespaces/ns/tables/t", ["requirements": [], "updates": updates], fields: fields)
    }
    let changes = tables.map { table -> JSONValue in
      [
        "identifier": ["namespace": ["ns"], "name": .string(table)], "requirements": [],
        "updates": updates,
      ]
    }
    return try await lake.post(
      "/v1/transactions/commit", ["table-changes": .array(changes)], fields: fields)
  }
}

/// Where a process ends: from then on nothing that it does reaches anybody.
final class Seam: Sendable {
  private struct State {
    var isArmed = false
    var hasFired = false
  }
  private let state = Guarded(State())
  private let step: CommitSeamTests.Step

  init(_ step: CommitSeamTests.Step) { self.step = step }

  func arm() { self.state.withLock { $0.isArmed = true } }
  var hasFired: Bool { self.state.withLock { $0.hasFired } }

  /// Whether the process is gone, at this step.
  func ends(_ step: CommitSeamTests.Step) -> Bool {
    self.state.withLock { state in
      if state.isArmed, step == self.step { state.hasFired = true }
      return state.hasFired
    }
  }
}

/// The store as a process sees it that may end.
final class SeamStore: CatalogStore {
  private let real: any CatalogStore
  private let seam: Seam
  private static let gone = CatalogStoreError(.unknownOutcome, "the process has ended")

  init(_ real: any CatalogStore, _ seam: Seam) {
    self.real = real
    self.seam = seam
  }

  private func check() throws(CatalogStoreError) { if self.seam.hasFired { throw Self.gone } }

  func apply(_ change: CatalogChange) async throws(CatalogStoreError) -> ChangeOutcome {
    if self.seam.ends(.beforeStore) { throw Self.gone }
    let outcome = try await self.real.apply(change)
    if self.seam.ends(.afterStore) { throw Self.gone }
    return outcome
  }

  func counts(
    in namespace: Namespace, of warehouse: String
  ) async throws(CatalogStoreError) -> ObjectCounts {
    try await self.real.counts(in: namespace, of: warehouse)
  }
  func statistics(
    of id: ObjectID, since: Int64, before: Int64, limit: Int
  ) async throws(CatalogStoreError) -> [TablePoint] {
    try await self.real.statistics(of: id, since: since, before: before, limit: limit)
  }
  func thinStatistics(atMS now: Int64) async throws(CatalogStoreError) -> Int {
    try await self.real.thinStatistics(atMS: now)
  }
  var isShared: Bool { self.real.isShared }
  var holdsFiles: Bool { self.real.holdsFiles }
  func heldFiles(
    after location: String?, limit: Int
  ) async throws(CatalogStoreError) -> [HeldFile] {
    try await self.real.heldFiles(after: location, limit: limit)
  }
  func release(_ locations: [String]) async throws(CatalogStoreError) {
    try self.check()
    try await self.real.release(locations)
  }
  func warehouses() async throws(CatalogStoreError) -> [WarehouseRecord] {
    try await self.real.warehouses()
  }
  func namespace(
    _ namespace: Namespace, in warehouse: String
  ) async throws(CatalogStoreError) -> NamespaceRecord? {
    try self.check()
    return try await self.real.namespace(namespace, in: warehouse)
  }
  func namespaces(
    below parent: Namespace?, in warehouse: String, after name: String?, limit: Int
  ) async throws(CatalogStoreError) -> [Namespace] {
    try await self.real.namespaces(below: parent, in: warehouse, after: name, limit: limit)
  }
  func entry(
    _ identifier: TableIdentifier, in warehouse: String
  ) async throws(CatalogStoreError) -> ObjectEntry? {
    try self.check()
    return try await self.real.entry(identifier, in: warehouse)
  }
  func load(
    _ identifier: TableIdentifier, in warehouse: String
  ) async throws(CatalogStoreError) -> LoadedEntry? {
    try self.check()
    return try await self.real.load(identifier, in: warehouse)
  }
  func entries(
    of kind: ObjectKind, in namespace: Namespace, of warehouse: String, after name: String?,
    limit: Int
  ) async throws(CatalogStoreError) -> [ObjectEntry] {
    try await self.real.entries(
      of: kind, in: namespace, of: warehouse, after: name, limit: limit)
  }
  func objects(
    of kind: ObjectKind, in namespace: Namespace, of warehouse: String, after name: String?,
    limit: Int
  ) async throws(CatalogStoreError) -> [ObjectRecord] {
    try await self.real.objects(
      of: kind, in: namespace, of: warehouse, after: name, limit: limit)
  }
  func object(_ id: ObjectID) async throws(CatalogStoreError) -> ObjectRecord? {
    try self.check()
    return try await self.real.object(id)
  }
  func state(_ id: ObjectID) async throws(CatalogStoreError) -> ObjectState? {
    try self.check()
    return try await self.real.state(id)
  }
  func state(
    of identifier: TableIdentifier, in warehouse: String
  ) async throws(CatalogStoreError) -> ObjectState? {
    try self.check()
    return try await self.real.state(of: identifier, in: warehouse)
  }
  func document(_ id: ObjectID) async throws(CatalogStoreError) -> StoredDocument? {
    try self.check()
    return try await self.real.document(id)
  }
  func dropped(
    in warehouse: String, after id: ObjectID?, limit: Int
  ) async throws(CatalogStoreError) -> [ObjectRecord] {
    try await self.real.dropped(in: warehouse, after: id, limit: limit)
  }
  func owner(
    of location: Location, in warehouse: String
  ) async throws(CatalogStoreError) -> ObjectID? {
    try await self.real.owner(of: location, in: warehouse)
  }
  func request(_ key: RequestKey) async throws(CatalogStoreError) -> RequestRecord? {
    try self.check()
    return try await self.real.request(key)
  }
  func events(
    after number: Int64, limit: Int
  ) async throws(CatalogStoreError) -> [NumberedEvent] {
    try await self.real.events(after: number, limit: limit)
  }
  func eventRange() async throws(CatalogStoreError) -> ClosedRange<Int64>? {
    try await self.real.eventRange()
  }
  func lastEvent() async throws(CatalogStoreError) -> Int64 { try await self.real.lastEvent() }
  func forget(
    requestsBefore requestMS: Int64, eventsBefore eventMS: Int64
  ) async throws(CatalogStoreError) -> (requests: Int, events: Int) {
    try await self.real.forget(requestsBefore: requestMS, eventsBefore: eventMS)
  }
  func setting(
    _ name: String, orElse value: [UInt8]
  ) async throws(CatalogStoreError) -> [UInt8] {
    try await self.real.setting(name, orElse: value)
  }
  func ping() async throws(CatalogStoreError) { try await self.real.ping() }
  func close() async { await self.real.close() }
}
