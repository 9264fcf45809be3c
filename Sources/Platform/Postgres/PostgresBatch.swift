/// A value of a statement.
public enum PostgresValue: Sendable {
  case null
  case text(String)
  case bytes([UInt8])

  public static func integer(_ number: Int64) -> PostgresValue { .text("\(number)") }
  public static func flag(_ flag: Bool) -> PostgresValue { .text(flag ? "t" : "f") }

  /// An array of texts.
  public static func texts(_ texts: [String]) -> PostgresValue {
    let parts = texts.map { text in
      var quoted = "\""
      for character in text.unicodeScalars {
        if character == "\"" || character == "\\" { quoted += "\\" }
        quoted.unicodeScalars.append(character)
      }
      return quoted + "\""
    }
    return .text("{\(parts.joined(separator: ","))}")
  }
}

public struct PostgresStatement: Sendable {
  public var text: String
  public var values: [PostgresValue]

  public init(_ text: String, _ values: PostgresValue...) {
    self.text = text
    self.values = values
  }

  public init(_ text: String, values: [PostgresValue]) {
    self.text = text
    self.values = values
  }
}

/// Statements that are one transaction, sent together: they happen all, or none.
public struct PostgresBatch: Sendable {
  public var statements: [PostgresStatement]
  /// Nothing is changed: it shares a connection with others, and is repeated when one breaks.
  public var isReading: Bool
  /// What a change locks, where nothing is lost when it is made in one transaction with others that say so,
  /// in the order of what they lock; when that fails, each is made by itself.
  public var sharing: String?

  public init(_ statements: [PostgresStatement], isReading: Bool, sharing: String? = nil) {
    self.statements = statements
    self.isReading = isReading
    self.sharing = sharing
  }

  enum Lane { case reading, sharing, alone }

  var lane: Lane {
    if self.isReading { return .reading }
    return self.sharing == nil ? .alone : .sharing
  }
}
