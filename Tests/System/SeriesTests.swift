import Glibc
import JSON
import TestSupport
import Testing

/// Time series of a real daemon, through grpcio.
@Suite("Time series", .serialized)
struct SeriesTests {
  private static func client(_ lake: Lake, _ phase: String, _ base: Int) async throws -> String {
    let endpoints = try lake.file("endpoints.json")
    let key = try lake.file("credentials.json")
    return try await runProgram(
      [
        pythonPath, repositoryRoot + "/Tests/System/clients/series.py",
        endpoints["series_grpc"]?.string ?? "", endpoints["series_http"]?.string ?? "", phase,
        "\(base)",
      ],
      environment: [
        "SERIES_USER": key["access_key_id"]?.string ?? "",
        "SERIES_PASSWORD": key["secret_access_key"]?.string ?? "",
      ], within: .seconds(120))
  }

  @Test("rows that were answered are found, after a kill and after a clean end too")
  func rows() async throws {
    let folder = TemporaryDirectory("series")
    let base = time(nil) / 60 * 60
    let lake = try await Lake.ready(folder.file("data"))
    #expect(try await Self.client(lake, "write", base).contains("write: ok"))
    try await lake.killNow()
    let again = try await Lake.ready(folder.file("data"))
    #expect(try await Self.client(again, "read", base).contains("read: ok"))
    #expect(try await again.stop() == 0)
    let third = try await Lake.ready(folder.file("data"))
    #expect(try await Self.client(third, "read", base).contains("read: ok"))
    #expect(try await third.stop() == 0)
  }

  @Test("clients are told the version of the API that the operator says")
  func version() async throws {
    let folder = TemporaryDirectory("series")
    for (given, told) in [([], "0.10"), (["--series-api-version", "0.9"], "0.9")] {
      let lake = try await Lake.ready(
        folder.file("data-\(told)"), ["--ports", "auto", "--auth", "none"] + given)
      let base = try lake.file("endpoints.json")["series_http"]?.string ?? ""
      let answer = try await runProgram([
        pythonPath, "-c",
        "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1]).read().decode())",
        "\(base)/api/v1/common/api/version",
      ])
      #expect(try JSONValue(parsing: answer)["version"]?["version"]?.string == told, "\(answer)")
      #expect(try await lake.stop() == 0)
    }
    let refused = try Program([
      Lake.laked, "standalone", "--data", folder.file("refused"), "--ports", "auto",
      "--series-api-version", "latest",
    ])
    #expect(try await refused.wait(within: .seconds(20)) != 0)
    #expect(refused.errors.contains("0.9"), "\(refused.errors)")
  }

  @Test("a daemon that ends says so at once, whatever holds it up")
  func drain() async throws {
    let folder = TemporaryDirectory("series")
    let lake = try await Lake.ready(
      folder.file("data"), ["--ports", "auto", "--auth", "none"])
    let endpoints = try lake.file("endpoints.json")
    let output = try await runProgram(
      [
        pythonPath, repositoryRoot + "/Tests/System/clients/series_drain.py",
        endpoints["series_grpc"]?.string ?? "", endpoints["series_http"]?.string ?? "",
        "\(lake.pid)",
      ], within: .seconds(60))
    #expect(output.contains("drain: ok"), "\(output)")
    #expect(try await lake.process.wait(within: .seconds(30)) == 0)
  }

  @Test("random queries are answered as the rules say, natively, as text and as JSON")
  func random() async throws {
    let folder = TemporaryDirectory("series")
    let output = try await runProgram(
      [
        pythonPath,
        repositoryRoot + "/Tests/Services/TimeSeries/Program/differential.py", Lake.laked,
        folder.file("house"), "--seed", "10", "--queries", "12",
      ], within: .seconds(120))
    #expect(output.contains("after a restart"), "\(output)")
  }

  @Test("each rule of the fields is kept at both doors, and JSON is read as it is written")
  func rules() async throws {
    let folder = TemporaryDirectory("series")
    let output = try await runProgram(
      [
        pythonPath, repositoryRoot + "/Tests/Services/TimeSeries/Program/rules.py", Lake.laked,
        folder.file("house"),
      ], within: .seconds(120))
    #expect(output.contains("rules: ok"), "\(output)")
  }

  @Test("points that were answered are there after every kill under load, and rankings say so")
  func kills() async throws {
    let folder = TemporaryDirectory("series")
    let rounds = getenv("LAKE_KILL_ROUNDS").map { String(cString: $0) } ?? "5"
    let output = try await runProgram(
      [
        pythonPath, repositoryRoot + "/Tests/System/clients/series_kill.py", Lake.laked,
        folder.file("data"), "--rounds", rounds, "--long", "4",
      ], within: .seconds(1800))
    #expect(output.contains("\"rounds\": \(rounds)"), "\(output)")
  }
}
