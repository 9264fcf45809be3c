import Glibc
import JSON
import TestSupport
import Testing

/// Time series of a real daemon, through lakectl.
@Suite("Time series for their operator", .serialized)
struct SeriesOperatorTests {
  private static let schema =
    SeriesSchema.measure + """

      ---
      kind: topn
      metadata: {group: sw, name: best}
      source_measure: {group: sw, name: cpm}
      field_name: value
      field_value_sort: SORT_DESC
      counters_number: 100
      lru_size: 2
      """

  /// Three days of ten series, a point a day at noon, and one line that is refused.
  private static func rows(_ now: Int) -> String {
    var lines: [String] = []
    for day in 0..<3 {
      for series in 0..<10 {
        lines.append(
          #"{"measure":"sw/cpm","time":\#((now - day * 86_400) * 1000),"tags":{"id":"s\#(series)"},"#
            + #""fields":{"value":\#(series)}}"#)
      }
    }
    return lines.joined(separator: "\n") + "\n" + #"{"measure":"sw/cpm","time":0,"tags":{"x":1}}"#
  }

  private func make(_ folder: TemporaryDirectory) async throws -> Lake {
    let lake = try await Lake.ready(folder.file("data"))
    try Lake.write(Self.schema, to: folder.file("schema.yaml"))
    try Lake.write(Self.rows(time(nil) / 60 * 60), to: folder.file("rows.ndjson"))
    let applied = try await lake.ctl(
      "series", "apply", "-f", folder.file("schema.yaml"), "-o", "json")
    #expect(applied.exit == 0, "\(applied.errors)")
    let written = try await lake.ctl(
      "series", "write", "-f", folder.file("rows.ndjson"), "-o", "json")
    #expect(written.exit == 10, "one row is refused: \(written.errors)")
    let row = try #require(try written.json()["items"]?.array?.first)
    #expect(row["written_rows"]?.int64 == 30)
    #expect(row["refused_rows"]?.int64 == 1)
    return lake
  }

  @Test("documents are applied, compared and exported, each twice the same")
  func documents() async throws {
    let folder = TemporaryDirectory("series")
    let lake = try await self.make(folder)
    let again = try await lake.ctl(
      "series", "apply", "-f", folder.file("schema.yaml"), "-o", "json")
    let actions = try #require(try again.json()["items"]?.array).map { $0["action"]?.string }
    #expect(actions == ["unchanged", "unchanged", "unchanged"])
    #expect(try await lake.ctl("series", "diff", "-f", folder.file("schema.yaml")).exit == 0)
    let exported = try await lake.ctl("series", "export")
    try Lake.write(exported.output, to: folder.file("export.yaml"))
    let same = try await lake.ctl("series", "diff", "-f", folder.file("export.yaml"))
    #expect(same.exit == 0, "\(same.output)")
    let other = Self.schema.replacing(
      "field_type: FIELD_TYPE_INT", with: "field_type: FIELD_TYPE_FLOAT")
    try Lake.write(other, to: folder.file("other.yaml"))
    let refused = try await lake.ctl(
      "series", "apply", "-f", folder.file("other.yaml"), "-o", "json")
    #expect(refused.exit == 10, "the field keeps its type: \(refused.output)")
    #expect(try await lake.stop() == 0)
  }

  @Test("rows are asked for, counted, merged and found on disk")
  func layout() async throws {
    let folder = TemporaryDirectory("series")
    let lake = try await self.make(folder)
    let asked = try await lake.ctl(
      "series", "query", "SELECT id, value FROM MEASURE cpm IN sw TIME > '-3d' WHERE id = ?",
      "--param", "str=s7", "-o", "jsonl")
    #expect(asked.exit == 0, "\(asked.errors)")
    let values = try asked.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    #expect(values.count == 3)
    #expect(values.allSatisfy { $0["value"]?.int64 == 7 && $0["id"]?.string == "s7" })
    let best = try await lake.ctl(
      "series", "topn", "sw/best", "--n", "2", "--since", "-1d", "-o", "jsonl")
    let ranked = try best.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    #expect(ranked.map { $0["value"]?.int64 } == [9, 8])
    #expect(try await lake.ctl("series", "flush").exit == 0)
    let group = try await lake.ctl("series", "group", "show", "sw", "-o", "json").json()["item"]
    #expect(group?["row_count"]?.int64 == 30)
    #expect(group?["segment_count"]?.int64 == 3)
    #expect(group?["series_count"]?.int64 == 10)
    #expect(group?["memory_bytes"]?.int64 == 0)
    let counts = try await lake.ctl(
      "series", "cardinality", "sw", "--subject", "cpm", "-o", "json"
    ).json()["items"]?.array
    #expect(counts?.map { $0["series_count"]?.int64 } == [10, 10])
    let parts = try #require(
      try await lake.ctl("series", "part", "list", "sw", "-o", "json").json()["items"]?.array)
    #expect(parts.reduce(0) { $0 + ($1["row_count"]?.int64 ?? 0) } == 30)
    let merged = try await lake.ctl("series", "merge", "sw", "--wait", "-o", "json")
    #expect(merged.exit == 0, "\(merged.errors)")
    let scrubbed = try await lake.ctl("series", "scrub", "--wait")
    #expect(scrubbed.exit == 0, "\(scrubbed.output)")
    // Two days were there before the ranking was: their counters come when it is made anew.
    let rebuilt = try await lake.ctl("series", "topn", "rebuild", "sw/best", "--wait")
    #expect(rebuilt.exit == 0, "\(rebuilt.output) \(rebuilt.errors)")
    let status = try await lake.ctl("series", "topn", "status", "sw", "-o", "json")
    let kept = try #require(try status.json()["items"]?.array?.first)
    #expect(kept["ranking"]?.string == "sw/best")
    #expect((kept["window_count"]?.int64 ?? 0) >= 2)
    #expect(kept["waiting_count"]?.int64 == 0)
    #expect(kept["error"]?.string == nil)
    #expect(try await lake.ctl("series", "flush").exit == 0)
    let counted = try await lake.ctl("series", "group", "show", "sw", "-o", "json").json()["item"]
    #expect(counted?["row_count"]?.int64 == 30, "counters are no rows of users")
    #expect(try await lake.ctl("series", "topn", "rebuild", "sw/none").exit == 3)
    let same = try await lake.ctl(
      "series", "topn", "sw/best", "--n", "2", "--since", "-1d", "-o", "jsonl")
    #expect(same.output == best.output)
    #expect(try await lake.stop() == 0)
  }

