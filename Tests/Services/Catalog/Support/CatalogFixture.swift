import Bytes
@testable import Catalog
import HTTP
import HTTPClient
import HTTPServing
import Iceberg
import Identity
import JSON
import KeyValue
import Observability
import Postgres
import Runtime
import TestSupport
import Values

/// A catalog on a store and a folder of its own, with its server and a client.
struct CatalogFixture: Sendable {
  let catalog: IcebergCatalog
  let client: HTTPClient
  let address: String
  let folder: String
  let group: EventLoopGroup
  let storage: FaultyStorage

  /// Where the catalog keeps what it knows.
  enum Place: Sendable {
    case embedded
    case postgresql(String)
  }

  /// Runs `body` on a loop with a catalog whose authentication is off.
  static func with(
    loops: Int = 2, store place: Place = .embedded, folder: TemporaryDirectory? = nil,
    seam: Seam? = nil, _ change: (inout CatalogOptions) -> Void = { _ in },
    _ body: @escaping @Sendable (CatalogFixture) async throws -> Void
  ) async throws {
    let directory = folder ?? TemporaryDirectory("catalog")
    let options = CatalogOptions(change)
    let client = HTTPClient()
    defer { client.stop() }
    try await withLoops(loops) { group in
      let pool = BlockingPool(name: "catalog-test", threads: 3)
      let store: any CatalogStore =
        switch place {
        case .embedded:
          try await pool.run(throwing: {
            try EmbeddedStore(path: directory.file("store"), pool: pool)
          })
        case .postgresql(let address):
          try await pool.run(throwing: {
            try PostgresStore(
              PostgresOptions(address) { $0.connectionsMax = 4 }, time: group.loops[0],
              random: SystemRandom.shared, blocking: pool)
          })
        }
      let registry = MetricRegistry()
      let root = "file://\(directory.file("warehouse"))"
      let storage = FaultyStorage(
        FileStorage(root: try Location(parsing: root), disk: group.disk, pool: pool), seam)
      let logs = LogSystem(LogSystem.Options { $0.output = .file(directory.file("log")) })
      let catalog = IcebergCatalog(
        store: seam.map { SeamStore(store, $0) } ?? store, options: options,
        access: CatalogAccess(nil), time: group.loops[0],
        random: SystemRandom.shared, metrics: registry, log: logs.logger("catalog")
      ) { record in
        guard record.location != root else { return storage }
        return FileStorage(
          root: try Location(parsing: record.location), disk: group.disk, pool: pool)
      }
      try await catalog.establish(options.defaultWarehouse, (root, .file))
      let server = try CatalogServer(
        catalog, tokenKey: [1, 2, 3], log: logs.logger("catalog")
      ).server(loops: group.loops, metrics: registry)
      let listener = try await server.start(group, at: .ip("127.0.0.1", port: 0))
      let fixture = CatalogFixture(
        catalog: catalog, client: client, address: "http://\(listener.address)", folder: root,
        group: group, storage: storage)
      do {
        try await body(fixture)
      } catch {
        await Self.end(listener, store, pool, group, logs)
        throw error
      }
      await Self.end(listener, store, pool, group, logs)
    }
    withExtendedLifetime(directory) {}
  }

  private static func end(
    _ listener: Listener, _ store: any CatalogStore, _ pool: BlockingPool, _ group: EventLoopGroup,
    _ logs: LogSystem
  ) async {
    await listener.drain(until: group.loops[0].now + .milliseconds(200))
    await store.close()
    try? await group.filePool.run { pool.stop() }
    logs.stop()
  }

  // MARK: Requests

  struct Answer {
    var status: Int
    var body: JSONValue
    var fields: [(name: String, value: String)]
    var bytes: [UInt8]

    var errorType: String? { self.body["error"]?["type"]?.string }
    var message: String? { self.body["error"]?["message"]?.string }
    func field(_ name: String) -> String? {
      self.fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }
  }

