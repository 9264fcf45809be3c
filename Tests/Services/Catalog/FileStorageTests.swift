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

  @Test("what lies elsewhere is refused, also behind a link")
  func outside() async throws {
    let elsewhere = self.folder.file("elsewhere")
    mkdir(elsewhere, 0o700)
    let link = self.folder.file("wh/link")
    try await self.with { storage, root in
      symlink(elsewhere, link)
      for location in [
        "\(root)2/x", "file:///etc/passwd", "\(root)/../x", "\(root)/%2e%2e/x", "\(root)/link/x",
      ] {
        await #expect(throws: StorageError.self, "\(location)") {
          try await storage.write([1], to: location)
        }
        await #expect(throws: StorageError.self, "\(location)") {
          try await storage.read(location, limit: 10)
        }
      }
      #expect(access("\(elsewhere)/x", F_OK) != 0)
    }
  }

  @Test("a folder that somebody took away is made again")
  func goneFolder() async throws {
    try await self.with { storage, root in
      try await storage.write([1], to: "\(root)/ns/t/metadata/a")
      _ = try await storage.delete(["\(root)/ns/t/metadata/a"])
      for folder in ["ns/t/metadata", "ns/t", "ns"] {
        #expect(rmdir(String("\(root)/\(folder)".dropFirst(7))) == 0)
      }
      // Neither of them is there, and the upper one was known.
      try await storage.write([2], to: "\(root)/ns/u/metadata/b")
      #expect(try await storage.read("\(root)/ns/u/metadata/b", limit: 10) == [2])
      await #expect(throws: StorageError.self) {
        try await storage.write([3], to: "\(root)/ns/u/metadata/b")
      }
      #expect(try await storage.read("\(root)/ns/u/metadata/b", limit: 10) == [2])
    }
  }

  @Test("files are listed in their order, page by page; empty folders go")
  func listing() async throws {
    try await self.with { storage, root in
      for name in ["t/data/b", "t/data/p=1/a", "t/metadata/m"] {
        try await storage.write([1, 2], to: "\(root)/\(name)")
      }
      let first = try await storage.files(below: "\(root)/t", after: nil, limit: 2)
      #expect(first.map(\.location) == ["\(root)/t/data/b", "\(root)/t/data/p=1/a"])
      let rest = try await storage.files(
        below: "\(root)/t", after: first.last?.location, limit: 2)
      #expect(rest.map(\.location) == ["\(root)/t/metadata/m"])
      #expect(rest[0].byteCount == 2)
      let modified = try #require(rest[0].modifiedAtMS)
      #expect(abs(modified - Int64(time(nil)) * 1000) < 60_000)
      _ = try await storage.delete((first + rest).map(\.location))
      try await storage.clear("\(root)/t")
      #expect(access(String("\(root)/t".dropFirst(7)), F_OK) != 0)
    }
  }
}
