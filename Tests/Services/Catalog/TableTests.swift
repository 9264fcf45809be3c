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

  @Test("a location is kept as it was asked for, unless others would not take it for a file's")
  func spelling() async throws {
    try await CatalogFixture.with { lake in
      try await lake.makeNamespace("ns")
      let path = try Location(parsing: lake.folder).path
      for (name, asked, kept) in [
        ("one", "file:\(path)/one", "file:\(path)/one"),
        ("two", "file:\(path)/two/", "file:\(path)/two"),
        ("three", "file://\(path)/three/", "file://\(path)/three"),
        ("four", "\(path)/four", "file://\(path)/four"),
        ("five", "file://localhost\(path)/five", "file://\(path)/five"),
      ] {
        let created = try await lake.post(
          "/v1/namespaces/ns/tables",
          ["name": .string(name), "schema": CatalogFixture.schema, "location": .string(asked)])
        #expect(created.body["metadata"]?["location"]?.string == kept, "\(created.body)")
        let file = try #require(created.body["metadata-location"]?.string)
        #expect(file.hasPrefix(kept + "/metadata/"))
        #expect(try await lake.storage.read(file, limit: 1 << 20).isEmpty == false)
      }
      // The same place in other words.
      let taken = try await lake.post(
        "/v1/namespaces/ns/tables",
        [
          "name": "six", "schema": CatalogFixture.schema,
          "location": .string("file://\(path)/one/in"),
        ])
      #expect(taken.status == 400, "\(taken.body)")
    }
  }

  @Test("a table that is committed under the name of a view is told of the view")
  func nameOfView() async throws {
    try await CatalogFixture.with { lake in
      try await lake.makeNamespace("ns")
      let create: JSONValue = [
        "name": "v", "schema": ["type": "struct", "fields": []],
        "view-version": [
          "version-id": 1, "schema-id": 0, "timestamp-ms": 1, "summary": [:],
          "default-namespace": ["ns"],
          "representations": [["type": "sql", "sql": "SELECT 1", "dialect": "spark"]],
        ],
        "properties": [:],
      ]
      #expect(try await lake.post("/v1/namespaces/ns/views", create).status == 200)
      let commit = try await lake.post(
        "/v1/namespaces/ns/tables/v",
        [
          "requirements": [["type": "assert-create"]],
          "updates": [["action": "add-schema", "schema": CatalogFixture.schema]],
        ])
      #expect(commit.status == 409)
      #expect(commit.errorType == "AlreadyExistsException")
      #expect(commit.message == "View with same name already exists: ns.v")
    }
  }

  @Test("levels may be parted by what the operator says, and still by the unit separator")
  func separator() async throws {
    try await CatalogFixture.with { options in
      options.namespaceSeparator = "."
    } _: { lake in
      let config = try await lake.get("/v1/config")
      #expect(config.body["overrides"]?["namespace-separator"] == "%2E")
      #expect(
        config.body["defaults"]?["table-default.write.parquet.compression-codec"] == "zstd")
      try await lake.makeNamespace("a")
      try await lake.makeNamespace("a", "b")
      for path in ["a.b", "a%2Eb", "a%1Fb"] {
        let found = try await lake.get("/v1/namespaces/\(path)")
        #expect(found.body["namespace"] == ["a", "b"], "\(path): \(found.body)")
      }
      let below = try await lake.get("/v1/namespaces?parent=a.b")
      #expect(below.status == 200)
      #expect(below.body["namespaces"] == [])
      let dotted = try await lake.post("/v1/namespaces", ["namespace": ["a.c"]])
      #expect(dotted.status == 400)
    }
    try await CatalogFixture.with { lake in
      #expect(try await lake.get("/v1/config").body["overrides"]?["namespace-separator"] == nil)
      try await lake.makeNamespace("a.b")
      let found = try await lake.get("/v1/namespaces/a.b")
      #expect(found.body["namespace"] == ["a.b"])
    }
  }

  @Test(
    "statistics may lie in a store of somebody else, not in another place of this machine",
    arguments: [
      ("s3://bucket/warehouse/stats.puffin", 200), ("file:///etc/stats.puffin", 400),
      ("http://127.0.0.1/stats.puffin", 400),
    ])
  func statistics(path: String, status: Int) async throws {
    try await CatalogFixture.with { lake in
      try await lake.makeNamespace("ns")
      try await lake.makeTable("ns", "t")
      let answer = try await lake.post(
        "/v1/namespaces/ns/tables/t",
        [
          "requirements": [],
          "updates": [
            [
              "action": "set-statistics",
              "statistics": [
                "snapshot-id": 1, "statistics-path": .string(path), "file-size-in-bytes": 124,
                "file-footer-size-in-bytes": 27, "blob-metadata": [],
              ],
            ]
          ],
        ])
      #expect(answer.status == status, "\(answer.body)")
    }
  }
}
