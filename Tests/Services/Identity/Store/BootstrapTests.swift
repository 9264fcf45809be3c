import Cluster
import Testing
import Values

@testable import Identity

@Suite("First start")
struct BootstrapTests {
  @Test("makes root identities that can do everything")
  func firstStart() throws {
    try IdentityWorld.run { world in
      let (identity, root) = try await world.openWithRoot()
      #expect(root.accessKeyID.utf8.count == 20)
      #expect(root.secretAccessKey.exposed.utf8.count == 40)
      #expect(root.user == "lake")
      #expect(root.password.exposed == "correct horse")
      let byToken = try identity.authenticate(
        bearer: root.adminToken.exposed, source: "127.0.0.1")
      #expect(byToken.who == .user("lake"))
      let byPassword = try await identity.authenticate(
        user: "lake", password: "correct horse", source: "127.0.0.1")
      let signing = try identity.secret(forAccessKey: root.accessKeyID)
      #expect(signing.secrets.map(\.exposed) == [root.secretAccessKey.exposed])
      let session = try await identity.clientCredentials(
        id: root.accessKeyID, secret: root.secretAccessKey.exposed, scope: "PRINCIPAL_ROLE:ALL",
        source: "127.0.0.1")
      let bySession = try identity.authenticate(
        bearer: session.token.exposed, source: "127.0.0.1")
      for principal in [byToken, byPassword, signing.principal, bySession] {
        let decision = identity.evaluate(
          principal, "identity:write", on: "identity", world.context())
        #expect(decision.description == "allowed: allow * on * (role admin)")
      }
      #expect(identity.directory.administrators() == ["lake"])
    }
  }

  @Test("a second start changes nothing, and a restarted process knows everything")
  func secondStart() throws {
    try IdentityWorld.run { world in
      let (_, root) = try await world.openWithRoot()
      let again = try await world.open()
      guard case .unchanged = try await again.bootstrap(RootParameters()) else {
        Issue.record("the second start changed something")
        return
      }
      #expect(
        try again.secret(forAccessKey: root.accessKeyID).secrets.map(\.exposed)
          == [root.secretAccessKey.exposed])
      _ = try again.authenticate(bearer: root.adminToken.exposed, source: "")
    }
  }

  @Test("several processes that start at once make one root", arguments: 1...20)
  func together(seed: Int) throws {
    try IdentityWorld.run(seed: UInt64(seed)) { world in
      var processes: [IdentityService] = []
      for _ in 0..<3 { processes.append(try await world.open()) }
      let made = try await withThrowingTaskGroup(of: Bool.self) { group in
        for process in processes {
          group.addTask {
            if case .created = try await process.bootstrap(RootParameters()) { return true }
            return false
          }
        }
        var made = 0
        for try await isMade in group where isMade { made += 1 }
        return made
      }
      #expect(made == 1)
      let fresh = try await world.open()
      #expect(fresh.directory.users.count == 1)
      #expect(fresh.directory.keys.count == 1)
      #expect(fresh.directory.accounts.count == 1)
    }
  }

  @Test("other values of the environment replace the root ones, with an audit entry")
  func replaced() throws {
    try IdentityWorld.run { world in
      let (identity, root) = try await world.openWithRoot()
      let parameters = RootParameters {
        $0.accessKeyID = "ROOTROOTROOTROOTROOT"
        $0.secretAccessKey = Secret("sixteen-characters-or-more")
        $0.password = Secret("another password")
      }
      guard case .replaced(let names) = try await identity.bootstrap(parameters) else {
        Issue.record("nothing was replaced")
        return
      }
      #expect(names == ["secret_access_key", "access_key_id", "password"])
      #expect(
        try identity.secret(forAccessKey: "ROOTROOTROOTROOTROOT").secrets.map(\.exposed)
          == ["sixteen-characters-or-more"])
      #expect(
        await code { _ = try identity.secret(forAccessKey: root.accessKeyID) } == .notFound)
      _ = try await identity.authenticate(
        user: "lake", password: "another password", source: "")
      guard case .unchanged = try await identity.bootstrap(parameters) else {
        Issue.record("the same values changed something")
        return
      }
      let audit = try await identity.audit(AuditFilter { $0.action = "root" })
      #expect(audit.entries.map(\.action) == ["root.replace", "root.create"])
      #expect(audit.entries[0].details == names)
    }
  }

  @Test("no stored fact and no audit entry has a secret in the clear")
  func noSecrets() throws {
    try IdentityWorld.run { world in
      let (_, root) = try await world.openWithRoot()
      let page = try await world.facts.list("")
      #expect(page.facts.count > 5)
      for fact in page.facts {
        let text = String(decoding: fact.value, as: UTF8.self)
        for secret in [root.secretAccessKey, root.password, root.adminToken] {
          #expect(!text.contains(secret.exposed), "\(fact.key)")
        }
      }
      #expect(!"\(root)".contains(root.password.exposed))
    }
  }
}
