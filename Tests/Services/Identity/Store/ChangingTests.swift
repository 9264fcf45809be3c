import Cluster
import ClusterTesting
import Testing
import Values

@testable import Identity

@Suite("Changes")
struct ChangingTests {
  private static let author = IdentityWorld.author

  @Test("the last administrator cannot be removed, in whatever way")
  func lastAdministrator() throws {
    try IdentityWorld.run { world in
      let (identity, root) = try await world.openWithRoot()
      let lake = Who.user("lake")
      let ways: [() async throws -> Void] = [
        { _ = try await identity.delete(User.self, "lake", cascade: true, by: Self.author) },
        { _ = try await identity.unassign(role: "admin", from: lake, by: Self.author) },
        {
          _ = try await identity.update(User.self, "lake", by: Self.author) {
            user throws(IdentityError) in user.state = .disabled
          }
        },
        {
          _ = try await identity.addGrant(
            Grant("identity:*", on: "*", isAllow: false), to: .everyone, by: Self.author)
        },
      ]
      for way in ways { #expect(await code { try await way() } == .lastAdministrator) }
      _ = try await identity.create(
        User("ann", account: root.accountID, roles: ["admin"]), by: Self.author)
      _ = try await identity.unassign(role: "admin", from: lake, by: Self.author)
      #expect(identity.directory.administrators() == ["ann"])
      let refused = try await identity.audit(AuditFilter { $0.action = "change.refused" })
      #expect(refused.entries.count == ways.count)
      #expect(refused.entries.allSatisfy { $0.result == "identity.last_administrator" })
    }
  }

  @Test("two processes that each remove one of two administrators leave one", arguments: 1...30)
  func racingAdministrators(seed: Int) throws {
    try IdentityWorld.run(seed: UInt64(seed)) { world in
      let (first, root) = try await world.openWithRoot()
      _ = try await first.create(
        User("ann", account: root.accountID, roles: ["admin"]), by: Self.author)
      let second = try await world.open()
      await withTaskGroup(of: Void.self) { group in
        group.addTask {
          _ = try? await first.unassign(role: "admin", from: .user("lake"), by: Self.author)
        }
        group.addTask {
          _ = try? await second.unassign(role: "admin", from: .user("ann"), by: Self.author)
        }
      }
      let fresh = try await world.open()
      #expect(fresh.directory.administrators().count == 1)
    }
  }

  @Test("no change is lost when several processes change the same record", arguments: 1...10)
  func noLostUpdate(seed: Int) throws {
    try IdentityWorld.run(seed: UInt64(seed)) { world in
      let (first, _) = try await world.openWithRoot()
      _ = try await first.create(Role("r"), by: Self.author)
      var processes = [first]
      for _ in 0..<3 { processes.append(try await world.open()) }
      let some = processes
      try await withThrowingTaskGroup(of: Void.self) { group in
        for (number, process) in some.enumerated() {
          for item in 0..<5 {
            group.addTask {
              _ = try await process.addGrant(
                Grant("s3:read", on: "bucket/b\(number)-\(item)"), to: .role("r"), by: Self.author)
            }
          }
        }
        try await group.waitForAll()
      }
      let fresh = try await world.open()
      #expect(fresh.directory.grants["role:r"]?.record.grants.count == 20)
      let audit = try await fresh.audit(AuditFilter { $0.action = "grant" }, limit: 1000)
      #expect(audit.entries.count == 20)
    }
  }

  @Test("a change is known here at once and elsewhere when the watch tells")
  func watching() throws {
    try IdentityWorld.run { world in
      let (first, root) = try await world.openWithRoot()
      let second = try await world.open()
      world.start(first)
      world.start(second)
      let key = try await first.createKey(owner: .user("lake"), by: Self.author)
      _ = try first.secret(forAccessKey: key.record.id)
      try await world.wait(.milliseconds(500))
      _ = try second.secret(forAccessKey: key.record.id)
      _ = try await first.update(AccessKey.self, key.record.id, by: Self.author) {
        key throws(IdentityError) in key.state = .disabled
      }
      try await world.wait(.milliseconds(500))
      #expect(await code { _ = try second.secret(forAccessKey: key.record.id) } == .notFound)
      _ = try await second.delete(AccessKey.self, key.record.id, by: Self.author)
      try await world.wait(.milliseconds(500))
      #expect(first.directory.keys.count == 1)
      #expect(first.directory.revision == second.directory.revision)
      #expect(first.directory.users == second.directory.users)
      _ = root
    }
  }

  @Test("the store may be away: what is known goes on, and changes say so")
  func outage() throws {
    try IdentityWorld.run { world in
      let (identity, root) = try await world.openWithRoot()
      let other = try await world.open()
      world.start(identity)
      try await world.wait(.seconds(1))
      world.facts.fail(.unavailable)
      try await world.wait(.seconds(10))
      _ = try identity.secret(forAccessKey: root.accessKeyID)
      let grant = Grant("s3:read", on: "bucket/b")
      #expect(
        await code {
          _ = try await identity.addGrant(grant, to: .user("lake"), by: Self.author)
        } == .storeUnavailable)
      world.facts.recover()
      _ = try await other.addGrant(grant, to: .user("lake"), by: Self.author)
      try await world.wait(.seconds(5))
      #expect(identity.directory.grants["user:lake"]?.record.grants == [grant])
    }
  }

