import CommandTable
import Dashboard
import JSON

/// The object store of a sample; `nodeDown` has none.
extension SampleCluster {
  private static let paths = [
    "buckets", "operations", "hot", "disks", "volumes", "engine",
  ]

  func addObjects(to recording: inout Recording) {
    func add(_ path: String, _ reply: Result<JSONValue, CommandError>) {
      recording.entries.append(
        .init(milliseconds: 0, path: "/admin/v1/object/\(path)", reply: reply))
    }
    guard self != .nodeDown else {
      for path in Self.paths {
        add(
          path,
          .failure(
            CommandError(
              ErrorCode(serverCode: "http.not_found", exit: .notFound),
              "there is nothing at this path")))
      }
      return
    }
    add("buckets", .success(Self.list(self.buckets)))
    add("buckets/warehouse/usage", .success(Self.list(Self.usage)))
    add("buckets/warehouse/uploads", .success(Self.list(Self.uploads)))
    add("hot", .success(Self.list(self.hot)))
    add("disks", .success(Self.list(self.disks)))
    add("volumes", .success(Self.list(Self.volumes)))
    add("engine", .success(Self.list(Self.engines)))
  }

  private var buckets: [JSONValue] {
    [
      ("warehouse", 143_712, 41 << 30, "off"), ("raw", 8_402_113, 512 << 30, "enabled"),
      ("tmp", 12, 4096, "suspended"),
    ]
    .map { name, objects, bytes, versioning in
      [
        "bucket": .string(self.name(name)), "owner": "root", "created_at": Self.at(-864_000),
        "object_count": .integer(objects), "size_bytes": .integer(bytes),
        "versioning": .string(versioning), "version_bytes": .integer(bytes / 10),
        "upload_count": .integer(name == "raw" ? 3 : 0),
        "quota_bytes": name == "tmp" ? .integer(1 << 30) : .null, "documents": ["policy"],
        "lifecycle_count": 1, "region": "us-east-1",
      ]
    }
  }

  private static let usage: [JSONValue] = [
    ["prefix": "", "object_count": 143_712, "size_bytes": .integer(41 << 30)],
    ["prefix": "sales/", "object_count": 140_001, "size_bytes": .integer(40 << 30)],
    ["prefix": "web/", "object_count": 3_711, "size_bytes": .integer(1 << 30)],
  ]

  private static let uploads: [JSONValue] = [
    [
      "upload_id": "AAABmS0vJwAAAE1uYQ", "key": "sales/orders/big.parquet",
      "started_at": Self.at(-3600), "parts_count": 3, "size_bytes": .integer(48 << 20),
    ]
  ]

  func operations(_ moment: Int) -> [JSONValue] {
    [("getObject", 4180.0, 4.1), ("putObject", 402, 12.5), ("listObjectsV2", 11, 310)].enumerated()
      .map { index, entry in
        let wave = Self.wave(moment, index)
        return [
          "op": .string(entry.0), "node": "n1",
          "request_count": .integer(Int64(Double(moment) * entry.1 * 2)),
          "client_error_count": .integer(Int64(moment * index)), "server_error_count": 0,
          "rate_per_s": .double((entry.1 * (0.8 + 0.2 * wave)).rounded()),
          "p50_ms": .double(entry.2 / 10), "p99_ms": .double(entry.2),
          "p999_ms": .double(entry.2 * 3), "max_ms": .double(entry.2 * 9),
          "first_byte_p99_ms": .double(entry.2 * 0.9),
        ]
      }
  }

  private var hot: [JSONValue] {
    [("warehouse/sales/orders/", 0.61), ("raw/2026/11/", 0.28), ("tmp/", 0.02)].map { name, share in
      [
        "name": .string(self.name(name)), "by": "prefix", "request_per_s": .double(4600 * share),
        "traffic_bytes_per_s": .double(180e6 * share), "share_ratio": .double(share),
        "uncertain_ratio": 0.0,
      ]
    }
  }

  private var disks: [JSONValue] {
    [
      Self.disk("d1", "ok", 0.61), Self.disk("d2", "nearly-full", 0.93),
      Self.disk("d3", "damaged", 0.4),
    ]
  }

  private static func disk(_ name: String, _ state: String, _ used: Double) -> JSONValue {
    let size = 512 << 30
    let stored = Int64(used * Double(size))
    let damaged = state == "damaged"
    return [
      "disk": .string(name), "node": "n4", "volume": "1", "state": .string(state),
      "used_ratio": .double(used), "size_bytes": .integer(size), "stored_bytes": .integer(stored),
      "free_bytes": .integer(Int64(size) - stored),
      "quarantined_bytes": .integer(damaged ? 1 << 20 : 0),
      "scrub_ratio": name == "d1" ? 0.41 : .null, "damaged_count": .integer(damaged ? 2 : 0),
      "scrubbed_at": Self.at(-86_400 * 9), "writing_count": 4,
      "path": .string("/data/\(name)"), "reason": .null,
    ]
  }

  private static let volumes: [JSONValue] = [
    [
      "volume": "1", "kind": "replicated", "state": "open", "disks": ["d1", "d2"],
      "size_bytes": .integer(512 << 30), "used_bytes": .integer(476 << 30),
      "free_bytes": .integer(36 << 30), "block_count": 3_600_000,
    ]
  ]

  private static let engines: [JSONValue] = [
    [
      "engine": "namespace", "node": "n4", "kind": "tree", "object_count": 8_545_837,
      "commit_count": 88_000, "queued_count": 0, "cache_bytes": .integer(192 << 20),
      "cache_limit_bytes": .integer(256 << 20), "dirty_bytes": .integer(12 << 20),
      "log_bytes": .integer(41 << 20), "checkpoint_age_s": 41, "frames_read_count": 71,
      "file_bytes": .integer(1 << 30), "cache_hit_ratio": .null,
    ]
  ]
}
