@testable import Catalog
import Glibc
import Iceberg
import Runtime
import TestSupport
import Testing

@Suite("A warehouse in a folder")
struct FileStorageTests {
  private let folder = TemporaryDirectory("warehouse")

  private func with(
    _ body: @escaping @Sendable (FileStorage, String) async throws -> Void
  ) async throws {
    let path = self.folder.file("wh")
    try await withLoops { group in
      let pool = BlockingPool(name: "store-test", threads: 2)
      defer { pool.stop() }
      let storage = FileStorage(
        root: try Location(parsing: "file://\(path)"), disk: group.disk, pool: pool)
      try await storage.ping()
      try await body(storage, "file://\(path)")
    }
  }

  @Test("a file that was written is read again, and is gone when it was deleted")
  func roundTrip() async throws {
    try await self.with { storage, root in
      let file = "\(root)/ns/t/metadata/00000-a.metadata.json"
      try await storage.write([1, 2, 3], to: file)
      #expect(try await storage.read(file, limit: 10) == [1, 2, 3])
      #expect(try await storage.delete([file]).isEmpty)
      await #expect(throws: StorageError.self) { try await storage.read(file, limit: 10) }
    }
  }
}
