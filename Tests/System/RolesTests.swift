import Glibc
import TestSupport
import Testing

/// The four roles of the object store as daemons of their own, on facts in etcd.
@Suite("Roles apart", .serialized)
struct RolesTests {
  private static func run(_ folder: TemporaryDirectory, _ more: [String]) async throws -> String {
    let etcd = try await Etcd.ready(masterKeyIn: folder)
    return try await runProgram(
      [
        pythonPath, repositoryRoot + "/Tests/System/clients/s3_roles.py", Lake.laked,
        folder.file("roles"), etcd.endpoint, folder.file("master.key"),
      ] + more, within: .seconds(900))
  }

  private static var rounds: String {
    getenv("LAKE_KILL_ROUNDS").map { String(cString: $0) } ?? "1"
  }

  @Test("start in any order, serve clients, and lose nothing when one after the other is killed")
  func apart() async throws {
    let folder = TemporaryDirectory("roles")
    let script = repositoryRoot + "/Tests/System/clients/s3.py"
    let output = try await Self.run(
      folder,
      ["--rounds", Self.rounds, "--client", "\(pythonPath) \(script) ENDPOINT boto3 aws"])
    #expect(output.contains("boto3: ok"), "\(output)")
    #expect(output.contains("aws: ok"), "\(output)")
    #expect(output.contains("\"rounds\": \(Self.rounds)"), "\(output)")
  }

  @Test("a mirror of two nodes reads on without one, refuses writes, and is whole when it is back")
  func mirror() async throws {
    let folder = TemporaryDirectory("roles")
    let output = try await Self.run(folder, ["--mirror", "--rounds", Self.rounds])
    #expect(output.contains("\"rounds\": \(Self.rounds)"), "\(output)")
  }

  @Test("one that waits for others says so, and ends when it is told to")
  func waiting() async throws {
    let folder = TemporaryDirectory("roles")
    let etcd = try await Etcd.ready(masterKeyIn: folder)
    let gateway = try Program([
      Lake.laked, "object-gateway", "--data", folder.file("gateway"), "--ports", "auto",
      "--facts-store", "etcd", "--facts-endpoints", etcd.endpoint,
      "--security-master-key-file", folder.file("master.key"),
    ])
    let says = await eventually(within: .seconds(20)) {
      gateway.errors.contains("no object-namespace is up") || gateway.poll() != nil
    }
    #expect(says, "\(gateway.errors)")
    #expect(!gateway.output.contains("ready"))
    gateway.signal(SIGTERM)
    #expect(try await gateway.wait(within: .seconds(10)) == 0, "\(gateway.errors)")
  }

  @Test("without shared facts a role that needs another one refuses, and says what to do")
  func alone() async throws {
    let folder = TemporaryDirectory("roles")
    let gateway = try Program([
      Lake.laked, "object-gateway", "--data", folder.file("gateway"), "--ports", "auto",
    ])
    #expect(try await gateway.wait(within: .seconds(20)) == 1)
    #expect(gateway.errors.contains("needs object-namespace"), "\(gateway.errors)")
    #expect(gateway.errors.contains("etcd"), "\(gateway.errors)")
  }
}