  @Test("a shorter time says what it expires, and then the rows are gone")
  func retention() async throws {
    let folder = TemporaryDirectory("series")
    let lake = try await self.make(folder)
    let plan = try await lake.ctl("series", "group", "set", "sw", "--ttl", "1d", "-n")
    #expect(plan.exit == 0)
    #expect((plan.output + plan.errors).contains("10 rows"), "\(plan.output) \(plan.errors)")
    #expect(try await lake.ctl("series", "group", "set", "sw", "--ttl", "1d").exit == 9)
    let set = try await lake.ctl("series", "retention", "set", "sw", "--ttl", "1d", "--yes")
    #expect(set.exit == 0, "\(set.errors)")
    #expect(set.errors.contains("lakectl series retention set sw --ttl 30d"))
    #expect(try await lake.ctl("series", "retention", "run", "--wait").exit == 0)
    let group = try await lake.ctl("series", "group", "show", "sw", "-o", "json").json()["item"]
    #expect(group?["segment_count"]?.int64 == 2)
    let full = try await lake.ctl("series", "group", "delete", "sw", "--confirm", "sw")
    #expect(full.exit == 4)
    let gone = try await lake.ctl(
      "series", "group", "delete", "sw", "--force", "not-empty", "--confirm", "sw", "--wait")
    #expect(gone.exit == 0, "\(gone.errors)")
    #expect(try await lake.ctl("series", "group", "show", "sw").exit == 3)
    #expect(try await lake.stop() == 0)
  }

  @Test("snapshots are taken, listed and removed")
  func snapshots() async throws {
    let folder = TemporaryDirectory("series")
    let lake = try await self.make(folder)
    let taken = try await lake.ctl("series", "snapshot", "create", "-o", "json").json()["item"]
    let name = try #require(taken?["snapshot"]?.string)
    #expect((taken?["files_count"]?.int64 ?? 0) > 0)
    let listed = try await lake.ctl("series", "snapshot", "list", "-o", "name")
    #expect(listed.output == name + "\n")
    #expect(try await lake.ctl("series", "snapshot", "delete", name, "--yes").exit == 0)
    #expect(try await lake.ctl("series", "snapshot", "delete", name, "--yes").exit == 3)
    #expect(try await lake.stop() == 0)
  }
}
