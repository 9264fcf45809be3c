public import JSON
public import Values

// What `user`, `group`, `role`, `policy`, `grant`, `key`, `token` and `whoami` show.

public enum PrincipalState: String, AdminWord {
  case active, disabled, expired
}

public struct UserRecord: AdminRecord, Hashable {
  public var user = ""
  public var state = PrincipalState.active
  public var roles: [String] = []
  public var groups: [String] = []
  public var account = ""
  public var isAccountRoot = false
  public var auth = ""
  public var createdAt: Timestamp?
  public var lastLoginAt: Timestamp?
  public var etag = ""

  public init() {}
  public static let kind = "User"
  public static let fields: [AdminField<UserRecord>] = [
    .required("user", \.user, "its name"),
    .required("state", \.state, "whether it may log in"),
    AdminField("roles", \.roles, "what it may do"),
    AdminField("groups", \.groups, "whose rights it has too"),
    AdminField("account", \.account, "which account it is of"),
    AdminField("account_root", \.isAccountRoot, "whether it may do all with what the account owns"),
    AdminField("auth", \.auth, "how it proves itself: scram-sha-256 or none"),
    AdminField("created_at", \.createdAt, "when it was made"),
    AdminField("last_login_at", \.lastLoginAt, "when it was last seen"),
    AdminField("etag", \.etag, "of this state, for If-Match"),
  ]
}

public struct UserInput: AdminRecord {
  public var user = ""
  public var password: Secret<String>?
  public var roles: [String]?
  public var groups: [String]?
  public var account: String?
  public var isAccountRoot = false
  public var ifNotExists = false

  public init() {}
  public static let kind = "UserInput"
  public static let fields: [AdminField<UserInput>] = [
    .required("user", \.user, "its name"),
    AdminField("password", \.password, "at least 8 characters; none: it cannot log in by password"),
    AdminField("roles", \.roles, "what it may do"),
    AdminField("groups", \.groups, "groups it is in"),
    AdminField("account", \.account, "its account, by name or id; none: that of the daemon"),
    AdminField("account_root", \.isAccountRoot, "it may do all with what the account owns"),
    AdminField("if_not_exists", \.ifNotExists, "an equal one that is there is no error"),
  ]
}

/// Names one thing, to look at it or to remove it.
public struct NameInput: AdminRecord {
  public var name = ""
  public var ifExists = false

  public init() {}
  public init(_ name: String, ifExists: Bool = false) {
    self.name = name
    self.ifExists = ifExists
  }
  public static let kind = "NameInput"
  public static let fields: [AdminField<NameInput>] = [
    .required("name", \.name, "its name or id"),
    AdminField("if_exists", \.ifExists, "one that is not there is no error"),
  ]
}

public struct GroupRecord: AdminRecord, Hashable {
  public var group = ""
  public var roles: [String] = []
  public var users: [String] = []
  public var userCount: Int64 = 0
  public var createdAt: Timestamp?
  public var etag = ""

  public init() {}
  public static let kind = "Group"
  public static let fields: [AdminField<GroupRecord>] = [
    .required("group", \.group, "its name"),
    AdminField("roles", \.roles, "what its members may do"),
    AdminField("users_count", \.userCount, "members"),
    AdminField("users", \.users, "members by name"),
    AdminField("created_at", \.createdAt, "when it was made"),
    AdminField("etag", \.etag, "of this state, for If-Match"),
  ]
}

public struct GroupInput: AdminRecord {
  public var group = ""
  public var roles: [String]?
  public var ifNotExists = false

  public init() {}
  public static let kind = "GroupInput"
  public static let fields: [AdminField<GroupInput>] = [
    .required("group", \.group, "its name"),
    AdminField("roles", \.roles, "what its members may do"),
    AdminField("if_not_exists", \.ifNotExists, "an equal one that is there is no error"),
  ]
}

/// Puts a member into something, or takes it out.
public struct MemberInput: AdminRecord {
  public var name = ""
  public var member = ""

  public init() {}
  public init(name: String, member: String) {
    self.name = name
    self.member = member
  }
  public static let kind = "MemberInput"
  public static let fields: [AdminField<MemberInput>] = [
    .required("name", \.name, "the role or group"),
    .required("member", \.member, "a user, or group/NAME"),
  ]
}

public struct RoleRecord: AdminRecord, Hashable {
  public var role = ""
  public var inherits: [String] = []
  public var userCount: Int64 = 0
  public var grantCount: Int64 = 0
  public var isBuiltIn = false
  public var summary = ""
  public var etag = ""

  public init() {}
  public static let kind = "Role"
  public static let fields: [AdminField<RoleRecord>] = [
    .required("role", \.role, "its name"),
    AdminField("users_count", \.userCount, "who has it"),
    AdminField("grants_count", \.grantCount, "what it allows and denies"),
    AdminField("inherits", \.inherits, "roles whose grants it has too"),
    AdminField("built_in", \.isBuiltIn, "it cannot be changed or removed"),
    AdminField("description", \.summary, "what it is for"),
    AdminField("etag", \.etag, "of this state, for If-Match"),
  ]
}

