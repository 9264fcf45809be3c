private import HTTP

/// Calls about who may do what.
public enum IdentityAPI {
  private static let read = AdminPrivilege("identity", .read)
  private static let write = AdminPrivilege("identity", .write)

  public static let whoami = AdminCall<AdminNothing, AdminItem<WhoamiRecord>>(
    .get, "/whoami", id: "whoami", .anyone, "who the credential says you are")

  public static let users = AdminCall<AdminNothing, AdminList<UserRecord>>(
    .get, "/users", id: "listUsers", read, "users")
  public static let user = AdminCall<NameInput, AdminItem<UserRecord>>(
    .get, "/users/{name}", id: "getUser", read, "one user")
  public static let createUser = AdminCall<UserInput, AdminChange<UserRecord>>(
    .post, "/users", id: "createUser", write, "make a user")
  public static let setUser = AdminCall<UserInput, AdminChange<UserRecord>>(
    .patch, "/users/{user}", id: "setUser", write, "change roles and groups of a user")
  public static let deleteUser = AdminCall<NameInput, AdminChange<UserRecord>>(
    .delete, "/users/{name}", id: "deleteUser", write, effect: .hardToUndo, "remove a user")
  public static let disableUser = AdminCall<NameInput, AdminChange<UserRecord>>(
    .post, "/users/{name}/disable", id: "disableUser", write, effect: .hardToUndo,
    "refuse a user from now on")
  public static let enableUser = AdminCall<NameInput, AdminChange<UserRecord>>(
    .post, "/users/{name}/enable", id: "enableUser", write, "accept a user again")
  public static let setPassword = AdminCall<PasswordInput, AdminChange<UserRecord>>(
    .put, "/users/{user}/password", id: "setPassword", .anyone,
    "change a password: one's own, or anybody's with identity:write")

  public static let accounts = AdminCall<AdminNothing, AdminList<AccountRecord>>(
    .get, "/accounts", id: "listAccounts", read, "accounts")
  public static let account = AdminCall<NameInput, AdminItem<AccountRecord>>(
    .get, "/accounts/{name}", id: "getAccount", read, "one account")
  public static let createAccount = AdminCall<AccountInput, AdminChange<AccountRecord>>(
    .post, "/accounts", id: "createAccount", write, "make an account")
  public static let deleteAccount = AdminCall<NameInput, AdminChange<AccountRecord>>(
    .delete, "/accounts/{name}", id: "deleteAccount", write, effect: .hardToUndo,
    "remove an account without users")

  public static let groups = AdminCall<AdminNothing, AdminList<GroupRecord>>(
    .get, "/groups", id: "listGroups", read, "groups")
  public static let group = AdminCall<NameInput, AdminItem<GroupRecord>>(
    .get, "/groups/{name}", id: "getGroup", read, "one group")
  public static let createGroup = AdminCall<GroupInput, AdminChange<GroupRecord>>(
    .post, "/groups", id: "createGroup", write, "make a group")
  public static let deleteGroup = AdminCall<NameInput, AdminChange<GroupRecord>>(
    .delete, "/groups/{name}", id: "deleteGroup", write, effect: .hardToUndo, "remove a group")
  public static let addMember = AdminCall<MemberInput, AdminChange<GroupRecord>>(
    .put, "/groups/{name}/users/{member}", id: "addGroupUser", write, "put a user into a group")
  public static let removeMember = AdminCall<MemberInput, AdminChange<GroupRecord>>(
    .delete, "/groups/{name}/users/{member}", id: "removeGroupUser", write,
    "take a user out of a group")

  public static let roles = AdminCall<AdminNothing, AdminList<RoleRecord>>(
    .get, "/roles", id: "listRoles", read, "roles")
  public static let role = AdminCall<NameInput, AdminItem<RoleRecord>>(
    .get, "/roles/{name}", id: "getRole", read, "one role")
  public static let createRole = AdminCall<RoleInput, AdminChange<RoleRecord>>(
    .post, "/roles", id: "createRole", write, "make a role")
  public static let deleteRole = AdminCall<NameInput, AdminChange<RoleRecord>>(
    .delete, "/roles/{name}", id: "deleteRole", write, effect: .hardToUndo, "remove a role")
  public static let assignRole = AdminCall<MemberInput, AdminChange<RoleRecord>>(
    .post, "/roles/{name}/assign", id: "assignRole", write, "give a role to a user or a group")
  public static let unassignRole = AdminCall<MemberInput, AdminChange<RoleRecord>>(
    .post, "/roles/{name}/unassign", id: "unassignRole", write, effect: .hardToUndo,
    "take a role back")

  public static let grants = AdminCall<GrantsInput, AdminList<GrantRecord>>(
    .get, "/grants", id: "listGrants", read, "grants")
  public static let addGrant = AdminCall<GrantInput, AdminChange<GrantRecord>>(
    .post, "/grants", id: "addGrant", write, "allow or deny something")
  public static let removeGrant = AdminCall<GrantInput, AdminChange<GrantRecord>>(
    .post, "/grants/remove", id: "removeGrant", write, effect: .hardToUndo, "take a grant back")
  public static let explain = AdminCall<DecisionInput, AdminItem<DecisionRecord>>(
    .post, "/grants/explain", id: "explainGrant", read, effect: .reads,
    "whether somebody may do something, and by which rule")

