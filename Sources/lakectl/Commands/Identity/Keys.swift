import Admin
import CommandTable
import JSON
import Values

enum KeyColumns {
  static let shown = ["key_id", "user", "state", "created_at", "expires_at", "last_used_at"]
  static let all = RecordColumns(
    KeyRecord.self, shown, hidden: ["secret"], titles: ["grace_until_at": "GRACE UNTIL"])
  static let made = RecordColumns(
    KeyRecord.self, ["key_id", "user", "state", "expires_at", "secret"],
    titles: ["grace_until_at": "GRACE UNTIL"])

  static let key = Argument<PlainName>("key", "the id of the key", source: .resources("key"))

  /// As the daemon writes its own first key.
  @Sendable static func file(_ row: Row, _ secret: String) -> String {
    let value: JSONValue = [
      "access_key_id": .string(row["key_id"].rawText), "secret_access_key": .string(secret),
    ]
    return value.text(layout: .pretty) + "\n"
  }
}

/// `lakectl key list`
enum KeyList {
  static let user = Option<PlainName>(
    "user", source: .resources("user"), placeholder: "USER", "only those of this user")

  static let command = Command(
    name: "list", summary: "list access keys",
    call: .listing(
      KeyColumns.all, IdentityAPI.keys, parameters: [user.parameter],
      examples: [
        Example(
          text: "What nobody has used for long",
          line: "lakectl key list --filter last_used_at:under:-90d")
      ],
      input: { call throws(CommandError) in
        var input = KeysInput()
        input.user = call[user]?.text
        return input
      }))
}

/// `lakectl key show`
enum KeyShow {
  static let command = Command(
    name: "show", summary: "show one access key",
    call: .showing(
      KeyColumns.all, IdentityAPI.key, parameters: [KeyColumns.key.parameter],
      exits: [.notFound: "there is no such key"],
      examples: [Example(text: "Whose is it?", line: "lakectl key show LAKEK7Q2")],
      input: { call throws(CommandError) in NameInput(call[KeyColumns.key].text) }))
}

/// `lakectl key create`
enum KeyCreate {
  static let user = Option<PlainName>(
    "user", source: .resources("user"), placeholder: "USER", "whose; one's own when left out")
  static let expires = Option<Duration>("expires", "it ends after this time; never when left out")

  static let command = Command(
    name: "create", summary: "make an access key",
    call: .changing(
      KeyColumns.made, IdentityAPI.createKey,
      parameters: [user.parameter, expires.parameter, Shared.description.parameter],
      exits: [.notFound: "there is no such user"],
      examples: [
        Example(text: "For a program", line: "lakectl key create --user etl --out etl-key.json")
      ],
      detail: """
        The secret is told once: in the file of --out, or on the terminal.
        The same key works for S3 and as an OAuth2 client.
        """,
      input: { call throws(CommandError) in
        var input = KeyInput()
        input.user = call[user]?.text
        input.summary = call[Shared.description] ?? ""
        input.expiresAt = call[expires].map { Timestamp(call.clock.now() + $0) }
        return input
      }
    ).tellingOnce(KeyColumns.file))
}

/// `lakectl key rotate`
enum KeyRotate {
  static let grace = Option<Duration>("grace", default: "24h", "the old secret works this long")

  static let command = Command(
    name: "rotate", summary: "give a key a new secret",
    call: .changing(
      KeyColumns.made, IdentityAPI.rotateKey,
      parameters: [KeyColumns.key.parameter, grace.parameter],
      exits: [.notFound: "there is no such key"],
      examples: [
        Example(
          text: "Every quarter", line: "lakectl key rotate LAKEK7Q2 --out new-key.json --yes")
      ],
      input: { call throws(CommandError) in
        var input = KeyRotateInput()
        input.key = call[KeyColumns.key].text
        input.graceMilliseconds = (call[grace] ?? .seconds(86_400)).milliseconds
        return input
      }
    ).tellingOnce(KeyColumns.file))
}

/// `lakectl key disable`
enum KeyDisable {
  static let command = Command(
    name: "disable", summary: "refuse a key from now on",
    call: .changing(
      KeyColumns.all, IdentityAPI.disableKey, parameters: [KeyColumns.key.parameter],
      exits: [.notFound: "there is no such key"],
      examples: [Example(text: "To see who misses it", line: "lakectl key disable LAKEK7Q2 --yes")],
      input: { call throws(CommandError) in NameInput(call[KeyColumns.key].text) }))
}

/// `lakectl key enable`
enum KeyEnable {
  static let command = Command(
    name: "enable", summary: "accept a key again",
    call: .changing(
      KeyColumns.all, IdentityAPI.enableKey, parameters: [KeyColumns.key.parameter],
      exits: [.notFound: "there is no such key"],
      examples: [Example(text: "Somebody did", line: "lakectl key enable LAKEK7Q2")],
      input: { call throws(CommandError) in NameInput(call[KeyColumns.key].text) }))
}

/// `lakectl key delete`
enum KeyDelete {
  static let command = Command(
    name: "delete", summary: "remove an access key",
    call: .changing(
      KeyColumns.all, IdentityAPI.deleteKey,
      parameters: [KeyColumns.key.parameter, Shared.ifExists.parameter],
      exits: [.notFound: "there is no such key"],
      examples: [Example(text: "For good", line: "lakectl key delete LAKEK7Q2 --yes")],
      input: { call throws(CommandError) in
        NameInput(call[KeyColumns.key].text, ifExists: call[Shared.ifExists])
      }))
}

/// `lakectl key data list`
enum DataKeyList {
  static let columns = RecordColumns(
    RotationRecord.self, ["purpose", "version", "state", "versions_count", "created_at"])

  static let command = Command(
    name: "list", summary: "list the keys that seal what is stored",
    call: .listing(
      columns, IdentityAPI.dataKeys,
      examples: [Example(text: "How old they are", line: "lakectl key data list")],
      input: { _ throws(CommandError) in AdminNothing() }))
}

/// `lakectl key data rotate`
enum DataKeyRotate {
  static let command = Command(
    name: "rotate", summary: "make new data keys and seal secrets again",
    call: .changing(
      JobColumns.all, IdentityAPI.rotateDataKeys, parameters: [],
      examples: [Example(text: "And wait for it", line: "lakectl key data rotate --wait")],
      detail: "Everything stays readable while it runs; old keys go when nothing needs them.",
      input: { _ throws(CommandError) in AdminNothing() }))
}
