import Bytes
import Cluster
import ClusterTesting
import JSON
import Testing
import Values

@testable import Identity

@Suite("Records")
struct RecordTests {
  private static let author = IdentityWorld.author

  @Test("create with if-not-exists compares what is there")
  func ifNotExists() throws {
    try IdentityWorld.run { world in
      let (identity, root) = try await world.openWithRoot()
      let ann = User("ann", account: root.accountID, roles: ["reader"])
      let password = Secret("password 1")
      let first = try await identity.createUser(ann, password: password, by: Self.author)
      #expect(first.changed)
      #expect(
        await code { _ = try await identity.create(ann, by: Self.author) } == .exists)
      let again = try await identity.createUser(
        ann, password: password, ifNotExists: true, by: Self.author)
      #expect(!again.changed && again.stored == first.stored)
      let other = await #expect(throws: IdentityError.self) {
        _ = try await identity.createUser(
          User("ann", account: root.accountID, roles: ["operator"]), password: Secret("password 2"),
          ifNotExists: true, by: Self.author)
      }
      #expect(other?.code == .differs)
      #expect(other?.why == "it differs in roles, password")
    }
  }

  @Test("a wish that is fulfilled already changes nothing")
  func idempotent() throws {
    try IdentityWorld.run { world in
      let (identity, root) = try await world.openWithRoot()
      _ = try await identity.create(User("ann", account: root.accountID), by: Self.author)
      let grant = Grant("s3:read", on: "bucket/logs")
      #expect(try await identity.assign(role: "reader", to: .user("ann"), by: Self.author))
      #expect(try await !identity.assign(role: "reader", to: .user("ann"), by: Self.author))
      #expect(try await identity.addGrant(grant, to: .user("ann"), by: Self.author))
      #expect(try await !identity.addGrant(grant, to: .user("ann"), by: Self.author))
      #expect(try await identity.removeGrant(grant, from: .user("ann"), by: Self.author))
      #expect(try await !identity.removeGrant(grant, from: .user("ann"), by: Self.author))
      let off = try await identity.update(User.self, "ann", by: Self.author) {
        user throws(IdentityError) in user.state = .disabled
      }
      let again = try await identity.update(User.self, "ann", by: Self.author) {
        user throws(IdentityError) in user.state = .disabled
      }
      #expect(off.changed && !again.changed && off.stored.etag == again.stored.etag)
      #expect(try await identity.delete(User.self, "ann", by: Self.author)?.changed == true)
      #expect(
        try await identity.delete(User.self, "ann", ifExists: true, by: Self.author) == nil)
      #expect(
        await code { _ = try await identity.delete(User.self, "ann", by: Self.author) }
          == .notFound)
    }
  }

  @Test("an etag guards a write")
  func etags() throws {
    try IdentityWorld.run { world in
      let (identity, root) = try await world.openWithRoot()
      let made = try await identity.create(User("ann", account: root.accountID), by: Self.author)
      _ = try await identity.update(
        User.self, "ann", ifMatch: made.stored.etag, by: Self.author
      ) { user throws(IdentityError) in user.roles = ["reader"] }
      #expect(
        await code {
          _ = try await identity.update(
            User.self, "ann", ifMatch: made.stored.etag, by: Self.author
          ) { user throws(IdentityError) in user.roles = ["admin"] }
        } == .changedMeanwhile)
      #expect(identity.directory.users["ann"]?.record.roles == ["reader"])
    }
  }

  @Test("what does not exist cannot be referred to, and what is referred to cannot go")
  func references() throws {
    try IdentityWorld.run { world in
      let (identity, root) = try await world.openWithRoot()
      let lost = User("ann", account: root.accountID, roles: ["nothing"])
      #expect(await code { _ = try await identity.create(lost, by: Self.author) } == .notFound)
      _ = try await identity.create(Role("etl", inherits: ["reader"]), by: Self.author)
      _ = try await identity.create(
        User("ann", account: root.accountID, roles: ["etl"]), by: Self.author)
      #expect(
        await code { _ = try await identity.delete(Role.self, "etl", by: Self.author) } == .inUse)
      _ = try await identity.createKey(owner: .user("ann"), by: Self.author)
      #expect(
        await code { _ = try await identity.delete(User.self, "ann", by: Self.author) } == .inUse)
      _ = try await identity.delete(User.self, "ann", cascade: true, by: Self.author)
      #expect(identity.directory.keys.count == 1)
      _ = try await identity.delete(Role.self, "etl", by: Self.author)
      #expect(
        await code { _ = try await identity.delete(Role.self, "admin", by: Self.author) }
          == .builtIn)
      #expect(
        await code { _ = try await identity.create(Role("reader"), by: Self.author) } == .builtIn)
    }
  }

  @Test("a role cannot inherit itself over others")
  func cycle() throws {
    try IdentityWorld.run { world in
      let (identity, _) = try await world.openWithRoot()
      _ = try await identity.create(Role("a"), by: Self.author)
      _ = try await identity.create(Role("b", inherits: ["a"]), by: Self.author)
      #expect(
        await code {
          _ = try await identity.assign(role: "b", to: .role("a"), by: Self.author)
        } == .valueMalformed)
    }
  }

  @Test("a user made anew under a name has nothing of the one before")
  func madeAnew() throws {
    try IdentityWorld.run { world in
      let (identity, root) = try await world.openWithRoot()
      let ann = User("ann", account: root.accountID)
      let password = Secret("password 1")
      _ = try await identity.createUser(ann, password: password, by: Self.author)
      _ = try await identity.addGrant(
        Grant("cluster:read", on: "*"), to: .user("ann"), by: Self.author)
      let token = try await identity.createToken(owner: .user("ann"), by: Self.author)
      let login = try await identity.authenticate(user: "ann", password: "password 1", source: "")
      let session = try identity.issueSession(for: login)
      _ = try await identity.delete(User.self, "ann", by: Self.author)
      _ = try await identity.createUser(ann, password: password, by: Self.author)
      let text = try #require(token.secret)
      for old in [text.exposed, session.token.exposed] {
        #expect(
          await code { _ = try identity.authenticate(bearer: old, source: "") }
            == .notAuthenticated)
      }
      #expect(!identity.evaluate(login, "cluster:read", on: "x", world.context()).isAllowed)
    }
  }

  @Test(
    "names that are none",
    arguments: [
      "", ".hidden", "-flag", "a b", "a/b", "a:b", "ä", String(repeating: "a", count: 64), "a\n",
    ])
  func names(name: String) {
    #expect(throws: IdentityError.self) { try Names.check(name, "a user") }
  }

  @Test("records read back as they were written, and unknown members do no harm")
  func codec() throws {
    try IdentityWorld.run { world in
      let (identity, root) = try await world.openWithRoot()
      _ = try await identity.createKey(
        owner: .account(root.accountID),
        policy: #"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#,
        by: Self.author)
      let before = identity.directory
      let again = try await world.open().directory
      #expect(again.users == before.users)
      #expect(again.keys == before.keys)
      #expect(again.tokens == before.tokens)
      #expect(again.damaged.isEmpty)
      let text = #"{"name":"g","created_at":"2026-01-01T00:00:00Z","colour":"blue"}"#
      let group = try Group(parsing: Array(text.utf8).rawBytes)
      #expect(group.name == "g" && group.roles.isEmpty)
    }
  }

  @Test("a policy that cannot be read denies everything to whom it is attached")
  func damagedPolicy() throws {
    try IdentityWorld.run { world in
      let (identity, root) = try await world.openWithRoot()
      let text = #"{"Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*"}}"#
      _ = try await identity.create(PolicyRecord("p", text: text), by: Self.author)
      _ = try await identity.createUser(
        User("ann", account: root.accountID, roles: ["reader"], policies: ["p"]),
        password: Secret("password 1"), by: Self.author)
      _ = try await world.facts.put(RecordKey(.policy, "p").fact, Array("{".utf8))
      let fresh = try await world.open()
      #expect(fresh.directory.damaged.count == 1 || fresh.directory.damaged.count == 2)
      let ann = try await fresh.authenticate(user: "ann", password: "password 1", source: "")
      let decision = fresh.evaluate(ann, "cluster:read", on: "cluster", world.context())
      #expect(decision.description == "denied: cannot be read, so nothing is allowed (policy p)")
    }
  }
}
