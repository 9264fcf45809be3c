import CommandTable
import Dashboard
import JSON

/// The time series of a sample; `nodeDown` has none.
extension SampleCluster {
  func addSeries(to recording: inout Recording) {
    guard self != .nodeDown else {
      for path in ["groups", "segments", "retention", "rankings", "snapshots"] {
        recording.entries.append(
          .init(
            milliseconds: 0, path: "/admin/v1/series/\(path)",
            reply: .failure(
              CommandError(
                ErrorCode(serverCode: "http.not_found", exit: .notFound),
                "there is nothing at this path"))))
      }
      return
    }
    let group = self.name("sw_metric")
    for (path, items) in [
      ("segments", self.segments(group)), ("parts", Self.parts(group)),
      ("tables", Self.seriesTables(group)), ("retention", Self.retention(group)),
      ("rankings", Self.rankings(group)), ("snapshots", Self.snapshots(group)),
      ("migrations", Self.migrations(group)), ("orphans", Self.orphans(group)),
      ("statements", Self.statements), ("objects/measure", Self.measures(group)),
      ("objects/stream", []), ("objects/trace", []),
      ("groups/sw_metric/cardinality", Self.cardinality),
    ] {
      recording.entries.append(
        .init(
          milliseconds: 0, path: "/admin/v1/series/\(path)", reply: .success(Self.list(items))))
    }
  }

  /// Rows come all the time; expiry takes some of them away.
  func seriesGroups(_ moment: Int) -> [JSONValue] {
    [("sw_metric", "measure", 310_000, 4000), ("sw_record", "stream", 1200, 31)].enumerated().map {
      index, entry in
      let (name, catalog, rate, series) = entry
      let wave = Self.wave(moment, index)
      return [
        "group": .string(self.name(name)), "catalog": .string(catalog), "shard_count": 2,
        "replica_count": 0, "segment_interval": "1d", "ttl": "7d", "stages": [],
        "resource_count": 12,
        "row_count": .integer(143_712_004 + moment * 2 * rate + Int(wave * 1000)),
        "series_count": .integer(series + moment), "segment_count": 8,
        "part_count": .integer(24 + moment % 5), "backlog_count": .integer(index == 0 ? 70 : 0),
        "stored_bytes": .integer((index == 0 ? 44 << 20 : 3 << 30) + moment * 4096),
        "memory_bytes": .integer(Int(wave * 8_000_000)), "expires_at": Self.at(35_799),
        "oldest_at": Self.at(-654_201), "newest_at": Self.at(35_799), "deleting": false,
        "etag": "7",
      ]
    }
  }

  private func segments(_ group: String) -> [JSONValue] {
    (0..<4).map { number in
      let day = number / 2
      return [
        "segment": .string("\(group)/2026-11-\(20 - day)T00:00:00Z/\(number % 2)"),
        "group": .string(group), "node": .string(self.name("n3")), "stage": "hot",
        "shard": .string("\(number % 2)"), "begin_at": Self.at(-50_601 - day * 86_400),
        "end_at": Self.at(35_799 - day * 86_400), "expires_at": Self.at(640_599 - day * 86_400),
        "row_count": .integer(17_964_000 - number * 1000), "series_count": 2000,
        "part_count": .integer(number == 0 ? 24 : 1),
        "backlog_count": .integer(number == 0 ? 20 : 0),
        "size_bytes": .integer(5_527_000 - number * 512),
        "memory_bytes": .integer(day == 0 ? 1 << 20 : 0),
      ]
    }
  }

  private static func parts(_ group: String) -> [JSONValue] {
    [(1, 5_988_000, 1_842_000, 0.0096), (2, 120_000, 51_200, 0.013)].map {
      number, rows, bytes, ratio in
      [
        "part": .string("\(group)/2026-11-20T00:00:00Z/0/000000000000000\(number)"),
        "group": .string(group), "shard": "0", "begin_at": Self.at(-50_601),
        "level": .string("\(2 - number)"), "row_count": .integer(rows),
        "series_count": 2000, "size_bytes": .integer(bytes), "plain_ratio": .double(ratio),
        "index_bytes": .integer(bytes / 40), "tables": ["cpm"], "error": .null,
      ]
    }
  }