  func send(
    _ method: HTTP.Method, _ path: String, text: String? = nil,
    fields: [(name: String, value: String)] = []
  ) async throws -> Answer {
    var request = HTTPClientRequest(method, self.address + path)
    request.fields = fields
    request.retries = .never
    if let text {
      request.content = .bytes(Array(text.utf8))
      if !fields.contains(where: { $0.name.lowercased() == "content-type" }) {
        request.fields.append(("Content-Type", "application/json"))
      }
    }
    let answer = try await self.client.fetch(request, limit: 64 << 20)
    let body = (try? JSONValue(parsing: answer.content.rawBytes)) ?? .null
    return Answer(
      status: Int(answer.status.code), body: body, fields: answer.fields, bytes: answer.content)
  }

  func get(_ path: String, fields: [(name: String, value: String)] = []) async throws -> Answer {
    try await self.send(.get, path, fields: fields)
  }

  func post(
    _ path: String, _ body: JSONValue, fields: [(name: String, value: String)] = []
  ) async throws -> Answer {
    try await self.send(.post, path, text: body.text(), fields: fields)
  }

  // MARK: Things to work with

  static let anybody = Caller(
    principal: nil, context: AccessContext(time: WallTime(nanoseconds: 0)),
    deadline: .distantFuture)

  static let schema: JSONValue = [
    "type": "struct",
    "fields": [
      ["id": 1, "name": "id", "type": "long", "required": false],
      ["id": 2, "name": "s", "type": "string", "required": false],
    ],
  ]

  func makeNamespace(_ levels: String...) async throws {
    let array = JSONValue.array(levels.map { .string($0) })
    let answer = try await self.post("/v1/namespaces", ["namespace": array])
    guard answer.status == 200 else { throw Unexpected(answer) }
  }

  @discardableResult
  func makeTable(_ namespace: String, _ name: String) async throws -> Answer {
    let answer = try await self.post(
      "/v1/namespaces/\(namespace)/tables",
      ["name": .string(name), "schema": Self.schema])
    guard answer.status == 200 else { throw Unexpected(answer) }
    return answer
  }

  struct Unexpected: Error, CustomStringConvertible {
    var description: String
    init(_ answer: Answer) {
      self.description = "\(answer.status) \(String(decoding: answer.bytes, as: UTF8.self))"
    }
  }
}

/// A storage that fails when it is told to.
final class FaultyStorage: TableStorage {
  private let real: any TableStorage
  private let fault = Guarded<StorageError?>(nil)

  /// Where the process of the test ends.
  private let seam: Seam?

  init(_ real: any TableStorage, _ seam: Seam? = nil) {
    self.real = real
    self.seam = seam
  }

  private let delay = Guarded<Duration>(.zero)

  func delayWrites(by duration: Duration) { self.delay.withLock { $0 = duration } }

  func failWrites(with error: StorageError?) { self.fault.withLock { $0 = error } }

  var defersSyncs: Bool { self.real.defersSyncs }
  func sync(_ locations: [String]) async throws(StorageError) {
    if let error = self.fault.withLock({ $0 }) { throw error }
    try await self.real.sync(locations)
  }
  func write(
    _ content: [UInt8], to location: String, isSynced: Bool
  ) async throws(StorageError) {
    if let error = self.fault.withLock({ $0 }) { throw error }
    let delay = self.delay.withLock { $0 }
    if delay > .zero { try? await ContinuousClock().sleep(for: delay) }
    let gone = StorageError(.unavailable, "the process has ended")
    if self.seam?.ends(.beforeFile) ?? false { throw gone }
    try await self.real.write(content, to: location, isSynced: isSynced)
    if self.seam?.ends(.afterFile) ?? false { throw gone }
  }
  func read(_ location: String, limit: Int) async throws(StorageError) -> [UInt8] {
    try await self.real.read(location, limit: limit)
  }
  func delete(_ locations: [String]) async throws(StorageError) -> [String] {
    if self.seam?.hasFired ?? false { return locations }
    return try await self.real.delete(locations)
  }
  func files(
    below location: String, after: String?, limit: Int
  ) async throws(StorageError) -> [StoredFile] {
    try await self.real.files(below: location, after: after, limit: limit)
  }
  func prepare(_ location: String) async throws(StorageError) {
    try await self.real.prepare(location)
  }
  func clear(_ location: String) async throws(StorageError) {
    try await self.real.clear(location)
  }
  func ping() async throws(StorageError) { try await self.real.ping() }
}
