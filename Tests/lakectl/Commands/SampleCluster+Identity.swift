import Admin
import JSON
import Values

extension SampleCluster {
  static func user(_ name: String, _ state: PrincipalState = .active) -> UserRecord {
    var record = UserRecord()
    record.user = name
    record.state = state
    record.roles = name == "root" ? ["admin"] : ["reader"]
    record.groups = name == "root" ? [] : ["analysts"]
    record.account = "lake"
    record.isAccountRoot = name == "root"
    record.auth = "scram-sha-256"
    record.createdAt = Self.time("2026-11-01T00:00:00Z")
    record.lastLoginAt = name == "root" ? Self.now : nil
    record.etag = "3"
    return record
  }

  static let account: AccountRecord = {
    var record = AccountRecord()
    record.account = "lab"
    record.accountID = String(repeating: "0123456789abcdef", count: 4)
    record.email = "lab@example.com"
    record.userCount = 2
    record.createdAt = user("ann").createdAt
    record.etag = "9"
    return record
  }()

  static let group: GroupRecord = {
    var record = GroupRecord()
    record.group = "analysts"
    record.roles = ["reader"]
    record.users = ["ann"]
    record.userCount = 1
    record.createdAt = Self.time("2026-11-01T00:00:00Z")
    record.etag = "2"
    return record
  }()

  static func addUsers(_ script: inout Script) {
    var whoami = WhoamiRecord()
    whoami.user = "root"
    whoami.roles = ["admin"]
    whoami.method = "token"
    whoami.tokenExpiresAt = Self.time("2026-11-20T15:03:21Z")
    script.item(IdentityAPI.whoami, whoami)
    script.list(IdentityAPI.users, [Self.user("ann"), Self.user("root")])
    let ann = NameInput("ann")
    script.item(IdentityAPI.user, Self.user("ann"), ann)
    script.change(IdentityAPI.createUser, Self.user("ann"), undo: "lakectl user delete ann")
    var input = UserInput()
    input.user = "ann"
    script.change(
      IdentityAPI.setUser, Self.user("ann"), input, undo: "lakectl user set ann --role writer")
    script.change(IdentityAPI.deleteUser, Self.user("ann"), ann)
    script.change(
      IdentityAPI.disableUser, Self.user("ann", .disabled), ann, undo: "lakectl user enable ann")
    script.change(IdentityAPI.enableUser, Self.user("ann"), ann)
    var password = PasswordInput()
    password.user = "ann"
    script.change(IdentityAPI.setPassword, Self.user("ann"), password)
    script.list(IdentityAPI.accounts, [Self.account])
    let lab = NameInput("lab")
    script.item(IdentityAPI.account, Self.account, lab)
    script.change(IdentityAPI.createAccount, Self.account, undo: "lakectl account delete lab")
    script.change(IdentityAPI.deleteAccount, Self.account, lab)
    script.list(IdentityAPI.groups, [Self.group])
    let analysts = NameInput("analysts")
    script.item(IdentityAPI.group, Self.group, analysts)
    script.change(IdentityAPI.createGroup, Self.group, undo: "lakectl group delete analysts")
    script.change(IdentityAPI.deleteGroup, Self.group, analysts)
    let member = MemberInput(name: "analysts", member: "ann")
    script.change(
      IdentityAPI.addMember, Self.group, member, undo: "lakectl group remove analysts ann")
    script.change(
      IdentityAPI.removeMember, Self.group, member, undo: "lakectl group add analysts ann")
  }

  static func role(_ name: String, isBuiltIn: Bool) -> RoleRecord {
    var record = RoleRecord()
    record.role = name
    record.inherits = isBuiltIn ? [] : ["reader"]
    record.userCount = 2
    record.grantCount = 5
    record.isBuiltIn = isBuiltIn
    record.summary = isBuiltIn ? "may look at everything" : "reads, and ends jobs"
    record.etag = "1"
    return record
  }

