import Configuration
@testable import LakeDaemon
import Hosting
import Testing
import Values

@Suite("Command line of laked")
struct DaemonCommandTests {
  static let services = ["catalog", "object-gateway", "object-blobs"].map { name in
    ServiceDescriptor(
      name: name, summary: "does \(name)",
      after: name == "object-gateway" ? ["object-blobs"] : []
    ) { _ in preconditionFailure("not started here") }
  }

  private static func parse(
    _ line: String, _ environment: [String: String] = [:]
  ) throws -> DaemonCommand {
    try DaemonCommand.parse(
      line.split(separator: " ").map(String.init), environment: environment, services: services)
  }

  static let runs: [(line: String, roles: [String], isStandalone: Bool)] = [
    ("standalone", ["catalog", "object-gateway", "object-blobs"], true),
    ("standalone --services object-blobs,catalog --data /d", ["catalog", "object-blobs"], true),
    ("--data /d standalone --ports auto", ["catalog", "object-gateway", "object-blobs"], true),
    ("catalog", ["catalog"], false),
    ("run object-gateway catalog", ["catalog", "object-gateway"], false),
  ]

  @Test("roles are named in several ways", arguments: runs.indices)
  func roles(_ index: Int) throws {
    let expected = Self.runs[index]
    guard case .run(let roles, let isStandalone, let configuration) = try Self.parse(expected.line)
    else {
      Issue.record("\(expected.line) does not run")
      return
    }
    #expect(roles == expected.roles)
    #expect(isStandalone == expected.isStandalone)
    if expected.line.contains("--data") { #expect(configuration[DaemonKeys.data] == "/d") }
  }

  static let mistakes: [(line: String, message: String)] = [
    ("catalogue", "there is no service or command \"catalogue\""),
    ("standalone --services catalgo", "there is no service or command \"catalgo\""),
    ("standalone now", "standalone takes no \"now\""),
    ("run", "run names no role"),
    ("standalone --dta x", "there is no flag --dta"),
    ("config", "config is followed by check FILE, show or sample"),
  ]

  @Test("a mistake is named", arguments: mistakes.indices)
  func mistake(_ index: Int) throws {
    let error = try #require(throws: DaemonCommand.UsageError.self) {
      _ = try Self.parse(Self.mistakes[index].line)
    }
    #expect(error.message == Self.mistakes[index].message)
  }

  @Test("secrets come from the environment, never from flags")
  func secrets() throws {
    #expect(throws: (any Error).self) {
      try Self.parse("standalone --root-password hunter2hunter2")
    }
    guard
      case .run(_, _, let configuration) = try Self.parse(
        "standalone", ["LAKE_ROOT_PASSWORD": "hunter2hunter2"])
    else { return }
    #expect(configuration[DaemonKeys.rootPassword]?.exposed == "hunter2hunter2")
    #expect(!"\(configuration.shown())".contains("hunter2"))
  }

  @Test("halves of a pair are refused")
  func pairs() {
    #expect(throws: ConfigurationError.self) {
      try Self.parse("standalone", ["LAKE_ROOT_ACCESS_KEY": "AKID"])
    }
    #expect(throws: ConfigurationError.self) {
      try Self.parse("standalone --admin-certificate-file /c.pem")
    }
    #expect(throws: ConfigurationError.self) { try Self.parse("standalone --facts-store etcd") }
  }

  @Test("services start behind those that they stand on")
  func order() throws {
    guard case .run(let roles, _, let configuration) = try Self.parse("standalone") else { return }
    let plan = DaemonPlan(
      roles: roles, isStandalone: true, configuration: configuration, services: Self.services,
      arguments: [])
    let names = plan.descriptors.map(\.name)
    #expect(names.count == 3)
    let blobs = try #require(names.firstIndex(of: "object-blobs"))
    let gateway = try #require(names.firstIndex(of: "object-gateway"))
    #expect(blobs < gateway)
  }
}
