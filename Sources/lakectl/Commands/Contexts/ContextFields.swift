import CommandTable

/// The flags that describe a context, for `add` and `set`.
enum ContextFields {
  static let authority = Option<FilePath>("ca-file", "certificates that the server's must lead to")
  static let certificate = Option<FilePath>("certificate-file", "our certificate, for mutual TLS")
  static let key = Option<FilePath>("key-file", "the private key of our certificate")
  static let tokenFile = Option<FilePath>("token-file", "the file that holds the token")
  static let tokenCommand = Option<String>(
    "token-command", placeholder: "COMMAND", "a command that prints the token")
  static let warehouse = Option<PlainName>("warehouse", "the warehouse of names without one")
  static let database = Option<PlainName>("database", "the database of names without one")
  static let protected = Option<SwitchWord>("protected", "true: writing asks one step more")

  static let parameters = [
    authority.parameter, certificate.parameter, key.parameter, tokenFile.parameter,
    tokenCommand.parameter, warehouse.parameter, database.parameter, protected.parameter,
  ]

  /// The keys and texts that were given; `--endpoint` is the global flag.
  static func given(_ call: Invocation) -> [(key: String, value: String)] {
    let fields: [(String, String?)] = [
      ("endpoint", call.values.given(GlobalFlags.endpoint)?.text),
      ("ca-file", call[authority]?.text), ("certificate-file", call[certificate]?.text),
      ("key-file", call[key]?.text), ("token-file", call[tokenFile]?.text),
      ("token-command", call[tokenCommand]), ("warehouse", call[warehouse]?.text),
      ("database", call[database]?.text), ("protected", call[protected]?.rawValue),
    ]
    return fields.compactMap { key, value in value.map { (key, $0) } }
  }
}
