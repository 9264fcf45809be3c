import CommandTable
import Dashboard
import JSON

/// The catalog of a sample; `nodeDown` has none.
extension SampleCluster {
  func addCatalog(to recording: inout Recording) {
    func add(_ path: String, _ items: [JSONValue]) {
      let reply: Result<JSONValue, CommandError> =
        self == .nodeDown
        ? .failure(
          CommandError(
            ErrorCode(serverCode: "http.not_found", exit: .notFound),
            "there is nothing at this path")) : .success(Self.list(items))
      recording.entries.append(
        .init(milliseconds: 0, path: "/admin/v1/catalog/\(path)", reply: reply))
    }
    if self == .nodeDown { add("activity", []) }
    add("tables/sales.orders/history", Self.history)
    add(
      "tables/sales.orders/refs",
      [["ref": "main", "type": "branch", "snapshot_id": "3051729675574597004", "keep_s": .null]])
    add(
      "tables/sales.orders/manifests",
      (0..<3).map { index in
        [
          "path": .string("s3://lake/sales/orders/metadata/\(index)-m0.avro"), "content": "data",
          "size_bytes": .integer(6912 + index), "added_files_count": 1, "existing_files_count": 0,
          "deleted_files_count": 0, "rows_count": 512, "sequence_number": .integer(7 - index),
        ]
      })
    add(
      "tables/sales.orders/files",
      (0..<4).map { index in
        [
          "path": .string("s3://lake/sales/orders/data/0000\(index)-0.parquet"), "content": "data",
          "partition": ["day": .string("2026-11-2\(index)")], "rows_count": 512,
          "size_bytes": .integer(48_213 - index), "format": "parquet",
        ]
      })
    add("tables/sales.orders/statistics", Self.sizes)
    add("schedules", Self.schedules)
    add(
      "namespaces",
      [("sales", 12, "ann"), ("sales.eu", 3, nil), ("web", 2, "bob")].map {
        (name: String, tables: Int, owner: String?) in
        [
          "namespace": .string(name), "table_count": .integer(Int64(tables)), "view_count": 1,
          "owner": owner.map { .string($0) } ?? .null, "location": .string("s3://lake/\(name)"),
        ]
      })
    add("events", self.catalogEvents)
    add(
      "dropped",
      [
        [
          "object_id": "6f1c2a9e-3d2b-4c58-9a44-0d9f5c1b7e21", "name": "sales.old", "kind": "table",
          "dropped_at": Self.at(-3600), "purge_at": Self.at(86_400), "size_bytes": 1024,
        ]
      ])
    add(
      "warehouses",
      [
        [
          "warehouse": "lake", "state": "active", "location": "s3://lake/tables", "storage": "s3",
          "access": "vended", "soft_delete_s": 604_800,
        ]
      ])
  }

  func tables(commits: Int) -> [JSONValue] {
    [
      ("sales.orders", 95_420_416, 1_204_551, 87, commits, 3),
      ("web.clicks", 41 << 30, 8_402_113_551, 9_113, 120_044 + commits * 4, 0),
      ("web.sessions", 3 << 30, 52_113, 44, 61, 12),
    ].map { name, bytes, rows, files, commits, conflicts in
      [
        "name": .string(self.name(name)), "warehouse": "lake", "size_bytes": .integer(bytes),
        "rows_count": .integer(rows), "files_count": .integer(files),
        "commit_count": .integer(commits), "conflict_count": .integer(conflicts),
        "retry_count": .integer(conflicts * 2), "delete_files_count": 0, "updated_at": Self.at(-40),
        "location": .string("s3://lake/\(name)"),
      ]
    }
  }

  private static let sizes: [JSONValue] = (0..<40).map { index in
    [
      "at": Self.at(-600 * index), "snapshot_id": .string("\(3_051_729_675_574_597_004 - index)"),
      "rows_count": .integer(1_204_551 - index * (index < 20 ? 512 : 9_000)),
      "size_bytes": .integer(95_420_416 - index * 1_048_576),
      "files_count": .integer(index < 5 ? 87 : 120 + index), "delete_files_count": 0,
    ]
  }

  private static let schedules: [JSONValue] = [
    ("*", "warehouse", "manifests", "running"), ("sales", "namespace", "expire", "succeeded"),
    ("sales.orders", "table", "compact", "failed"),
  ].map { target, scope, task, state in
    [
      "warehouse": "lake", "target": .string(target), "scope": .string(scope),
      "task": .string(task), "every_s": 86_400, "last_at": Self.at(-3600),
      "next_at": Self.at(82_800), "state": .string(state), "tables_count": 12,
    ]
  }

  private static let history: [JSONValue] = (0..<6).map { index in
    [
      "snapshot_id": .string("\(3_051_729_675_574_597_004 - index)"), "table": "sales.orders",
      "warehouse": "lake", "at": Self.at(-60 * index),
      "operation": index == 3 ? "overwrite" : "append",
      "refs": index == 0 ? ["main"] : [], "added_rows_count": 512,
      "deleted_rows_count": index == 3 ? 40 : .null,
      "size_bytes": .integer(95_420_416 - index * 48_213),
    ]
  }

  private var catalogEvents: [JSONValue] {
    (0..<5).map { index in
      [
        "sequence": .integer(117 + index), "at": Self.at(index * 4 - 20),
        "type": index == 2 ? "table.created" : "table.committed",
        "name": .string(self.name(index == 2 ? "web.sessions" : "sales.orders")),
        "actor": "user:ann", "warehouse": "lake", "details": ["operation": "append"],
      ]
    }
  }
}
