private import CommandTable

/// `I`: who may do what.
enum IdentityScreen {
  static let definition = ScreenDefinition(
    key: "I", name: "identity", title: "Identity",
    level: LevelDefinition(.tabs, [users, keys, groups, roles, tokens]))

  static let users = PaneDefinition(
    "users", title: "Users", path: "/admin/v1/users",
    columns: [
      ScreenColumn("user", priority: 9), ScreenColumn("state", .word([]), priority: 8),
      ScreenColumn("roles", .list, priority: 6), ScreenColumn("groups", .list, priority: 5),
      ScreenColumn("last_login_at", title: "LAST LOGIN", priority: 4),
      ScreenColumn("auth", isWide: true), ScreenColumn("created_at", isWide: true),
    ], nameKeys: ["user"],
    actions: [
      ActionDefinition(
        "Disable", line: "user disable {user}", when: "state", isOneOf: ["enabled", "active"]),
      ActionDefinition("Enable", line: "user enable {user}", when: "state", isOneOf: ["disabled"]),
      ActionDefinition("Delete", line: "user delete {user}"),
    ], command: "user list")

  static let keys = PaneDefinition(
    "keys", title: "Keys", path: "/admin/v1/keys",
    columns: [
      ScreenColumn("key_id", title: "KEY", priority: 9), ScreenColumn("user", priority: 7),
      ScreenColumn("state", .word([]), priority: 8), ScreenColumn("created_at", priority: 3),
      ScreenColumn("expires_at", title: "EXPIRES", priority: 5),
      ScreenColumn("last_used_at", title: "LAST USED", priority: 4),
    ], nameKeys: ["key_id"],
    actions: [
      ActionDefinition(
        "Disable", line: "key disable {key_id}", when: "state", isOneOf: ["enabled", "active"]),
      ActionDefinition("Enable", line: "key enable {key_id}", when: "state", isOneOf: ["disabled"]),
      ActionDefinition("Delete", line: "key delete {key_id}"),
    ], command: "key list")

  static let groups = PaneDefinition(
    "groups", title: "Groups", path: "/admin/v1/groups",
    columns: [
      ScreenColumn("group", priority: 9), ScreenColumn("roles", .list, priority: 7),
      ScreenColumn("users_count", title: "USERS", priority: 6),
      ScreenColumn("users", .list, isWide: true), ScreenColumn("created_at", isWide: true),
    ], nameKeys: ["group"],
    actions: [ActionDefinition("Delete", line: "group delete {group}")], command: "group list")

  static let roles = PaneDefinition(
    "roles", title: "Roles", path: "/admin/v1/roles",
    columns: [
      ScreenColumn("role", priority: 9), ScreenColumn("users_count", title: "USERS", priority: 6),
      ScreenColumn("grants_count", title: "GRANTS", priority: 5),
      ScreenColumn("inherits", .list, priority: 4),
    ], nameKeys: ["role"],
    actions: [ActionDefinition("Delete", line: "role delete {role}")], command: "role list")

  static let tokens = PaneDefinition(
    "tokens", title: "Tokens", path: "/admin/v1/tokens",
    columns: [
      ScreenColumn("token_id", title: "TOKEN", priority: 9), ScreenColumn("user", priority: 7),
      ScreenColumn("scope", .list, priority: 6),
      ScreenColumn("expires_at", title: "EXPIRES", priority: 5),
    ], nameKeys: ["token_id"],
    actions: [ActionDefinition("Revoke", line: "token revoke {token_id}")], command: "token list")
}
