@testable import Catalog
import HTTP
import Iceberg
import JSON
import TestSupport
import Testing

/// What the protocol promises beside the words of its refusals.
@Suite("Protocol")
struct ProtocolTests {
  private static func key(_ number: Int) -> String {
    let digits = String(number)
    return "01890000-0000-7000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
  }

  private static func setProperty(_ name: String, _ value: String) -> JSONValue {
    var updates = JSONObject()
    updates[name] = .string(value)
    return [
      "requirements": [],
      "updates": [["action": "set-properties", "updates": .object(updates)]],
    ]
  }

  @Test("the configuration lists what is served and nothing else")
  func endpoints() async throws {
    try await CatalogFixture.with { lake in
      let config = try await lake.get("/v1/config?warehouse=lake")
      #expect(config.body["idempotency-key-lifetime"] == "PT30M")
      #expect(config.body["overrides"] == [:])
      #expect(
        config.body["defaults"] == ["table-default.write.parquet.compression-codec": "zstd"])
      let endpoints = try #require(config.body["endpoints"]?.array).compactMap(\.string)
      #expect(endpoints.contains("POST /v1/{prefix}/transactions/commit"))
      #expect(endpoints.contains("HEAD /v1/{prefix}/namespaces/{namespace}/tables/{table}"))
      // Every one of them is there, with the prefix and without.
      for endpoint in endpoints {
        let words = endpoint.split(separator: " ")
        let path = words[1].replacing("{namespace}", with: "x").replacing("{table}", with: "x")
          .replacing("{view}", with: "x")
        for prefix in ["/v1/lake", "/v1"] {
          let answer = try await lake.send(
            HTTP.Method.allCases.first { "\($0.text)" == words[0] }!,  // One of HTTP's methods.
            String(path.replacing("/v1/{prefix}", with: prefix)),
            text: words[0] == "POST" ? "{}" : nil)
          #expect(answer.status != 405 && answer.errorType != "NotFoundException", "\(endpoint)")
        }
      }
    }
  }

  @Test("names that look odd are kept and are different")
  func names() async throws {
    try await CatalogFixture.with { lake in
      let names = ["a.b", "a/b", "100%", "a+b", "a b", "'; DROP TABLE x; --", "😀", "é", "e\u{301}"]
      for name in names {
        let answer = try await lake.post("/v1/namespaces", ["namespace": [.string(name)]])
        #expect(answer.status == 200, "\(name): \(answer.body)")
      }
      let list = try await lake.get("/v1/namespaces").body["namespaces"]?.array ?? []
      #expect(
        Set(list.compactMap { $0[0]?.string }.map { Array($0.utf8) })
          == Set(names.map { Array($0.utf8) }))
      for path in ["a.b", "a%2Fb", "100%25", "a%2Bb", "a+b", "a%20b", "%F0%9F%98%80"] {
        #expect(try await lake.get("/v1/namespaces/\(path)").status == 200, "\(path)")
      }
      #expect(try await lake.get("/v1/namespaces/a+b").body["namespace"] == ["a b"])
    }
  }

  @Test("a list without a page token is whole; pages are walked without holes or doubles")
  func pages() async throws {
    try await CatalogFixture.with { lake in
      try await lake.makeNamespace("ns")
      for number in 0..<7 { try await lake.makeTable("ns", "t\(number)") }
      let path = "/v1/namespaces/ns/tables"
      let whole = try await lake.get(path)
      #expect(whole.body["identifiers"]?.array?.count == 7)
      #expect(whole.body["next-page-token"] == .null)
      var seen: [String] = []
      var token = ""
      repeat {
        let page = try await lake.get("\(path)?pageSize=2&pageToken=\(token)")
        let names = (page.body["identifiers"]?.array ?? []).compactMap { $0["name"]?.string }
        if seen.isEmpty {
          // The walk goes on behind a name, whether or not it is still there.
          _ = try await lake.send(.delete, "\(path)/\(names[1])")
          try await lake.makeTable("ns", "t00")
        }
        seen += names
        token = page.body["next-page-token"]?.string ?? ""
      } while !token.isEmpty
      #expect(seen == ["t0", "t1", "t2", "t3", "t4", "t5", "t6"] || seen.count == 8)
      #expect(Set(seen).count == seen.count)
      let first = try await lake.get("\(path)?pageSize=2")
      let foreign = try #require(first.body["next-page-token"]?.string)
      #expect(try await lake.get("/v1/namespaces?pageToken=\(foreign)").status == 400)
      #expect(try await lake.get("/v1/namespaces/ns/views?pageToken=\(foreign)").status == 400)
    }
  }

  @Test("an unchanged table is 304; other views of one version have other tags")
  func entityTags() async throws {
    try await CatalogFixture.with { lake in
      try await lake.makeNamespace("ns")
      let created = try await lake.makeTable("ns", "t")
      let path = "/v1/namespaces/ns/tables/t"
      let loaded = try await lake.get(path)
      let tag = try #require(loaded.field("etag"))
      #expect(created.field("etag") == tag)
      let bare = tag.filter { $0 != "\"" }
      for value in [tag, bare, "\"x\", \(tag)", "*", "W/\(tag)"] {
        let answer = try await lake.get(path, fields: [("If-None-Match", value)])
        #expect(answer.status == 304, "\(value)")
        #expect(answer.field("etag") == tag)
        #expect(answer.bytes.isEmpty)
      }
      #expect(try await lake.get("\(path)?snapshots=refs").field("etag") != tag)
      let committed = try await lake.post(path, Self.setProperty("a", "1"))
      #expect(committed.status == 200, "\(committed.body)")
      let next = try await lake.get(path, fields: [("If-None-Match", tag)])
      #expect(next.status == 200)
      #expect(next.field("etag") == committed.field("etag"))
      #expect(
        try await lake.get("/v1/namespaces/ns/tables/none", fields: [("If-None-Match", "*")]).status
          == 404)
    }
  }

  @Test("a request with a key is done once, and told again")
  func idempotency() async throws {
    try await CatalogFixture.with { lake in
      func key(_ number: Int) -> [(name: String, value: String)] {
        [("Idempotency-Key", Self.key(number))]
      }
      let namespace: JSONValue = ["namespace": ["ns"]]
      let first = try await lake.post("/v1/namespaces", namespace, fields: key(1))
      let again = try await lake.post("/v1/namespaces", namespace, fields: key(1))
      #expect(first.status == 200 && again.status == 200)
      #expect(first.body == again.body)
      let other = try await lake.post("/v1/namespaces", ["namespace": ["x"]], fields: key(1))
      #expect(other.status == 422)
      let create: JSONValue = ["name": "t", "schema": CatalogFixture.schema]
      let made = try await lake.post("/v1/namespaces/ns/tables", create, fields: key(2))
      let remade = try await lake.post("/v1/namespaces/ns/tables", create, fields: key(2))
      #expect(made.status == 200 && remade.status == 200)
      #expect(made.body["metadata"] == remade.body["metadata"])
      let path = "/v1/namespaces/ns/tables/t"
      for _ in 0..<2 {
        let answer = try await lake.post(path, Self.setProperty("n", "1"), fields: key(3))
        #expect(answer.status == 200)
        #expect(answer.body["metadata"]?["metadata-log"]?.array?.count == 1)
      }
      // A conflict is an outcome, too.
      let failing: JSONValue = [
        "requirements": [["type": "assert-current-schema-id", "current-schema-id": 9]],
        "updates": [],
      ]
      for _ in 0..<2 {
        let answer = try await lake.post(path, failing, fields: key(4))
        #expect(answer.status == 409)
        #expect(answer.errorType == "CommitFailedException")
      }
      for _ in 0..<2 {
        #expect(try await lake.send(.delete, path, fields: key(5)).status == 204)
      }
      for bad in ["x", "01890000-0000-4000-8000-000000000001", "\(Self.key(1))0"] {
        let answer = try await lake.post(
          "/v1/namespaces", namespace, fields: [("Idempotency-Key", bad)])
        #expect(answer.status == 400, "\(bad)")
      }
    }
  }

  @Test("one of many that create a table with one key makes it, and all are told so")
  func concurrentRepeats() async throws {
    try await CatalogFixture.with { lake in
      try await lake.makeNamespace("ns")
      let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<8 {
          group.addTask {
            try await lake.post(
              "/v1/namespaces/ns/tables", ["name": "t", "schema": CatalogFixture.schema],
              fields: [("Idempotency-Key", Self.key(1))]
            ).status
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(statuses == Array(repeating: 200, count: 8))
    }
  }

  @Test("a transaction changes all of its tables, or none")
  func transactions() async throws {
    try await CatalogFixture.with { lake in
      try await lake.makeNamespace("ns")
      for name in ["a", "b"] { try await lake.makeTable("ns", name) }
      func change(_ name: String, _ requirement: JSONValue? = nil) -> JSONValue {
        [
          "identifier": ["namespace": ["ns"], "name": .string(name)],
          "requirements": .array(requirement.map { [$0] } ?? []),
          "updates": [["action": "set-properties", "updates": ["x": "1"]]],
        ]
      }
      func properties(_ name: String) async throws -> JSONValue? {
        try await lake.get("/v1/namespaces/ns/tables/\(name)").body["metadata"]?["properties"]
      }
      let broken = try await lake.post(
        "/v1/transactions/commit",
        [
          "table-changes": [
            change("a"),
            change("b", ["type": "assert-current-schema-id", "current-schema-id": 5]),
          ]
        ])
      #expect(broken.status == 409)
      let missing = try await lake.post(
        "/v1/transactions/commit", ["table-changes": [change("a"), change("none")]])
      #expect(missing.errorType == "NoSuchTableException")
      #expect(try await properties("a") == [:])
      let done = try await lake.post(
        "/v1/transactions/commit", ["table-changes": [change("a"), change("b"), change("a")]])
      #expect(done.status == 204)
      #expect(done.bytes.isEmpty)
      #expect(try await properties("a") == ["x": "1"])
      #expect(try await properties("b") == ["x": "1"])
      let log = try await lake.get("/v1/namespaces/ns/tables/a").body["metadata"]?["metadata-log"]
      #expect(log?.array?.count == 1)
    }
  }

  @Test("a staged table is nothing until it is committed")
  func staging() async throws {
    try await CatalogFixture.with { lake in
      try await lake.makeNamespace("ns")
      let staged = try await lake.post(
        "/v1/namespaces/ns/tables",
        ["name": "t", "schema": CatalogFixture.schema, "stage-create": true])
      #expect(staged.status == 200)
      #expect(staged.body["metadata-location"] == nil)
      #expect(try await lake.send(.head, "/v1/namespaces/ns/tables/t").status == 404)
      let metadata = try #require(staged.body["metadata"])
      let commit: JSONValue = [
        "requirements": [["type": "assert-create"]],
        "updates": [
          ["action": "assign-uuid", "uuid": metadata["table-uuid"] ?? .null],
          ["action": "upgrade-format-version", "format-version": 2],
          ["action": "add-schema", "schema": metadata["schemas"]?[0] ?? .null],
          ["action": "set-location", "location": metadata["location"] ?? .null],
        ],
      ]
      let created = try await lake.post("/v1/namespaces/ns/tables/t", commit)
      #expect(created.status == 200, "\(created.body)")
      #expect(created.body["metadata"]?["table-uuid"] == metadata["table-uuid"])
      #expect(try await lake.post("/v1/namespaces/ns/tables/t", commit).status == 409)
    }
  }

  @Test("numbers of 64 bits and members that nobody knows survive")
  func exactness() async throws {
    try await CatalogFixture.with { lake in
      try await lake.makeNamespace("ns")
      let created = try await lake.makeTable("ns", "t")
      let location = try #require(created.body["metadata"]?["location"]?.string)
      let ids: [Int64] = [9_007_199_254_740_993, .max]
      for (number, id) in ids.enumerated() {
        let answer = try await lake.post(
          "/v1/namespaces/ns/tables/t",
          [
            "requirements": [],
            "updates": [
              [
                "action": "add-snapshot",
                "snapshot": [
                  "snapshot-id": .integer(id), "sequence-number": .integer(number + 1),
                  "timestamp-ms": .integer(lake.catalog.nowMS + Int64(number)),
                  "manifest-list": .string("\(location)/metadata/s\(number).avro"),
                  "summary": ["operation": "append", "odd": "kept"], "schema-id": 0,
                  "stranger": ["deep": [1, 2.50]],
                ],
              ],
              [
                "action": "set-snapshot-ref", "ref-name": "main", "type": "branch",
                "snapshot-id": .integer(id),
              ],
            ],
          ])
        #expect(answer.status == 200, "\(answer.body)")
      }
      let loaded = try await lake.get("/v1/namespaces/ns/tables/t").body["metadata"]
      let snapshots = try #require(loaded?["snapshots"]?.array)
      #expect(snapshots.map { $0["snapshot-id"]?.int64 } == ids)
      #expect(snapshots[0]["stranger"] == ["deep": [1, 2.50]])
      #expect(loaded?["current-snapshot-id"]?.int64 == .max)
      let text = String(
        decoding: try await lake.get("/v1/namespaces/ns/tables/t").bytes, as: UTF8.self)
      #expect(text.contains("9007199254740993") && text.contains("9223372036854775807"))
      let refs = try await lake.get("/v1/namespaces/ns/tables/t?snapshots=refs")
      #expect(refs.body["metadata"]?["snapshots"]?.array?.count == 1)
    }
  }

  @Test("a metadata file that cannot be written changes nothing, and the next commit works")
  func storageFails() async throws {
    try await CatalogFixture.with { lake in
      try await lake.makeNamespace("ns")
      try await lake.makeTable("ns", "t")
      lake.storage.failWrites(with: StorageError(.unavailable, "no room"))
      let failed = try await lake.post("/v1/namespaces/ns/tables/t", Self.setProperty("a", "1"))
      #expect(failed.status == 503)
      #expect(failed.errorType == "ServiceUnavailableException")
      #expect(failed.field("retry-after") != nil)
      let none = try await lake.post(
        "/v1/namespaces/ns/tables", ["name": "u", "schema": CatalogFixture.schema])
      #expect(none.status == 503)
      lake.storage.failWrites(with: nil)
      let table = try await lake.get("/v1/namespaces/ns/tables/t")
      #expect(table.body["metadata"]?["properties"] == [:])
      #expect(
        try await lake.post("/v1/namespaces/ns/tables/t", Self.setProperty("a", "1")).status == 200)
    }
  }

  @Test("every commit of many writers is in the chain once")
  func chain() async throws {
    try await CatalogFixture.with { lake in
      try await lake.makeNamespace("ns")
      try await lake.makeTable("ns", "t")
      let path = "/v1/namespaces/ns/tables/t"
      let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
        for writer in 0..<8 {
          group.addTask {
            for step in 0..<5 {
              let answer = try await lake.post(path, Self.setProperty("w\(writer)-\(step)", "1"))
              guard answer.status == 200 else { return answer.status }
            }
            return 200
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(statuses == Array(repeating: 200, count: 8))
      let metadata = try #require(try await lake.get(path).body["metadata"])
      #expect(metadata["properties"]?.object?.count == 40)
      let log = try #require(metadata["metadata-log"]?.array)
      #expect(log.count == 40)
      #expect(Set(log.compactMap { $0["metadata-file"]?.string }).count == 40)
      for entry in log {
        let file = try #require(entry["metadata-file"]?.string)
        #expect(try await !lake.storage.read(file, limit: 1 << 20).isEmpty)
      }
    }
  }

  @Test("views are made, replaced, renamed and dropped beside tables")
  func views() async throws {
    try await CatalogFixture.with { lake in
      try await lake.makeNamespace("ns")
      try await lake.makeTable("ns", "t")
      func version(_ id: Int, _ sql: String) -> JSONValue {
        [
          "version-id": .integer(id), "timestamp-ms": .integer(lake.catalog.nowMS), "schema-id": 0,
          "summary": [:], "default-namespace": ["ns"],
          "representations": [["type": "sql", "sql": .string(sql), "dialect": "duckdb"]],
        ]
      }
      let create: JSONValue = [
        "name": "v", "schema": CatalogFixture.schema, "view-version": version(1, "SELECT 1"),
        "properties": ["a": "b"],
      ]
      let made = try await lake.post("/v1/namespaces/ns/views", create)
      #expect(made.status == 200, "\(made.body)")
      var onTable = create.object!  // It is an object.
      onTable["name"] = "t"
      let clash = try await lake.post("/v1/namespaces/ns/views", .object(onTable))
      #expect(clash.message == "Table with same name already exists: ns.t")
      let uuid = made.body["metadata"]?["view-uuid"] ?? .null
      let replaced = try await lake.post(
        "/v1/namespaces/ns/views/v",
        [
          "requirements": [["type": "assert-view-uuid", "uuid": uuid]],
          "updates": [
            ["action": "add-view-version", "view-version": version(2, "SELECT 2")],
            ["action": "set-current-view-version", "view-version-id": -1],
          ],
        ])
      #expect(replaced.status == 200, "\(replaced.body)")
      #expect(replaced.body["metadata"]?["current-version-id"] == 2)
      #expect(try await lake.get("/v1/namespaces/ns/tables/v").errorType == "NoSuchTableException")
      let list = try await lake.get("/v1/namespaces/ns/views").body["identifiers"]
      #expect(list == [["namespace": ["ns"], "name": "v"]])
      let rename: JSONValue = [
        "source": ["namespace": ["ns"], "name": "v"],
        "destination": ["namespace": ["ns"], "name": "w"],
      ]
      #expect(try await lake.post("/v1/views/rename", rename).status == 204)
      #expect(try await lake.send(.head, "/v1/namespaces/ns/views/w").status == 204)
      let location = try await lake.get("/v1/namespaces/ns/views/w").body["metadata-location"]
      #expect(try await lake.send(.delete, "/v1/namespaces/ns/views/w").status == 204)
      let registered = try await lake.post(
        "/v1/namespaces/ns/register-view",
        ["name": "again", "metadata-location": location ?? .null])
      #expect(registered.status == 200, "\(registered.body)")
      #expect(registered.body["metadata"] == replaced.body["metadata"])
    }
  }

  @Test("a dropped table is held, and comes back")
  func undrop() async throws {
    try await CatalogFixture.with { lake in
      try await lake.makeNamespace("ns")
      let created = try await lake.makeTable("ns", "t")
      let warehouse = try lake.catalog.warehouse(nil)
      var record = warehouse.record
      record.holdSeconds = 3600
      _ = try await lake.catalog.store.apply(
        CatalogChange(in: "lake", [.replaceWarehouse(record, revision: record.revision)]))
      try await lake.catalog.refreshWarehouses()
      #expect(
        try await lake.send(.delete, "/v1/namespaces/ns/tables/t?purgeRequested=True").status == 204
      )
      #expect(try await lake.get("/v1/namespaces/ns/tables/t").status == 404)
      #expect(try await lake.catalog.due().isEmpty)
      // The name is free meanwhile.
      try await lake.makeTable("ns", "t")
      let held = try await lake.catalog.store.dropped(in: "lake", after: nil, limit: 10)
      let id = try #require(held.first?.id)
      let caller = CatalogFixture.anybody
      let holding = try lake.catalog.warehouse(nil)
      await #expect(throws: ErrorResponse.self) {
        try await lake.catalog.restore(id, as: nil, in: holding, by: caller)
      }
      _ = try await lake.catalog.restore(
        id, as: TableIdentifier(Namespace(["ns"]), "back"), in: holding, by: caller)
      let back = try await lake.get("/v1/namespaces/ns/tables/back")
      #expect(back.body["metadata"] == created.body["metadata"])
    }
  }
}