  @Test("a change whose answer was lost is found to be made, once")
  func lostAnswer() throws {
    try IdentityWorld.run { world in
      let (identity, root) = try await world.openWithRoot()
      world.facts.loseAnswers(1)
      let made = try await identity.create(User("ann", account: root.accountID), by: Self.author)
      #expect(made.changed)
      #expect(identity.directory.users["ann"]?.etag == made.stored.etag)
      let audit = try await identity.audit(AuditFilter { $0.action = "user.create" })
      #expect(audit.entries.count == 1)
    }
  }

  @Test("the audit log has who, what, where from, newest first, in pages")
  func audit() throws {
    try IdentityWorld.run { world in
      let (identity, root) = try await world.openWithRoot()
      for number in 0..<25 {
        _ = try await identity.create(User("u\(number)", account: root.accountID), by: Self.author)
        try await world.wait(.milliseconds(3))
      }
      var seen: [String] = []
      var cursor: String?
      repeat {
        let page = try await identity.audit(
          AuditFilter { $0.action = "user" }, after: cursor, limit: 10)
        seen += page.entries.map(\.resource)
        cursor = page.next
      } while cursor != nil
      #expect(seen == (0..<25).reversed().map { "user/u\($0)" })
      let one = try await identity.audit(AuditFilter { $0.resource = "user/u3" }).entries
      #expect(one.count == 1)
      #expect(one[0].actor == "user:test" && one[0].sourceAddress == "192.0.2.1")
      #expect(one[0].requestID == "r1" && one[0].result == "done")
      #expect(
        await code { _ = try await identity.audit(after: "nonsense") } == .valueMalformed)
    }
  }

  @Test("the audit log is trimmed by count and by age")
  func auditRetention() throws {
    try IdentityWorld.run { world in
      let options = IdentityOptions {
        $0.auditCountMax = 10
        $0.auditAgeMax = .seconds(3600)
      }
      let (identity, root) = try await world.openWithRoot(options)
      for number in 0..<30 {
        _ = try await identity.create(User("u\(number)", account: root.accountID), by: Self.author)
        try await world.wait(.milliseconds(3))
      }
      #expect(try await identity.trimAudit() == 21)
      let left = try await identity.audit()
      #expect(left.entries.count == 10 && left.entries[0].resource == "user/u29")
      try await world.wait(.seconds(4000))
      #expect(try await identity.trimAudit() == 10)
    }
  }
}
