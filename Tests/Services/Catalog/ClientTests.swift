import Glibc
import TestSupport
import Testing

/// The clients that people have, over a daemon of its own.
@Suite("Clients", .serialized)
struct ClientTests {
  /// Where the build has put its programs: beside the test bundle.
  static let program: String = {
    var path = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &path, path.count - 1)
    let own = String(decoding: path[..<max(0, count)].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? own
    let folder = bundle.split(separator: "/").dropLast().joined(separator: "/")
    return "/\(folder)/laked"
  }()

  @Test(
    "everything that they do with tables",
    arguments: ["pyiceberg", "duckdb", "exchange", "events", "sinks", "purge", "rights", "s3"])
  func client(name: String) async throws {
    let output = try await runProgram(
      [
        pythonPath, repositoryRoot + "/Tests/Services/Catalog/client/clients.py",
        Self.program, name,
      ], within: .seconds(240))
    #expect(output.contains("\(name): ok"), "\(output)")
  }

  @Test(
    "the same on PostgreSQL, through a pooler",
    arguments: ["pyiceberg", "duckdb", "exchange", "events", "purge", "rights"])
  func clientOnPostgres(name: String) async throws {
    let output = try await runProgram(
      [
        pythonPath, repositoryRoot + "/Tests/Services/Catalog/client/clients.py",
        Self.program, name,
      ], environment: try await Self.postgres(isPooled: true), within: .seconds(240))
    #expect(output.contains("\(name): ok"), "\(output)")
  }

  @Test(
    "the same with the files in our own S3, by vended keys",
    arguments: ["pyiceberg", "duckdb", "exchange", "purge", "rights"])
  func clientOnOwnS3(name: String) async throws {
    let output = try await runProgram(
      [
        pythonPath, repositoryRoot + "/Tests/Services/Catalog/client/clients.py",
        Self.program, name,
      ], environment: ["LAKE_CLIENT_FILES": "s3"], within: .seconds(240))
    #expect(output.contains("\(name): ok"), "\(output)")
  }

  @Test("maintenance of tables, and what is shown of them, beside PyIceberg")
  func upkeep() async throws {
    let output = try await runProgram(
      [pythonPath, repositoryRoot + "/Tests/Services/Catalog/client/upkeep.py", Self.program],
      within: .seconds(240))
    #expect(output.contains("upkeep: ok"), "\(output)")
  }

  @Test("tables and views made and changed by the admin API, as PyIceberg and DuckDB see them")
  func shape() async throws {
    let output = try await runProgram(
      [pythonPath, repositoryRoot + "/Tests/Services/Catalog/client/shape.py", Self.program],
      within: .seconds(240))
    #expect(output.contains("shape: ok"), "\(output)")
  }

  @Test("maintenance by the clock, sizes over time, owners and branches by the admin API")
  func schedules() async throws {
    let output = try await runProgram(
      [pythonPath, repositoryRoot + "/Tests/Services/Catalog/client/schedules.py", Self.program],
      within: .seconds(240))
    #expect(output.contains("schedules: ok"), "\(output)")
  }

  @Test("every row of the table of bad input, over sockets")
  func rows() async throws {
    let output = try await runProgram(
      [pythonPath, repositoryRoot + "/Tests/Services/Catalog/client/rows.py", Self.program],
      within: .seconds(240))
    #expect(output.contains("rows: ok"), "\(output)")
  }

  @Test("three processes behind a balancer, killed in turn while writers work")
  func nodes() async throws {
    let output = try await runProgram(
      [pythonPath, repositoryRoot + "/Tests/Services/Catalog/client/nodes.py", Self.program],
      environment: try await Self.postgres(isPooled: false), within: .seconds(300))
    #expect(output.contains("nodes: ok"), "\(output)")
  }

  @Test("one process on the embedded store, killed again and again while sixteen writers append")
  func oneNode() async throws {
    let output = try await runProgram(
      [pythonPath, repositoryRoot + "/Tests/Services/Catalog/client/nodes.py", Self.program],
      within: .seconds(300))
    #expect(output.contains("nodes: ok"), "\(output)")
  }

  private static func postgres(isPooled: Bool) async throws -> [String: String] {
    let shared = try await sharedPostgres.value()
    let name = "client\(UInt32.random(in: 0 ... .max))"
    let address = try await shared.server.makeDatabase(name)
    return [
      "LAKE_CATALOG_STORE": "postgresql",
      "LAKE_CATALOG_POSTGRESQL_URL":
        isPooled ? shared.server.address(of: name, port: shared.pooler.port) : address,
    ]
  }
}
