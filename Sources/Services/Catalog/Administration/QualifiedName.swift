import Iceberg

/// Names as people write them: `sales.eu.orders`. A part with a dot in it stands in double quotes, where
/// a double quote is written twice.
enum QualifiedName {
  static func parts(_ text: String) throws(IcebergError) -> [String] {
    var parts: [String] = []
    var part = ""
    var isQuoted = false
    var rest = Substring(text)
    while let character = rest.popFirst() {
      switch character {
      case "\"" where !isQuoted && part.isEmpty: isQuoted = true
      case "\"" where isQuoted && rest.first == "\"":
        part.append(character)
        rest.removeFirst()
      case "\"" where isQuoted:
        guard rest.isEmpty || rest.first == "." else { throw self.malformed(text) }
        isQuoted = false
      case "." where !isQuoted:
        parts.append(part)
        part = ""
      default: part.append(character)
      }
    }
    guard !isQuoted else { throw self.malformed(text) }
    return parts + [part]
  }

  static func namespace(_ text: String) throws(IcebergError) -> Namespace {
    let namespace = Namespace(try self.parts(text))
    try namespace.check()
    return namespace
  }

  static func identifier(_ text: String) throws(IcebergError) -> TableIdentifier {
    var parts = try self.parts(text)
    let name = parts.removeLast()
    guard !parts.isEmpty else {
      throw IcebergError(
        .badRequest, "\(text.prefix(200).debugDescription) names no namespace: write NAMESPACE.NAME"
      )
    }
    let identifier = TableIdentifier(Namespace(parts), name)
    try identifier.check()
    return identifier
  }

  static func text(_ namespace: Namespace) -> String {
    namespace.levels.map(self.part).joined(separator: ".")
  }

  static func text(_ identifier: TableIdentifier) -> String {
    (identifier.namespace.levels + [identifier.name]).map(self.part).joined(separator: ".")
  }

  private static func part(_ part: String) -> String {
    guard part.contains(".") || part.hasPrefix("\"") else { return part }
    return "\"\(part.replacing("\"", with: "\"\""))\""
  }

  private static func malformed(_ text: String) -> IcebergError {
    IcebergError(.badRequest, "a quote in \(text.prefix(200).debugDescription) is not closed")
  }
}