  private static func seriesTables(_ group: String) -> [JSONValue] {
    [
      [
        "name": .string("\(group)/cpm"), "kind": "measure", "row_count": 143_712_004,
        "series_count": 32_000, "block_count": 17_545, "size_bytes": .integer(43 << 20),
        "series_bytes": 65_536, "index_bytes": .integer(1 << 20),
      ]
    ]
  }

  private static func measures(_ group: String) -> [JSONValue] {
    [
      [
        "name": .string("\(group)/cpm"), "group": .string(group), "kind": "measure",
        "tags_count": 3, "fields_count": 2, "entity": ["service", "instance"], "interval": "1m",
        "updated_at": Self.at(-864_000), "document": ["kind": "measure"],
      ]
    ]
  }

  private static let cardinality: [JSONValue] = [
    ["subject": "cpm", "tag": .null, "series_count": 4000, "growth_count": 12],
    ["subject": "endpoint_cpm", "tag": .null, "series_count": 143_712, "growth_count": 9001],
  ]

  private static func retention(_ group: String) -> [JSONValue] {
    [
      [
        "name": .string(group), "group": .string(group), "stage": "hot", "ttl": "7d",
        "segment_count": 8, "next_at": Self.at(35_799), "freed_bytes": 5_527_000,
      ]
    ]
  }

  /// One that is up to date, and one whose node was away.
  private static func rankings(_ group: String) -> [JSONValue] {
    [("cpm", 20_160, 2, -81, 0), ("latency", 9000, 120, -681, 600_000)].map {
      measure, windows, waiting, end, behind in
      [
        "ranking": .string("\(group)/\(measure)_top"), "node": "n1", "measure": .string(measure),
        "interval": "1m", "window_count": .integer(windows), "waiting_count": .integer(waiting),
        "entry_count": 1000, "begin_at": Self.at(-604_800), "end_at": Self.at(end),
        "behind_ms": .integer(behind),
      ]
    }
  }

  /// One that goes, and one that cannot.
  private static func migrations(_ group: String) -> [JSONValue] {
    [("2026-11-13", []), ("2026-11-14", ["gone"])].map { (day: String, orphans: [JSONValue]) in
      [
        "move": .string("\(group)/hot until \(day)T00:00:00Z"), "group": .string(group),
        "stage": "hot", "next_stage": "warm", "shards": ["0", "1"], "from_nodes": ["n1", "n2"],
        "to_nodes": ["n3"], "begin_at": Self.at(-691_200), "end_at": Self.at(-604_800),
        "segment_count": 1, "row_count": 1_440_000, "size_bytes": 5_527_000,
        "orphans": .array(orphans), "orphan_row_count": .integer(orphans.isEmpty ? 0 : 1200),
        "error": orphans.isEmpty ? .null : "node n2 has not had everything yet",
      ]
    }
  }

  private static func orphans(_ group: String) -> [JSONValue] {
    [
      [
        "orphan": .string("\(group)/gone"), "group": .string(group), "stage": "hot",
        "table_kind": "measure", "nodes": ["n1", "n2"], "part_count": 2, "row_count": 1200,
        "size_bytes": 40_960, "begin_at": Self.at(-691_200), "end_at": Self.at(-604_800),
        "fate": "archive",
      ]
    ]
  }

  private static let statements: [JSONValue] = [
    ("SELECT value FROM MEASURE cpm IN sw TIME > '-30d' WHERE service = ?", "slow", 7, 2310.5),
    ("SELECT * FROM STREAM log IN sw_record WHERE trace_id = ?", "reparsed", 41, 3.2),
  ].map { text, reason, count, longest in
    [
      "statement": .string(text), "reason": .string(reason), "node": "n1",
      "use_count": .integer(count), "longest_ms": .double(longest), "last_at": Self.at(-81),
      "parameters": ["text of 8, 2bb80d537b1d"],
    ]
  }

  private static func snapshots(_ group: String) -> [JSONValue] {
    [
      [
        "snapshot": "20261120140321-0123abcd", "created_at": Self.at(-60),
        "groups": [.string(group)], "files_count": 48, "size_bytes": .integer(44 << 20),
      ]
    ]
  }
}