  static func addRights(_ script: inout Script) {
    script.list(
      IdentityAPI.roles,
      [Self.role("curator", isBuiltIn: false), Self.role("reader", isBuiltIn: true)])
    let curator = NameInput("curator")
    let record = Self.role("curator", isBuiltIn: false)
    script.item(IdentityAPI.role, record, curator)
    script.change(IdentityAPI.createRole, record, undo: "lakectl role delete curator")
    script.change(IdentityAPI.deleteRole, record, curator)
    let member = MemberInput(name: "curator", member: "ann")
    script.change(
      IdentityAPI.assignRole, record, member, undo: "lakectl role unassign curator --to ann")
    script.change(
      IdentityAPI.unassignRole, record, member, undo: "lakectl role assign curator --to ann")
    var grant = GrantRecord()
    grant.who = "role/curator"
    grant.privilege = "job:operate"
    grant.resource = "*"
    grant.source = "direct"
    var inherited = grant
    inherited.who = "role/reader"
    inherited.privilege = "*:read"
    inherited.source = "built-in"
    script.list(IdentityAPI.grants, [grant, inherited])
    script.change(
      IdentityAPI.addGrant, grant,
      undo: "lakectl grant remove job:operate --on '*' --to role/curator")
    script.change(IdentityAPI.removeGrant, grant)
    var decision = DecisionRecord()
    decision.rule = "nothing allows it"
    script.item(IdentityAPI.explain, decision)
    var policy = PolicyRecord()
    policy.policy = "read-raw"
    policy.statementCount = 1
    policy.attachedTo = ["group/analysts"]
    policy.summary = "raw files"
    policy.updatedAt = Self.now
    policy.etag = "4"
    script.list(IdentityAPI.policies, [policy])
    policy.document = [
      "Statement": [["Effect": "Allow", "Action": "s3:GetObject", "Resource": "raw/*"]]
    ]
    let name = NameInput("read-raw")
    script.item(IdentityAPI.policy, policy, name)
    script.change(IdentityAPI.createPolicy, policy, undo: "lakectl policy delete read-raw")
    var input = PolicyInput()
    input.policy = "read-raw"
    script.change(IdentityAPI.setPolicy, policy, input)
    script.change(IdentityAPI.deletePolicy, policy, name)
    let to = MemberInput(name: "read-raw", member: "")
    script.change(
      IdentityAPI.attachPolicy, policy, to, undo: "lakectl policy detach read-raw --to user/ann")
    script.change(IdentityAPI.detachPolicy, policy, to)
  }

  static func addSecrets(_ script: inout Script) {
    var key = KeyRecord()
    key.key = "LAKEK7Q2"
    key.user = "ann"
    key.createdAt = Self.time("2026-11-01T00:00:00Z")
    key.lastUsedAt = Self.now
    key.summary = "nightly load"
    script.list(IdentityAPI.keys, [key])
    let name = NameInput("LAKEK7Q2")
    script.item(IdentityAPI.key, key, name)
    script.change(
      IdentityAPI.disableKey, key, name, undo: "lakectl key enable LAKEK7Q2")
    script.change(IdentityAPI.enableKey, key, name)
    script.change(IdentityAPI.deleteKey, key, name)
    key.secret = Secret("s3cret-of-the-key")
    script.change(IdentityAPI.createKey, key, undo: "lakectl key delete LAKEK7Q2")
    var rotate = KeyRotateInput()
    rotate.key = "LAKEK7Q2"
    key.graceAt = Self.time("2026-11-21T14:03:21Z")
    script.change(IdentityAPI.rotateKey, key, rotate)
    var data = RotationRecord()
    data.key = "journal"
    data.version = 3
    data.state = "current"
    data.versionCount = 120
    data.createdAt = Self.now
    script.list(IdentityAPI.dataKeys, [data])
    script.change(
      IdentityAPI.rotateDataKeys, Self.job("01J9DONE00", .queued), job: "01J9DONE00")
    var token = TokenRecord()
    token.token = "T7Q2"
    token.user = "root"
    token.scope = ["reader"]
    token.createdAt = Self.now
    token.expiresAt = Self.time("2026-11-20T15:03:21Z")
    script.list(IdentityAPI.tokens, [token])
    script.change(IdentityAPI.revokeToken, token, NameInput("T7Q2"))
    token.secret = Secret("lkt_0123456789")
    script.change(IdentityAPI.createToken, token, undo: "lakectl token revoke T7Q2")
  }
}
