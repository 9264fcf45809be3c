import Glibc
import JSON
import TestSupport
import Testing

/// Backups of the time series of real daemons, to a folder and to the S3 of another daemon.
@Suite("Backups of time series", .serialized)
struct SeriesBackupTests {
  /// Without rows of its own, which a slow machine would find new in the second backup.
  private static let quiet = ["--ports", "auto", "--series-self-interval", "0s"]

  private static let schema =
    SeriesSchema.measure + """

      ---
      kind: group
      metadata: {name: pp}
      catalog: CATALOG_PROPERTY
      resource_opts: {shard_num: 1}
      ---
      kind: property-schema
      metadata: {group: pp, name: ui}
      tags: [{name: port, type: TAG_TYPE_INT}]
      """

  private func make(_ folder: TemporaryDirectory, _ lake: Lake) async throws {
    try Lake.write(Self.schema, to: folder.file("schema.yaml"))
    #expect(try await lake.ctl("series", "apply", "-f", folder.file("schema.yaml")).exit == 0)
    let property = try await lake.ctl(
      "series", "property", "apply", "pp/ui", "1", "--tag", "port:=80")
    #expect(property.exit == 0, "\(property.errors)")
    try await self.write(folder, lake, from: 0)
  }

  /// A hundred rows of ten series.
  private func write(_ folder: TemporaryDirectory, _ lake: Lake, from start: Int) async throws {
    let now = time(nil) / 60 * 60
    let lines = (start..<start + 100).map { number in
      #"{"measure":"sw/cpm","time":\#((now - number * 60) * 1000),"#
        + #""tags":{"id":"s\#(number % 10)"},"fields":{"value":\#(number)}}"#
    }
    try Lake.write(lines.joined(separator: "\n"), to: folder.file("rows.ndjson"))
    let written = try await lake.ctl("series", "write", "-f", folder.file("rows.ndjson"))
    #expect(written.exit == 0, "\(written.errors)")
  }

  private func sum(_ lake: Lake) async throws -> Int64? {
    let answer = try await lake.ctl(
      "series", "query", "SELECT SUM(value) FROM MEASURE cpm IN sw TIME > '-2d'", "-o", "json")
    return try answer.json()["items"]?.array?.first?["value"]?.int64
  }

  private func job(_ answer: Lake.Answer) throws -> JSONValue {
    #expect(answer.exit == 0, "\(answer.errors) \(answer.output)")
    return try answer.json()["item"]?["result"] ?? .null
  }

  @Test("a backup brings rows, schema and properties back; the next one copies only what is new")
  func folder() async throws {
    let folder = TemporaryDirectory("series")
    let lake = try await Lake.ready(folder.file("data"), Self.quiet)
    try await self.make(folder, lake)
    let expected = try await self.sum(lake)
    #expect(expected == 4950)
    let place = "file://" + folder.file("backups")
    let first = try self.job(
      try await lake.ctl("series", "backup", "create", place, "--wait", "-o", "json"))
    #expect((first["written_bytes"]?.int64 ?? 0) > 0)
    let second = try self.job(
      try await lake.ctl("series", "backup", "create", place, "--wait", "-o", "json"))
    #expect(second["written_bytes"]?.int64 == 0, "nothing is new")
    #expect(second["size_bytes"] == first["size_bytes"])
    #expect(try await lake.ctl("series", "snapshot", "list", "-o", "name").output.isEmpty)
    let held = try await lake.ctl("series", "restore", place, "last", "--yes")
    #expect(held.exit == 4, "the group holds rows")
    for group in ["sw", "pp"] {
      let gone = try await lake.ctl(
        "series", "group", "delete", group, "--force", "not-empty", "--confirm", group, "--wait")
      #expect(gone.exit == 0, "\(gone.errors)")
    }
    _ = try self.job(
      try await lake.ctl("series", "backup", "verify", place, "last", "--wait", "-o", "json"))
    _ = try self.job(
      try await lake.ctl("series", "restore", place, "last", "--yes", "--wait", "-o", "json"))
    #expect(try await self.sum(lake) == expected)
    let property = try await lake.ctl("series", "property", "list", "pp/ui", "-o", "json").json()
    #expect(property["items"]?[0]?["tags"]?["port"]?.int64 == 80)
    // What comes after a restore stays, also through a kill.
    try await self.write(folder, lake, from: 100)
    #expect(try await self.sum(lake) == 19_900)
    try await lake.killNow()
    let again = try await Lake.ready(folder.file("data"), Self.quiet)
    #expect(try await self.sum(again) == 19_900)
    #expect(try await again.stop() == 0)
  }

