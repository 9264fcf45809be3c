import CommandTable

/// Groups about who may do what.
extension Lakectl {
  static let users = Command(
    name: "user", summary: "manage users", heading: .access,
    detail: """
      A user has roles of its own and those of its groups.
      The last administrator can be neither removed nor disabled.
      """,
    children: [
      UserList.command, UserShow.command, UserCreate.command, UserSet.command,
      UserPassword.command, UserDisable.command, UserEnable.command, UserDelete.command,
    ])

  static let accounts = Command(
    name: "account", summary: "manage accounts, which own buckets", heading: .access,
    detail: "Buckets and users belong to accounts; the daemon's own is made at the first start.",
    children: [
      AccountList.command, AccountShow.command, AccountCreate.command, AccountDelete.command,
    ])

  static let groups = Command(
    name: "group", summary: "manage groups of users", heading: .access,
    detail: "Members of a group have its roles.",
    children: [
      GroupList.command, GroupShow.command, GroupCreate.command, GroupAdd.command,
      GroupRemove.command, GroupDelete.command,
    ])

  static let roles = Command(
    name: "role", summary: "manage roles", heading: .access,
    detail: "A role is a name for grants; it may inherit those of other roles.",
    children: [
      RoleList.command, RoleShow.command, RoleCreate.command, RoleAssign.command,
      RoleUnassign.command, RoleDelete.command,
    ])

  static let grants = Command(
    name: "grant", summary: "manage what is allowed and denied", heading: .access,
    detail: """
      A grant allows or denies an action on a resource to a role, a user or a group.
      A denial wins over everything that allows.
      """,
    children: [
      GrantList.command, GrantAdd.command, GrantRemove.command, GrantExplain.command,
    ])

  static let policies = Command(
    name: "policy", summary: "manage policies", heading: .access,
    detail: "A policy is a document of statements that holds for those it is attached to.",
    children: [
      PolicyList.command, PolicyShow.command, PolicyCreate.command, PolicySet.command,
      PolicyAttach.command, PolicyDetach.command, PolicyTest.command, PolicyDelete.command,
    ])

  static let keys = Command(
    name: "key", summary: "manage access keys and data keys", heading: .access,
    detail: """
      An access key is for programs: S3, and OAuth2 as client id and secret.
      Data keys seal what is stored.
      """,
    children: [
      KeyList.command, KeyShow.command, KeyCreate.command, KeyRotate.command, KeyDisable.command,
      KeyEnable.command, KeyDelete.command,
      Command(
        name: "data", summary: "look at and rotate data keys",
        children: [DataKeyList.command, DataKeyRotate.command]),
    ])

  static let tokens = Command(
    name: "token", summary: "manage tokens that end by themselves", heading: .access,
    detail: "A token is for lakectl and scripts, for a while, and can be narrowed to some roles.",
    children: [TokenList.command, TokenCreate.command, TokenRevoke.command])
}
