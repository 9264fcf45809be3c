import Testing
import Values

@testable import Identity

@Suite("Grants")
struct GrantTests {
  private static let author = IdentityWorld.author

  @Test("grants reach a user over groups and inherited roles, and explain says how")
  func paths() throws {
    try IdentityWorld.run { world in
      let (identity, root) = try await world.openWithRoot()
      _ = try await identity.create(Role("base"), by: Self.author)
      _ = try await identity.create(Role("analyst", inherits: ["base"]), by: Self.author)
      _ = try await identity.create(Group("team", roles: ["analyst"]), by: Self.author)
      _ = try await identity.create(
        User("ann", account: root.accountID, groups: ["team"]), by: Self.author)
      let ann = Who.user("ann")
      func explain(_ privilege: String, _ resource: String) throws -> String {
        try identity.explain(ann, privilege, on: resource).description
      }
      #expect(try explain("s3:GetObject", "object/logs/a") == "denied: no rule allows it (default)")
      _ = try await identity.addGrant(
        Grant("s3:read", on: "bucket/logs"), to: .role("base"), by: Self.author)
      #expect(
        try explain("s3:GetObject", "object/logs/a")
          == "allowed: allow s3:read on bucket/logs (role base)")
      #expect(try explain("s3:GetObject", "object/logs2/a").hasPrefix("denied"))
      #expect(try explain("s3:write", "bucket/logs").hasPrefix("denied"))
      _ = try await identity.addGrant(
        Grant("s3:*", on: "bucket/logs", isAllow: false), to: .group("team"), by: Self.author)
      #expect(
        try explain("s3:GetObject", "object/logs/a")
          == "denied: deny s3:* on bucket/logs (group team)")
      let rows = try identity.directory.grantRows(to: ann)
      #expect(rows.map(\.source) == ["group team", "role base"])
      #expect(try identity.directory.grantRows(to: ann, on: "bucket/other").isEmpty)
      let builtIn = BuiltInRoles.all.values.reduce(0) { $0 + $1.actions.count }
      #expect(try identity.directory.grantRows(on: "bucket/logs").count == 2 + builtIn)
      #expect(
        identity.directory.effectiveRoles(
          of: try #require(
            identity.directory.users["ann"]?.record)) == ["analyst", "base"])
    }
  }

  @Test("an unknown privilege names the nearest")
  func unknown() throws {
    try IdentityWorld.run { world in
      let (identity, _) = try await world.openWithRoot()
      let error = await #expect(throws: IdentityError.self) {
        _ = try await identity.addGrant(
          Grant("s3:GetObjekt", on: "bucket/b"), to: .user("lake"), by: Self.author)
      }
      #expect(error?.tries.first == "s3:GetObject")
    }
  }

  @Test("what everybody may and what nobody logged in may are different")
  func everyone() throws {
    try IdentityWorld.run { world in
      let (identity, root) = try await world.openWithRoot()
      _ = try await identity.createUser(
        User("ann", account: root.accountID), password: Secret("password 1"), by: Self.author)
      _ = try await identity.addGrant(
        Grant("s3:read", on: "bucket/shared"), to: .everyone, by: Self.author)
      _ = try await identity.addGrant(
        Grant("s3:read", on: "bucket/open"), to: .anonymous, by: Self.author)
      let ann = try await identity.authenticate(user: "ann", password: "password 1", source: "")
      func may(_ principal: Principal, _ bucket: String) -> Bool {
        identity.evaluate(
          principal, "s3:GetObject", on: ResourceName.object("k", in: bucket), world.context()
        ).isAllowed
      }
      #expect(may(ann, "shared") && !may(ann, "open"))
      #expect(!may(.anonymous, "shared") && may(.anonymous, "open"))
    }
  }
}
