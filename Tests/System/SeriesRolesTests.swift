import Glibc
import TestSupport
import Testing

/// The two roles of the time series as daemons of their own, on facts in etcd.
@Suite("Time series apart", .serialized)
struct SeriesRolesTests {
  @Test("every acknowledged row is on each copy, whoever was away meanwhile")
  func apart() async throws {
    let folder = TemporaryDirectory("series-roles")
    let etcd = try await Etcd.ready(masterKeyIn: folder)
    let rounds = getenv("LAKE_KILL_ROUNDS").map { String(cString: $0) } ?? "1"
    let output = try await runProgram(
      [
        pythonPath, repositoryRoot + "/Tests/System/clients/series_roles.py", Lake.laked,
        folder.file("roles"), etcd.endpoint, "\(etcd.process.id)", folder.file("master.key"),
        "--rounds", rounds,
      ], within: .seconds(900))
    #expect(output.contains("\"rounds\": \(rounds)"), "\(output)")
    #expect(output.contains("\"refused\": 0"), "\(output)")
  }

  @Test("rows move from tier to tier and shards from node to node, each row is there once")
  func tiers() async throws {
    let folder = TemporaryDirectory("series-tiers")
    let etcd = try await Etcd.ready(masterKeyIn: folder)
    let kills = getenv("LAKE_KILL_ROUNDS").map { String(cString: $0) } ?? "3"
    let output = try await runProgram(
      [
        pythonPath, repositoryRoot + "/Tests/System/clients/series_tiers.py", Lake.laked,
        folder.file("tiers"), etcd.endpoint, "\(etcd.process.id)", folder.file("master.key"),
        "--kills", kills,
      ], within: .seconds(900))
    #expect(output.contains("\"kills\": \(kills)"), "\(output)")
  }

  @Test("without shared facts a liaison that has no rows refuses, and says what to do")
  func alone() async throws {
    let folder = TemporaryDirectory("series-roles")
    let liaison = try Program([
      Lake.laked, "series-liaison", "--data", folder.file("liaison"), "--ports", "auto",
    ])
    #expect(try await liaison.wait(within: .seconds(20)) == 1)
    #expect(liaison.errors.contains("needs series-data"), "\(liaison.errors)")
    #expect(liaison.errors.contains("etcd"), "\(liaison.errors)")
  }
}
