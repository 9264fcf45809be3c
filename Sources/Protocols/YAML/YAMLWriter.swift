public import Bytes
public import JSON

/// Writes JSON values as YAML for people: blocks, two blanks a level, quotes where a reader of YAML
/// 1.1 or 1.2 would see something else than the text. What is written reads back as the same value.
public enum YAMLWriter {
  public static func append(_ value: JSONValue, to target: inout ByteWriter) {
    switch value {
    case .array(let elements) where !elements.isEmpty:
      self.append(elements, to: &target, indentation: 0)
    case .object(let object) where !object.isEmpty:
      self.append(object, to: &target, indentation: 0)
    case .array, .object, .null, .boolean, .number, .string:
      self.append(inline: value, to: &target)
      target.append(UInt8(ascii: "\n"))
    }
  }

  public static func text(_ value: JSONValue) -> String {
    var target = ByteWriter()
    self.append(value, to: &target)
    return target.bytes.lossyText
  }

  private static func append(
    _ object: JSONObject, to target: inout ByteWriter, indentation: Int,
    firstIsIndented: Bool = false
  ) {
    for (index, member) in object.members.enumerated() {
      if index > 0 || !firstIsIndented {
        target.append(repeating: UInt8(ascii: " "), count: indentation)
      }
      self.append(key: member.name, to: &target, indentation: indentation)
      switch member.value {
      case .array(let elements) where !elements.isEmpty:
        target.append(UInt8(ascii: "\n"))
        self.append(elements, to: &target, indentation: indentation + 2)
      case .object(let inner) where !inner.isEmpty:
        target.append(UInt8(ascii: "\n"))
        self.append(inner, to: &target, indentation: indentation + 2)
      case let value:
        target.append(UInt8(ascii: " "))
        self.append(inline: value, to: &target)
        target.append(UInt8(ascii: "\n"))
      }
    }
  }

  private static func append(
    _ elements: [JSONValue], to target: inout ByteWriter, indentation: Int,
    firstIsIndented: Bool = false
  ) {
    for (index, element) in elements.enumerated() {
      if index > 0 || !firstIsIndented {
        target.append(repeating: UInt8(ascii: " "), count: indentation)
      }
      target.append("- ")
      switch element {
      case .array(let inner) where !inner.isEmpty:
        self.append(inner, to: &target, indentation: indentation + 2, firstIsIndented: true)
      case .object(let object) where !object.isEmpty:
        self.append(object, to: &target, indentation: indentation + 2, firstIsIndented: true)
      case let value:
        self.append(inline: value, to: &target)
        target.append(UInt8(ascii: "\n"))
      }
    }
  }

  private static func append(inline value: JSONValue, to target: inout ByteWriter) {
    switch value {
    case .array: target.append("[]")
    case .object: target.append("{}")
    case .string(let text): self.append(text: text, to: &target)
    case .null, .boolean, .number: target.append(value.description)
    }
  }

  // MARK: Texts

  /// A reader looks for the colon in the next 1024 characters only; a longer key says that it is one.
  private static func append(key: String, to target: inout ByteWriter, indentation: Int) {
    // No character takes more than six bytes, so this is well below.
    let isLong = key.unicodeScalars.count > 150
    if isLong { target.append("? ") }
    self.append(text: key, to: &target)
    if isLong {
      target.append(UInt8(ascii: "\n"))
      target.append(repeating: UInt8(ascii: " "), count: indentation)
    }
    target.append(UInt8(ascii: ":"))
  }

  private static func append(text: String, to target: inout ByteWriter) {
    if self.isPlain(text) { target.append(text) } else { self.append(quoted: text, to: &target) }
  }

  /// Words that some reader takes for something else than a text.
  private static let taken: Set<String> = [
    "null", "true", "false", "yes", "no", "on", "off", "y", "n",
  ]

  /// Narrower than the grammar: letters first, then letters, digits, `_./@+%-`, single blanks, and
  /// colons inside a word.
  private static func isPlain(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    guard let first = bytes.first, first.isLetter || first == UInt8(ascii: "/"), bytes.count <= 200,
      !self.taken.contains(text.lowercased())
    else { return false }
    for (index, byte) in bytes.enumerated() {
      let next = index + 1 < bytes.count ? bytes[index + 1] : UInt8(ascii: " ")
      switch byte {
      case _ where byte.isLetter || isDigit(byte) || "_./@+%-".utf8.contains(byte): continue
      case UInt8(ascii: ":") where next.isLetter || isDigit(next) || next == UInt8(ascii: "/"):
        continue
      case UInt8(ascii: " ") where next.isLetter || isDigit(next): continue
      default: return false
      }
    }
    return true
  }

  private static func append(quoted text: String, to target: inout ByteWriter) {
    target.append(UInt8(ascii: "\""))
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x22: target.append("\\\"")
      case 0x5C: target.append("\\\\")
      case 0x09: target.append("\\t")
      case 0x0A: target.append("\\n")
      case 0x0D: target.append("\\r")
      case 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD,
        0x10000...0x10FFFF:
        // Encoding a scalar cannot fail.
        for unit in UTF8.encode(scalar).unsafelyUnwrapped { target.append(unit) }
      default:
        // Control characters, the breaks of lines that YAML 1.1 knows, and the byte order mark.
        let digits = String(scalar.value, radix: 16)
        target.append("\\u")
        target.append(repeating: UInt8(ascii: "0"), count: 4 - digits.utf8.count)
        target.append(digits)
      }
    }
    target.append(UInt8(ascii: "\""))
  }
}

extension UInt8 {
  fileprivate var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }
}
