import Glibc
import JSON
import TestSupport
import Testing

/// The object store of a real daemon, with the clients that people have.
@Suite("Objects", .serialized)
struct ObjectTests {
  private static func credentials(_ lake: Lake) throws -> [String: String] {
    let file = try lake.file("credentials.json")
    return [
      "AWS_ACCESS_KEY_ID": file["access_key_id"]?.string ?? "",
      "AWS_SECRET_ACCESS_KEY": file["secret_access_key"]?.string ?? "",
      "LAKE_DUCKDB_EXTENSIONS": repositoryRoot + "/.deps/extensions",
    ]
  }

  @Test(
    "put, get, list, sync twice, copy, move, delete",
    arguments: [
      "boto3", "boto3-1.35", "aws", "s3cmd", "rclone", "pyarrow", "duckdb", "pyiceberg",
    ])
  func client(name: String) async throws {
    let folder = TemporaryDirectory("objects")
    let lake = try await Lake.ready(folder.file("data"))
    let endpoint = try lake.file("endpoints.json")["s3"]?.string ?? ""
    let output = try await runProgram(
      [pythonPath, repositoryRoot + "/Tests/System/clients/s3.py", endpoint, name],
      environment: Self.credentials(lake), within: .seconds(240))
    #expect(output.contains("\(name): ok"), "\(output)")
    #expect(try await lake.stop() == 0)
    #expect(!lake.process.errors.contains("request failed"), "\(lake.process.errors)")
  }

  @Test("what many do at the same time has an order, and listings are whole")
  func consistency() async throws {
    let folder = TemporaryDirectory("objects")
    let lake = try await Lake.ready(folder.file("data"))
    let endpoint = try lake.file("endpoints.json")["s3"]?.string ?? ""
    let output = try await runProgram(
      [pythonPath, repositoryRoot + "/Tests/System/clients/s3_consistency.py", endpoint],
      environment: Self.credentials(lake), within: .seconds(300))
    #expect(output.contains("consistency: ok"), "\(output)")
    #expect(try await lake.stop() == 0)
  }

  /// The lines of the table "hostile and broken input", each over a socket of its own.
  @Test("what is broken or hostile is answered as it should be, and memory stays flat")
  func hostile() async throws {
    let folder = TemporaryDirectory("objects")
    let lake = try await Lake.ready(folder.file("data"))
    let endpoints = try lake.file("endpoints.json")
    var environment = try Self.credentials(lake)
    environment["LAKE_ADMIN_ENDPOINT"] = endpoints["admin"]?.string ?? ""
    environment["LAKE_ADMIN_TOKEN"] = try lake.file("credentials.json")["admin_token"]?.string ?? ""
    let output = try await runProgram(
      [
        pythonPath, repositoryRoot + "/Tests/System/clients/s3_hostile.py",
        endpoints["s3"]?.string ?? "", "\(lake.process.id)",
      ], environment: environment, within: .seconds(300))
    #expect(output.contains("hostile: ok"), "\(output)")
    #expect(try await lake.stop() == 0)
    #expect(!lake.process.errors.contains("\u{1B}"), "a control character in the log")
  }

  @Test("what was answered is there after every kill under load")
  func kills() async throws {
    let folder = TemporaryDirectory("objects")
    let rounds = getenv("LAKE_KILL_ROUNDS").map { String(cString: $0) } ?? "6"
    let output = try await runProgram(
      [
        pythonPath, repositoryRoot + "/Tests/System/clients/s3_kill.py", Lake.laked,
        folder.file("data"), "--rounds", rounds,
      ], within: .seconds(1800))
    #expect(output.contains("\"rounds\": \(rounds)"), "\(output)")
  }

  @Test("a disk that dies, or is taken out, is replaced while the store works")
  func disks() async throws {
    let folder = TemporaryDirectory("objects")
    let output = try await runProgram(
      [
        pythonPath, repositoryRoot + "/Tests/System/clients/s3_disks.py", Lake.laked, Lake.lakectl,
        folder.file("disks"),
      ], within: .seconds(600))
    #expect(output.contains("\"mirror\""), "\(output)")
    #expect(output.contains("\"taken_out\""), "\(output)")
  }

  @Test("the access log has a line for each request, and no signature")
  func accessLog() async throws {
    let folder = TemporaryDirectory("objects")
    let lake = try await Lake.ready(
      folder.file("data"), ["--ports", "auto", "--s3-access-log", "true"])
    let endpoint = try lake.file("endpoints.json")["s3"]?.string ?? ""
    let key = try lake.file("credentials.json")["access_key_id"]?.string ?? "-"
    let made = try await lake.ctl("bucket", "create", "logged")
    #expect(made.exit == 0, "\(made.errors)")
    let address = try await lake.ctl("object", "presign", "logged/a\u{1}b", "-o", "name")
    let url = address.output.split(separator: "\n").first.map(String.init) ?? ""
    for target in [url, endpoint + "/logged/secret?X=1"] {
      _ = try await runProgram(["curl", "-s", "-o", "/dev/null", "-A", "agent \"x\"", target])
    }
    #expect(try await lake.stop() == 0)
    let path = folder.file("data/object-gateway/log/access.log")
    let text = Lake.text(path) ?? ""
    let lines = try text.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    let asked = lines.filter { $0["agent"]?.string == "agent \"x\"" }
    #expect(asked.map { $0["op"]?.string } == ["getObject", "getObject"])
    #expect(asked.map { $0["status"]?.int64 } == [404, 403])
    #expect(asked.map { $0["error"]?.string } == ["NoSuchKey", "AccessDenied"])
    #expect(asked.map { $0["key"]?.string } == ["a\u{1}b", "secret"])
    #expect(asked.map { $0["key_id"]?.string } == [key, nil])
    #expect(!text.contains("Signature"))
  }
}