public struct RoleInput: AdminRecord {
  public var role = ""
  public var inherits: [String] = []
  public var summary = ""
  public var ifNotExists = false

  public init() {}
  public static let kind = "RoleInput"
  public static let fields: [AdminField<RoleInput>] = [
    .required("role", \.role, "its name"),
    AdminField("inherits", \.inherits, "roles whose grants it has too"),
    AdminField("description", \.summary, "what it is for"),
    AdminField("if_not_exists", \.ifNotExists, "an equal one that is there is no error"),
  ]
}

public struct GrantRecord: AdminRecord, Hashable {
  public var who = ""
  public var privilege = ""
  public var resource = ""
  public var effect = "allow"
  public var source = ""

  public init() {}
  public static let kind = "Grant"
  public static let fields: [AdminField<GrantRecord>] = [
    .required("who", \.who, "role/NAME, user/NAME, group/NAME, everyone"),
    .required("privilege", \.privilege, "an action, `*` and `?` match"),
    .required("resource", \.resource, "on what, `*` and `?` match"),
    AdminField("effect", \.effect, "allow or deny"),
    AdminField("source", \.source, "direct, built-in, or the policy it stands in"),
  ]
}

public struct GrantInput: AdminRecord {
  public var who = ""
  public var privilege = ""
  public var resource = ""
  public var deny = false

  public init() {}
  public static let kind = "GrantInput"
  public static let fields: [AdminField<GrantInput>] = [
    .required("who", \.who, "role/NAME, user/NAME, group/NAME, everyone"),
    .required("privilege", \.privilege, "an action, `*` and `?` match"),
    .required("resource", \.resource, "on what, `*` and `?` match"),
    AdminField("deny", \.deny, "forbid instead of allow; a denial always wins"),
  ]
}

public struct GrantsInput: AdminRecord {
  public var who: String?
  public var resource: String?

  public init() {}
  public static let kind = "GrantsInput"
  public static let fields: [AdminField<GrantsInput>] = [
    AdminField("who", \.who, "only those of this one"),
    AdminField("resource", \.resource, "only those that reach this resource"),
  ]
}

public struct DecisionInput: AdminRecord {
  public var who = ""
  public var privilege = ""
  public var resource = ""
  /// Keys of conditions, such as `aws:SourceIp`.
  public var context: [String: String] = [:]

  public init() {}
  public static let kind = "DecisionInput"
  public static let fields: [AdminField<DecisionInput>] = [
    .required("who", \.who, "a user, or client/NAME"),
    .required("privilege", \.privilege, "the action"),
    .required("resource", \.resource, "on what"),
    AdminField("context", \.context, "keys of conditions, such as aws:SourceIp"),
  ]
}

public struct DecisionRecord: AdminRecord, Hashable {
  public var decision = "denied"
  public var rule: String?
  public var source: String?

  public init() {}
  public static let kind = "Decision"
  public static let fields: [AdminField<DecisionRecord>] = [
    .required("decision", \.decision, "allowed or denied"),
    AdminField("rule", \.rule, "the rule that decided"),
    AdminField("source", \.source, "where the rule stands"),
  ]
}

public struct PolicyRecord: AdminRecord, Hashable {
  public var policy = ""
  public var summary = ""
  public var statementCount: Int64 = 0
  public var attachedTo: [String] = []
  public var document: JSONValue = .null
  public var updatedAt: Timestamp?
  public var etag = ""

  public init() {}
  public static let kind = "Policy"
  public static let fields: [AdminField<PolicyRecord>] = [
    .required("policy", \.policy, "its name"),
    AdminField("statements_count", \.statementCount, "rules in it"),
    AdminField("attached_to", \.attachedTo, "users, groups and roles it holds for"),
    AdminField("description", \.summary, "what it is for"),
    AdminField("updated_at", \.updatedAt, "when it was changed last"),
    AdminField("document", \.document, "its text; not in lists"),
    AdminField("etag", \.etag, "of this state, for If-Match"),
  ]
}

public struct PolicyInput: AdminRecord {
  public var policy = ""
  public var document: JSONValue = .null
  public var summary = ""
  public var ifNotExists = false

  public init() {}
  public static let kind = "PolicyInput"
  public static let fields: [AdminField<PolicyInput>] = [
    .required("policy", \.policy, "its name"),
    .required("document", \.document, "statements of Effect, Action, Resource, Condition"),
    AdminField("description", \.summary, "what it is for"),
    AdminField("if_not_exists", \.ifNotExists, "an equal one that is there is no error"),
  ]
}

public struct KeyRecord: AdminRecord, Hashable {
  public var key = ""
  public var user = ""
  public var state = PrincipalState.active
  public var createdAt: Timestamp?
  public var expiresAt: Timestamp?
  public var lastUsedAt: Timestamp?
  /// Until when the secret before a rotation works too.
  public var graceAt: Timestamp?
  public var summary = ""
  /// Only in the answer that made it.
  public var secret: Secret<String>?

