import Glibc
import JSON
import TestSupport
import Testing

/// What watches over the time series of a real daemon: rights, logs, the disk, certificates, metrics.
@Suite("Time series that are watched over", .serialized)
struct SeriesGuardTests {
  private func make(_ folder: TemporaryDirectory, _ arguments: [String]) async throws -> Lake {
    let lake = try await Lake.ready(folder.file("data"), ["--ports", "auto"] + arguments)
    try Lake.write(SeriesSchema.measure, to: folder.file("schema.yaml"))
    let applied = try await lake.ctl("series", "apply", "-f", folder.file("schema.yaml"))
    #expect(applied.exit == 0, "\(applied.errors)")
    return lake
  }

  private static func rows(_ count: Int) -> String {
    (0..<count).map {
      #"{"measure":"sw/cpm","time":\#((time(nil) - $0 * 60) * 1000),"tags":{"id":"s\#($0)"},"#
        + #""fields":{"value":\#($0)}}"#
    }.joined(separator: "\n") + "\n"
  }

  /// The status and the body of a request to the gateway.
  private static func post(
    _ lake: Lake, _ path: String, _ body: String, as who: String? = nil
  ) async throws -> String {
    let key = try lake.file("credentials.json")
    let root =
      (key["access_key_id"]?.string ?? "") + ":" + (key["secret_access_key"]?.string ?? "")
    let base = try lake.file("endpoints.json")["series_http"]?.string ?? ""
    return try await runProgram([
      "curl", "-sk", "-u", who ?? root, "-w", " %{http_code}", base + path, "-d", body,
    ])
  }

  private static func query(_ text: String, _ id: String?) -> String {
    let parameters: JSONValue = id.map { [["str": ["value": .string($0)]]] } ?? []
    let value: JSONValue = ["query": .string(text), "params": parameters]
    return value.text()
  }

  private static let text = "SELECT value FROM MEASURE cpm IN sw TIME > '-1h' WHERE id = ?"

  /// Lines of a log, from all of its files.
  private static func lines(_ folder: TemporaryDirectory, _ log: String) async throws -> [JSONValue]
  {
    let text = try await runProgram([
      "sh", "-c", "cat \(folder.file("data"))/series/log/\(log)* 2>/dev/null || true",
    ])
    return try text.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
  }

