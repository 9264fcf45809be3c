/// How names of the schema read in Swift.
enum SwiftNames {
  /// What stands before the names of a file's types: `Proto`, or `Model.` for a namespace.
  static func scope(of file: SchemaFile) -> String { file.swiftPrefix }

  /// The namespace of a file whose prefix ends in a dot.
  static func namespace(of file: SchemaFile) -> String? {
    file.swiftPrefix.hasSuffix(".") ? String(file.swiftPrefix.dropLast()) : nil
  }

  /// A type's own name. `Type` and `Protocol` cannot be declared inside a Swift type.
  static func type(_ name: String) -> String {
    ["Type", "Protocol", "Self"].contains(name) ? name + "_" : name
  }

  static func property(_ name: String) -> String {
    var words = name.split(separator: "_").map(String.init)
    for index in words.indices.dropFirst() where self.acronyms.contains(words[index]) {
      words[index] = words[index].uppercased()
    }
    let camel = lowerFirst(camelCase(words.joined(separator: "_")))
    switch camel {
    case "unknownFields", "table": return camel + "_"
    case "init", "self", "Self", "Type": return camel + "_"
    default: return escaped(camel)
    }
  }

  /// The value of an enumeration, without the enumeration's name in front: `SORT_DESC` is `desc`.
  static func enumValue(_ name: String, of type: String) -> String {
    let prefix = upperSnakeCase(type) + "_"
    var short = name
    if name.hasPrefix(prefix), name.count > prefix.count {
      short = String(name.dropFirst(prefix.count))
    }
    if let first = short.utf8.first, first >= 0x30, first <= 0x39 { short = name }
    let isShouted = !short.utf8.contains { $0 >= 0x61 && $0 <= 0x7A }
    let camel = lowerFirst(camelCase(isShouted ? short.lowercased() : short))
    return ["init", "self", "rawValue", "name", "table", "isDefined", "hashValue", "none"]
      .contains(camel) ? camel + "_" : escaped(camel)
  }

  /// The enumeration that a oneof becomes.
  static func choice(_ oneof: String) -> String { upperCamelCase(oneof) + "Choice" }

  static func method(_ name: String) -> String { escaped(lowerFirst(name)) }

  static func escaped(_ name: String) -> String {
    self.keywords.contains(name) ? "`\(name)`" : name
  }

  private static let keywords: Set<String> = [
    "as", "associatedtype", "break", "case", "catch", "class", "continue", "default", "defer",
    "deinit", "do", "else", "enum", "extension", "fallthrough", "false", "fileprivate", "for",
    "func", "guard", "if", "import", "in", "inout", "internal", "is", "let", "nil", "operator",
    "precedencegroup", "private", "protocol", "public", "repeat", "rethrows", "return", "static",
    "struct", "subscript", "super", "switch", "throw", "throws", "true", "try", "typealias", "var",
    "where", "while",
  ]

  /// Underscores go, the letter after one is raised.
  private static func camelCase(_ name: String) -> String {
    var result = ""
    var raises = false
    for character in name {
      if character == "_" {
        raises = !result.isEmpty
      } else {
        result += raises ? character.uppercased() : String(character)
        raises = false
      }
    }
    return result
  }

  /// Words that keep one case: `trace_id` is `traceID`.
  private static let acronyms: Set<String> = [
    "id", "url", "uri", "ttl", "ip", "sql", "json", "http", "tls", "api", "cpu",
  ]

  private static func lowerFirst(_ name: String) -> String {
    // `ID` and `HTTPServer` lower the whole run of capitals but the last before a small letter.
    let capitals = name.prefix { $0.isUppercase }
    if capitals.count <= 1 { return capitals.lowercased() + name.dropFirst(capitals.count) }
    if capitals.count == name.count { return name.lowercased() }
    let kept = capitals.count - 1
    return name.prefix(kept).lowercased() + name.dropFirst(kept)
  }

  private static func upperSnakeCase(_ name: String) -> String {
    var result = ""
    var previous: Character?
    let characters = Array(name)
    for (index, character) in characters.enumerated() {
      let nextIsSmall = index + 1 < characters.count && characters[index + 1].isLowercase
      if character.isUppercase, let previous,
        previous.isLowercase || previous.isNumber || (previous.isUppercase && nextIsSmall)
      {
        result += "_"
      }
      result += character.uppercased()
      previous = character
    }
    return result
  }
}

/// `foo_bar` as `FooBar`.
func upperCamelCase(_ name: String) -> String {
  var result = ""
  var raises = true
  for character in name {
    if character == "_" {
      raises = true
    } else {
      result += raises ? character.uppercased() : String(character)
      raises = false
    }
  }
  return result
}

/// The JSON name of a field, as every implementation derives it.
func derivedJSONName(_ name: String) -> String {
  var result = ""
  var raises = false
  for character in name {
    if character == "_" {
      raises = true
    } else {
      result += raises ? character.uppercased() : String(character)
      raises = false
    }
  }
  return result
}
