import Bytes
@testable import Catalog
import Iceberg
import JSON
import TestSupport
import Testing

@Suite("Tables")
struct TableTests {
  @Test("a table that was created is loaded, and its metadata file says the same")
  func createAndLoad() async throws {
    try await CatalogFixture.with { lake in
      try await lake.makeNamespace("ns")
      let created = try await lake.makeTable("ns", "t")
      let location = try #require(created.body["metadata-location"]?.string)
      #expect(location.hasSuffix(".metadata.json"))
      let loaded = try await lake.get("/v1/namespaces/ns/tables/t")
      #expect(loaded.status == 200)
      #expect(loaded.body["metadata"] == created.body["metadata"])
      #expect(loaded.body["config"] == [:])
      let file = try await lake.storage.read(location, limit: 1 << 20)
      #expect(try JSONValue(parsing: file.rawBytes) == loaded.body["metadata"])
    }
  }
}