  @Test("rows and queries are written down, texts that cost much are listed, all of it counted")
  func logs() async throws {
    let folder = TemporaryDirectory("series")
    let lake = try await self.make(
      folder,
      [
        "--series-ingest-log", "true", "--series-query-log", "true", "--series-slow-text", "1ns",
      ])
    let written = try await lake.ctl("series", "write", "-f", "-", input: Self.rows(30))
    #expect(written.exit == 0, "\(written.errors)")
    for id in ["s1", "s2"] {
      let answer = try await Self.post(lake, "/api/v1/bydbql/query", Self.query(Self.text, id))
      #expect(answer.hasSuffix(" 200"), "\(answer)")
    }
    let wrong = try await Self.post(lake, "/api/v1/bydbql/query", Self.query("SELECT", nil))
    #expect(wrong.hasSuffix(" 400"))
    let isThere = try await eventually(within: .seconds(10)) {
      try await Self.lines(folder, "bydbql-query-").count == 3
    }
    #expect(isThere)
    let texts = try await Self.lines(folder, "bydbql-query-")
    #expect(texts.map { $0["cache"]?.string } == ["miss", "hit", "bypass"])
    #expect(texts[2]["error"]?.string != nil)
    let rows = try await Self.lines(folder, "measure-ingest-")
    #expect(Set(rows.compactMap { $0["tags"]?["id"]?.string }).count == 30)
    let log = rows.map { $0.text() }.joined(separator: "\n") + "\n"
    let again = try await lake.ctl("series", "write", "-f", "-", "-o", "json", input: log)
    #expect(
      try again.json()["items"]?.array?.first?["written_rows"]?.int64 == 30,
      "a log of rows is rows: \(again.output) \(again.errors)")
    let hot = try await lake.ctl("series", "statements", "-o", "json")
    let statement = try #require(
      try hot.json()["items"]?.array?.first { $0["statement"]?.string == Self.text })
    #expect(statement["reason"]?.string == "slow")
    #expect(statement["use_count"]?.int64 == 2)
    #expect(statement["parameters"]?.text().contains("text of 2, ") == true)
    let metrics = try await runProgram([
      "curl", "-s", "-H", "Authorization: Bearer \(lake.token)", "\(lake.admin)/metrics",
    ])
    for line in [
      #"banyandb_bydbql_prepared_cache_total{result="hit"} 1"#,
      #"banyandb_liaison_grpc_total_finished{group="",service="bydbql",method="query"} 3"#,
      #"banyandb_liaison_grpc_total_err{group="",service="bydbql",method="query"} 1"#,
      "banyandb_bydbql_slow_query_total 3", "banyandb_system_disk{", "banyandb_storage_retention_",
      #"banyandb_measure_total_written{group="sw","#, "lake_series_journal_bytes_total",
    ] {
      #expect(metrics.contains(line), "\(line)")
    }
    #expect(try await lake.stop() == 0)
  }

  @Test("who has no right to a group neither reads nor writes it, and who has one does")
  func rights() async throws {
    let folder = TemporaryDirectory("series")
    let lake = try await self.make(folder, [])
    for (user, role) in [("nil", "none"), ("ann", "reader"), ("bob", "none")] {
      let made = try await lake.ctl(
        "user", "create", user, "--role", role, "--password-file", "-", input: "password 1")
      #expect(made.exit == 0, "\(made.errors)")
    }
    let granted = try await lake.ctl(
      "grant", "add", "series:write", "--on", "series/groups/sw", "--to", "user/bob")
    #expect(granted.exit == 0, "\(granted.errors)")
    let line = "cpm,id=x value=1i"
    for (user, asks, writes, makes) in [
      ("nil", "403", "403", "403"), ("ann", "200", "403", "403"), ("bob", "200", "204", "403"),
    ] {
      let who = "\(user):password 1"
      let asked = try await Self.post(
        lake, "/api/v1/bydbql/query", Self.query(Self.text, "s"), as: who)
      #expect(asked.hasSuffix(" \(asks)"), "\(user) asks: \(asked)")
      let wrote = try await Self.post(lake, "/write?db=sw", line, as: who)
      #expect(wrote.hasSuffix(" \(writes)"), "\(user) writes: \(wrote)")
      let made = try await Self.post(lake, "/write?db=other", line, as: who)
      #expect(made.hasSuffix(" \(makes)"), "\(user) makes a group: \(made)")
    }
    #expect(try await lake.stop() == 0)
  }

  @Test("a kind is made read-only and taken again without a restart")
  func readOnly() async throws {
    let folder = TemporaryDirectory("series")
    let file = folder.file("lake.yaml")
    try Lake.write("series:\n  disk_max_percent_measure: 100\n", to: file)
    let lake = try await self.make(folder, ["--config", file])
    func write() async throws -> Int32 {
      try await lake.ctl("series", "write", "-f", "-", input: Self.rows(3)).exit
    }
    #expect(try await write() == 0)
    try Lake.write("series:\n  disk_max_percent_measure: 0\n", to: file)
    kill(lake.pid, SIGHUP)
    #expect(try await eventually(within: .seconds(10)) { try await write() == 1 })
    let refused = try await lake.ctl(
      "series", "write", "-f", "-", "-o", "json", input: Self.rows(3))
    #expect(refused.output.contains("STATUS_DISK_FULL"), "\(refused.output)")
    let asked = try await lake.ctl(
      "series", "query", Self.text, "--param", "str=s1", "-o", "jsonl")
    #expect(
      asked.output.split(separator: "\n").count >= 1, "what is there is read: \(asked.errors)")
    try Lake.write("series:\n  disk_max_percent_measure: 100\n", to: file)
    kill(lake.pid, SIGHUP)
    #expect(try await eventually(within: .seconds(10)) { try await write() == 0 })
    #expect(try await lake.stop() == 0)
  }

  @Test("a certificate that is replaced is used without being told; one that is broken is not")
  func certificates() async throws {
    let folder = TemporaryDirectory("series")
    let certificates = try await Certificates.make()
    let lake = try await Lake.ready(
      folder.file("data"),
      [
        "--ports", "auto", "--series-certificate-file", certificates.certificate("server"),
        "--series-key-file", certificates.key("server"),
      ])
    let base = try lake.file("endpoints.json")["series_http"]?.string ?? ""
    #expect(base.hasPrefix("https://"))
    func serial() async throws -> String {
      let target = String(base.dropFirst("https://".count))
      return try await runProgram([
        "sh", "-c",
        "openssl s_client -connect \(target) </dev/null 2>/dev/null | openssl x509 -noout -serial",
      ])
    }
    let first = try await serial()
    #expect(first.contains("serial="))
    try Lake.write("no certificate", to: certificates.certificate("server"))
    let isRefused = await eventually(within: .seconds(15)) {
      lake.process.errors.contains("the certificate was not read again")
    }
    #expect(isRefused)
    #expect(try await serial() == first)
    try await certificates.issue("server", names: "DNS:localhost,IP:127.0.0.1")
    #expect(try await eventually(within: .seconds(15)) { try await serial() != first })
    #expect(try await lake.stop() == 0)
  }
}
