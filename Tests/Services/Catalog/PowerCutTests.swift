import Bytes
@testable import Catalog
import HTTP
import Iceberg
import JSON
import Runtime
import TestSupport
import Testing
import Values

/// Commits of the embedded store do not wait for their metadata files: what the disk loses of them, the
/// next process writes again.
@Suite("Metadata files that a power cut has taken", .serialized)
struct PowerCutTests {
  private static func commit(_ lake: CatalogFixture, _ number: Int) async throws -> String {
    let answer = try await lake.post(
      "/v1/namespaces/ns/tables/t",
      [
        "requirements": [],
        "updates": [["action": "set-properties", "updates": ["n": .string("\(number)")]]],
      ])
    #expect(answer.status == 200)
    return try #require(answer.body["metadata-location"]?.string)
  }

  /// How a disk may have kept a file that was not synced.
  enum Loss: String, CaseIterable, Sendable {
    case gone, empty, short, zeros
  }

  private static func lose(_ path: String, _ loss: Loss, _ group: EventLoopGroup) async throws {
    let content = try await group.disk.readAll(path, limit: 1 << 20)
    try await group.disk.removeFile(path)
    let kept: [UInt8]
    switch loss {
    case .gone: return
    case .empty: kept = []
    case .short: kept = Array(content.prefix(content.count / 2))
    case .zeros: kept = [UInt8](repeating: 0, count: content.count)
    }
    try await group.disk.create(path, with: kept, permissions: 0o644, below: nil)
  }

  @Test("come back as they were, the present version and those before", arguments: Loss.allCases)
  func restored(loss: Loss) async throws {
    let folder = TemporaryDirectory("power")
    let files = Guarded<[String: [UInt8]]>([:])
    try await CatalogFixture.with(folder: folder) { lake in
      try await lake.makeNamespace("ns")
      try await lake.makeTable("ns", "t")
      for number in 1...3 {
        let location = try await Self.commit(lake, number)
        let content = try await lake.storage.read(location, limit: 1 << 20)
        files.withLock { $0[location] = content }
      }
      #expect(lake.catalog.settling.count == 3)
      #expect(try await lake.catalog.store.heldFiles(after: nil, limit: 10).count == 3)
    }
    try await CatalogFixture.with(folder: folder) { lake in
      for location in files.withLock({ Array($0.keys) }) {
        try await Self.lose(String(location.dropFirst("file://".count)), loss, lake.group)
      }
      #expect(try await lake.catalog.restoreFiles() == 3)
      for (location, content) in files.withLock({ $0 }) {
        #expect(try await lake.storage.read(location, limit: 1 << 20) == content)
      }
      #expect(try await lake.catalog.store.heldFiles(after: nil, limit: 10).isEmpty)
      #expect(try await lake.catalog.restoreFiles() == 0)
    }
  }

  @Test("come back of a table that was dropped without its files, not of one that was purged")
  func dropped() async throws {
    let folder = TemporaryDirectory("power")
    try await CatalogFixture.with(folder: folder) { lake in
      try await lake.makeNamespace("ns")
      var last: [Bool: String] = [:]
      for purges in [false, true] {
        try await lake.makeTable("ns", "t")
        last[purges] = try await Self.commit(lake, 1)
        let drop = try await lake.send(
          .delete, "/v1/namespaces/ns/tables/t?purgeRequested=\(purges)")
        #expect(drop.status == 204)
      }
      for due in try await lake.catalog.due() {
        _ = try await lake.catalog.purge(due.object.id, in: due.warehouse)
      }
      let kept = try #require(last[false])
      try await Self.lose(String(kept.dropFirst("file://".count)), .gone, lake.group)
      #expect(try await lake.catalog.restoreFiles() == 1)
      #expect(try await lake.storage.read(kept, limit: 1 << 20).count > 100)
      let purged = try #require(last[true])
      await #expect(throws: StorageError.self) {
        try await lake.storage.read(purged, limit: 1 << 20)
      }
    }
  }

  @Test("are let go once they are durable, and written again where the disk could not")
  func settled() async throws {
    try await CatalogFixture.with { lake in
      try await lake.makeNamespace("ns")
      try await lake.makeTable("ns", "t")
      for number in 1...12 { _ = try await Self.commit(lake, number) }
      lake.storage.failWrites(with: StorageError(.unavailable, "the disk fails"))
      await lake.catalog.settleFiles()
      #expect(lake.catalog.settling.count == 12)
      #expect(try await lake.catalog.store.heldFiles(after: nil, limit: 100).count == 12)
      lake.storage.failWrites(with: nil)
      await lake.catalog.settleFiles()
      #expect(lake.catalog.settling.count == 0)
      #expect(try await lake.catalog.store.heldFiles(after: nil, limit: 100).isEmpty)
    }
  }
}