  public init() {}
  public static let kind = "Key"
  public static let fields: [AdminField<KeyRecord>] = [
    .required("key_id", \.key, "the public half"),
    AdminField("user", \.user, "whose it is"),
    .required("state", \.state, "whether it works"),
    AdminField("created_at", \.createdAt, "when it was made"),
    AdminField("expires_at", \.expiresAt, "when it ends"),
    AdminField("last_used_at", \.lastUsedAt, "when it was last seen"),
    AdminField("grace_until_at", \.graceAt, "until then the secret before works too"),
    AdminField("description", \.summary, "what it is for"),
    AdminField("secret", \.secret, "only in the answer that made it"),
  ]
}

public struct KeyInput: AdminRecord {
  public var user: String?
  public var expiresAt: Timestamp?
  public var summary = ""

  public init() {}
  public static let kind = "KeyInput"
  public static let fields: [AdminField<KeyInput>] = [
    AdminField("user", \.user, "whose; the caller's own by default"),
    AdminField("expires_at", \.expiresAt, "when it ends; never by default"),
    AdminField("description", \.summary, "what it is for"),
  ]
}

public struct KeyRotateInput: AdminRecord {
  public var key = ""
  public var graceMilliseconds: Int64 = 86_400_000

  public init() {}
  public static let kind = "KeyRotateInput"
  public static let fields: [AdminField<KeyRotateInput>] = [
    .required("key_id", \.key, "which key"),
    AdminField("grace_ms", \.graceMilliseconds, "the old secret works this much longer"),
  ]
}

public struct KeysInput: AdminRecord {
  public var user: String?

  public init() {}
  public static let kind = "KeysInput"
  public static let fields: [AdminField<KeysInput>] = [
    AdminField("user", \.user, "only those of this user")
  ]
}

public struct TokenRecord: AdminRecord, Hashable {
  public var token = ""
  public var user = ""
  public var scope: [String] = []
  public var createdAt: Timestamp?
  public var expiresAt: Timestamp?
  public var summary = ""
  /// Only in the answer that made it.
  public var secret: Secret<String>?

  public init() {}
  public static let kind = "Token"
  public static let fields: [AdminField<TokenRecord>] = [
    .required("token_id", \.token, "names it; not the token itself"),
    AdminField("user", \.user, "whose it is"),
    AdminField("scope", \.scope, "roles it is narrowed to"),
    AdminField("created_at", \.createdAt, "when it was made"),
    AdminField("expires_at", \.expiresAt, "when it ends"),
    AdminField("description", \.summary, "what it is for"),
    AdminField("secret", \.secret, "the token, only in the answer that made it"),
  ]
}

public struct TokenInput: AdminRecord {
  public var user: String?
  public var forMilliseconds: Int64 = 3_600_000
  public var scope: [String] = []
  public var summary = ""

  public init() {}
  public static let kind = "TokenInput"
  public static let fields: [AdminField<TokenInput>] = [
    AdminField("user", \.user, "for whom; the caller by default"),
    AdminField("for_ms", \.forMilliseconds, "it ends after this time"),
    AdminField("scope", \.scope, "roles it is narrowed to; all of the user's by default"),
    AdminField("description", \.summary, "what it is for"),
  ]
}

public struct PasswordInput: AdminRecord {
  public var user = ""
  public var password: Secret<String> = Secret("")

  public init() {}
  public static let kind = "PasswordInput"
  public static let fields: [AdminField<PasswordInput>] = [
    .required("user", \.user, "whose"),
    .required("password", \.password, "at least 8 characters"),
  ]
}

public struct WhoamiRecord: AdminRecord, Hashable {
  public var user = ""
  public var roles: [String] = []
  public var method = ""
  public var tokenExpiresAt: Timestamp?

  public init() {}
  public static let kind = "Whoami"
  public static let fields: [AdminField<WhoamiRecord>] = [
    .required("user", \.user, "who the credential says you are"),
    AdminField("roles", \.roles, "what you may do"),
    AdminField("method", \.method, "how you proved it"),
    AdminField("token_expires_at", \.tokenExpiresAt, "when the credential ends"),
  ]
}

public struct RotationRecord: AdminRecord, Hashable {
  public var key = ""
  public var version: Int64 = 0
  public var state = ""
  public var versionCount: Int64 = 0
  public var createdAt: Timestamp?

  public init() {}
  public static let kind = "DataKey"
  public static let fields: [AdminField<RotationRecord>] = [
    .required("purpose", \.key, "what it seals"),
    AdminField("version", \.version, "the newest"),
    AdminField("state", \.state, "whether older ones are still needed"),
    AdminField("versions_count", \.versionCount, "versions that still open something"),
    AdminField("created_at", \.createdAt, "when the newest was made"),
  ]
}