  @Test("damage is found, refused and named; a backup goes without what others need")
  func damage() async throws {
    let folder = TemporaryDirectory("series")
    let lake = try await Lake.ready(folder.file("data"))
    try await self.make(folder, lake)
    let place = "file://" + folder.file("backups")
    let first = try self.job(
      try await lake.ctl("series", "backup", "create", place, "--wait", "-o", "json"))
    let name = try #require(first["backup"]?.string)
    try await self.write(folder, lake, from: 100)
    _ = try self.job(
      try await lake.ctl("series", "backup", "create", place, "--wait", "-o", "json"))
    _ = try self.job(
      try await lake.ctl(
        "series", "backup", "delete", place, name, "--confirm", name, "--wait", "-o", "json"))
    #expect(
      try await lake.ctl("series", "backup", "verify", place, "last", "--wait").exit == 0)
    let listed = try await lake.ctl("series", "backup", "list", place, "-o", "name").output
    #expect(listed.split(separator: "\n").count == 1)
    let found = try await runProgram(["find", folder.file("backups") + "/pieces", "-type", "f"])
    let piece = try #require(found.split(separator: "\n").first)
    try Lake.write("damage", to: String(piece))
    let verified = try await lake.ctl("series", "backup", "verify", place, "last", "--wait")
    #expect(verified.exit == 1)
    _ = try await lake.ctl(
      "series", "group", "delete", "sw", "--force", "not-empty", "--confirm", "sw", "--wait")
    let refused = try await lake.ctl(
      "series", "restore", place, "last", "--group", "sw", "--yes", "--wait", "--timeout", "60s")
    #expect(refused.exit != 0)
    #expect((try await self.sum(lake) ?? 0) == 0, "nothing of it is shown")
    #expect(try await lake.ctl("series", "restore", place, "nope", "--yes").exit == 3)
    #expect(try await lake.ctl("series", "backup", "list", "s3://nowhere").exit == 2)
    #expect(try await lake.stop() == 0)
  }

  @Test("another daemon takes back from a bucket what one has left there")
  func bucket() async throws {
    let folder = TemporaryDirectory("series")
    let store = try await Lake.ready(folder.file("store"))
    #expect(try await store.ctl("bucket", "create", "backups").exit == 0)
    let environment = [
      "LAKE_SERIES_BACKUP_S3_ENDPOINT": try store.file("endpoints.json")["s3"]?.string ?? "",
      "LAKE_SERIES_BACKUP_S3_CREDENTIALS_FILE": folder.file("store/credentials.json"),
      "LAKE_SERIES_BACKUP_S3_REGION": try store.file("endpoints.json")["region"]?.string ?? "",
    ]
    let only = Self.quiet + ["--services", "series-data,series-liaison"]
    let lake = try await Lake.ready(folder.file("data"), only, environment: environment)
    try await self.make(folder, lake)
    let place = "s3://backups/series"
    _ = try self.job(
      try await lake.ctl("series", "backup", "create", place, "--wait", "-o", "json"))
    #expect(try await lake.stop() == 0)
    let other = try await Lake.ready(folder.file("other"), only, environment: environment)
    _ = try self.job(
      try await other.ctl("series", "backup", "verify", place, "last", "--wait", "-o", "json"))
    _ = try self.job(
      try await other.ctl("series", "restore", place, "last", "--yes", "--wait", "-o", "json"))
    #expect(try await self.sum(other) == 4950)
    #expect(try await other.stop() == 0)
    #expect(try await store.stop() == 0)
  }
}