  public static let policies = AdminCall<AdminNothing, AdminList<PolicyRecord>>(
    .get, "/policies", id: "listPolicies", read, "policies")
  public static let policy = AdminCall<NameInput, AdminItem<PolicyRecord>>(
    .get, "/policies/{name}", id: "getPolicy", read, "one policy with its document")
  public static let createPolicy = AdminCall<PolicyInput, AdminChange<PolicyRecord>>(
    .post, "/policies", id: "createPolicy", write, "make a policy")
  public static let setPolicy = AdminCall<PolicyInput, AdminChange<PolicyRecord>>(
    .put, "/policies/{policy}", id: "setPolicy", write, effect: .hardToUndo,
    "replace the document of a policy")
  public static let deletePolicy = AdminCall<NameInput, AdminChange<PolicyRecord>>(
    .delete, "/policies/{name}", id: "deletePolicy", write, effect: .hardToUndo,
    "remove a policy")
  public static let attachPolicy = AdminCall<MemberInput, AdminChange<PolicyRecord>>(
    .post, "/policies/{name}/attach", id: "attachPolicy", write, "let a policy hold for somebody")
  public static let detachPolicy = AdminCall<MemberInput, AdminChange<PolicyRecord>>(
    .post, "/policies/{name}/detach", id: "detachPolicy", write, effect: .hardToUndo,
    "let a policy hold for somebody no longer")

  public static let keys = AdminCall<KeysInput, AdminList<KeyRecord>>(
    .get, "/keys", id: "listKeys", read, "access keys")
  public static let key = AdminCall<NameInput, AdminItem<KeyRecord>>(
    .get, "/keys/{name}", id: "getKey", read, "one access key")
  public static let createKey = AdminCall<KeyInput, AdminChange<KeyRecord>>(
    .post, "/keys", id: "createKey", write, "make an access key; its secret is answered once")
  public static let rotateKey = AdminCall<KeyRotateInput, AdminChange<KeyRecord>>(
    .post, "/keys/{key_id}/rotate", id: "rotateKey", write, effect: .hardToUndo,
    "give a key a new secret")
  public static let disableKey = AdminCall<NameInput, AdminChange<KeyRecord>>(
    .post, "/keys/{name}/disable", id: "disableKey", write, effect: .hardToUndo,
    "refuse a key from now on")
  public static let enableKey = AdminCall<NameInput, AdminChange<KeyRecord>>(
    .post, "/keys/{name}/enable", id: "enableKey", write, "accept a key again")
  public static let deleteKey = AdminCall<NameInput, AdminChange<KeyRecord>>(
    .delete, "/keys/{name}", id: "deleteKey", write, effect: .hardToUndo, "remove a key")

  public static let tokens = AdminCall<AdminNothing, AdminList<TokenRecord>>(
    .get, "/tokens", id: "listTokens", read, "tokens that have not ended")
  public static let createToken = AdminCall<TokenInput, AdminChange<TokenRecord>>(
    .post, "/tokens", id: "createToken", .anyone,
    "make a token: for oneself, or for anybody with identity:write")
  public static let revokeToken = AdminCall<NameInput, AdminChange<TokenRecord>>(
    .delete, "/tokens/{name}", id: "revokeToken", write, effect: .hardToUndo, "end a token")

  public static let dataKeys = AdminCall<AdminNothing, AdminList<RotationRecord>>(
    .get, "/data-keys", id: "listDataKeys", AdminPrivilege("keys", .read),
    "keys that seal what is stored")
  public static let rotateDataKeys = AdminCall<AdminNothing, AdminChange<JobRecord>>(
    .post, "/data-keys/rotate", id: "rotateDataKeys", AdminPrivilege("keys", .rotate), isJob: true,
    "make new data keys and seal stored secrets again")

  static let all =
    [whoami.route, accounts.route, account.route, createAccount.route, deleteAccount.route]
    + [
      users.route, user.route, createUser.route, setUser.route, deleteUser.route, disableUser.route,
      enableUser.route, setPassword.route,
    ]
    + [
      groups.route, group.route, createGroup.route, deleteGroup.route, addMember.route,
      removeMember.route,
    ]
    + [
      roles.route, role.route, createRole.route, deleteRole.route, assignRole.route,
      unassignRole.route, grants.route, addGrant.route, removeGrant.route, explain.route,
    ]
    + [
      policies.route, policy.route, createPolicy.route, setPolicy.route, deletePolicy.route,
      attachPolicy.route, detachPolicy.route,
    ]
    + [
      keys.route, key.route, createKey.route, rotateKey.route, disableKey.route, enableKey.route,
      deleteKey.route, tokens.route, createToken.route, revokeToken.route, dataKeys.route,
      rotateDataKeys.route,
    ]
}
