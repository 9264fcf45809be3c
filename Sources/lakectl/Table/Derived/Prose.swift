/// Text that is not in the table, once for help and manual pages.
enum Prose {
  static let precedence =
    "The highest wins: flag, environment, context, the user's file, the system's file, built-in "
    + "default. lakectl config explain KEY prints where a value comes from."

  static func sections(of topic: HelpTopic) -> [(title: String, paragraphs: [String])] {
    switch topic {
    case .output:
      [
        ("formats", self.formats), ("json", self.json), ("scripts", self.scripts),
      ]
    case .filters:
      [
        (
          "expressions",
          [
            "key=value: the value is this text; one of them, for lists; key= is what is not known.",
            "key~regex: the extended regular expression is found in the value.",
            "key:over:10GB and key:under:5s: the number is above or below; sizes, durations, rates, "
              + "ratios and times are written as everywhere.",
          ]
        ),
        (
          "several",
          [
            "Expressions are combined with and by repeating the flag. --exclude takes out what "
              + "matches. Keys are those of -o json; the titles of the table work too."
          ]
        ),
      ]
    case .names:
      [
        (
          "names",
          [
            "Iceberg tables are NAMESPACE.TABLE, with dots for nested namespaces and other "
              + "characters percent-encoded: sales.eu.orders, my%20table.",
            "SQL tables are DATABASE.SCHEMA.TABLE, shorter when that is unique. Shards are "
              + "TABLE/NUMBER. Time-series resources are GROUP/NAME. Objects are BUCKET/KEY.",
            "A job is its id, or last for the newest one of this user. Nodes, users, roles and "
              + "contexts are plain names.",
          ]
        ),
        (
          "values",
          [
            "Durations: 500ms 30s 10m 2h 7d. Sizes: 4096, 64MiB (1024 x 1024 bytes each), 10GB "
              + "(1000 x 1000 x 1000 bytes each). Rates are sizes per second. Ratios: 0.85 or 85%.",
            "Times: 2026-11-20T14:03:21Z, now, or a negative duration such as -15m. A value that "
              + "begins with a dash and is no number is written --flag=-value.",
          ]
        ),
      ]
    default: []
    }
  }

  static let formats = [
    "table and wide are for people and may improve. json is one document, jsonl one object a line, "
      + "csv and tsv have a header line and raw values, name is one full name a line, schema is the "
      + "JSON Schema of the command's json.",
    "On a terminal columns are dropped and text is cut where the line is too long. Elsewhere nothing "
      + "is cut, dropped or coloured.",
  ]

  static let json = [
    "A list is {kind, version, items, truncated, next, warnings}, a single thing {kind, version, "
      + "item, warnings}, a change {kind, version, changed, item, job, warnings}.",
    "Every declared key is always there: unknown is null, none is []. Units are in the key: _bytes "
      + "_ms _ns _s _count _ratio _at _per_s. Times are RFC 3339 in UTC, ratios 0 to 1. Identifiers "
      + "and 64-bit positions are strings.",
    "Within a version keys and words may be added, nothing else.",
  ]

  static let scripts = [
    "A script may rely on exit codes, json jsonl csv tsv name, error codes, and the names of flags "
      + "and commands; not on tables, help, messages, order of keys or timing.",
    "Write flags out in full, as --name=value. Put -- before names from outside. Set LAKE_CONTEXT. "
      + "Test the exit code, not the text. Give every write a --request-id if you retry it.",
  ]
}
