public import JSON

/// A scalar: its text, and what the core schema of YAML 1.2 takes it for.
public struct YAMLScalar: Hashable, Sendable {
  public let text: String
  public let value: Value

  public enum Value: Hashable, Sendable {
    case null
    case boolean(Bool)
    case integer(JSONNumber)
    case real(JSONNumber)
    case notFinite(Double)
    case string
  }

  /// A scalar in quotes or as a block.
  public init(string text: String) {
    self.text = text
    self.value = .string
  }

  /// A scalar without quotes. `yes`, `no`, `on` and `off` are texts, as YAML 1.2 has it.
  public init(plain text: String) {
    self.text = text
    self.value = Self.resolve(text)
  }

  private static func resolve(_ text: String) -> Value {
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .boolean(true)
    case "false", "False", "FALSE": return .boolean(false)
    case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .notFinite(.infinity)
    case "-.inf", "-.Inf", "-.INF": return .notFinite(-.infinity)
    case ".nan", ".NaN", ".NAN": return .notFinite(.nan)
    default: break
    }
    guard let first = text.utf8.first, isDigit(first) || "+-.".utf8.contains(first) else {
      return .string
    }
    if text.hasPrefix("0o") { return self.based(text.dropFirst(2), 8) }
    if text.hasPrefix("0x") { return self.based(text.dropFirst(2), 16) }
    return self.decimal(text)
  }

  private static func based(_ digits: Substring, _ radix: Int) -> Value {
    let plain = digits.utf8.allSatisfy { byte in
      isDigit(byte)
        || (radix == 16 && (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20))
    }
    guard plain, let value = UInt64(digits, radix: radix) else { return .string }
    return .integer(JSONNumber(value))
  }

  /// `[-+]?[0-9]+` or `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, rewritten as JSON.
  private static func decimal(_ text: String) -> Value {
    var rest = Substring(text)
    var json = ""
    if rest.first == "+" || rest.first == "-" {
      if rest.removeFirst() == "-" { json = "-" }
    }
    let whole = rest.prefix { $0.isASCII && $0.isNumber }
    rest = rest.dropFirst(whole.count)
    // JSON has no leading zeros; 007 is seven here.
    let significant = whole.drop { $0 == "0" }
    json += significant.isEmpty ? "0" : String(significant)
    var isReal = false
    var fraction: Substring = ""
    if rest.first == "." {
      isReal = true
      rest.removeFirst()
      fraction = rest.prefix { $0.isASCII && $0.isNumber }
      rest = rest.dropFirst(fraction.count)
      json += "." + (fraction.isEmpty ? "0" : String(fraction))
    }
    guard !whole.isEmpty || !fraction.isEmpty else { return .string }
    if rest.first == "e" || rest.first == "E" {
      isReal = true
      json += String(rest)
      rest = ""
    }
    guard rest.isEmpty, let number = JSONNumber(json) else { return .string }
    return isReal ? .real(number) : .integer(number)
  }
}

func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
