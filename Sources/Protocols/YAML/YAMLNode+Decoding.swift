private import Bytes
public import JSON

extension YAMLNode {
  /// Makes a value through its JSON form. An error names the place in the YAML text.
  public func decode<T: JSONDecodable>(_ type: T.Type = T.self) throws(YAMLError) -> T {
    let value = try self.json()
    var text = ByteWriter()
    text.appendJSON(value)
    do throws(JSONError) {
      return try T(
        parsing: text.bytes,
        limits: JSONLimits(byteCountMax: JSONLimits.byteCountCeiling, depthMax: 1000))
    } catch {
      throw YAMLError(
        .badValue, error.description, at: self.position(ofPath: error.path ?? "$"))
    }
  }

  /// The place of what a path such as `$.items[3].name` leads to: of the value, or, when the last step
  /// leads nowhere, of what it starts from.
  public func position(ofPath path: String) -> YAMLPosition {
    var node = self
    var rest = Substring(path)
    if rest.first == "$" { rest.removeFirst() }
    while let step = Self.takeStep(&rest) {
      switch (step, node.content) {
      case (.member(let name), .mapping):
        guard let value = node[name] else { return node.position }
        node = value
      case (.element(let index), .sequence(let nodes)):
        guard nodes.indices.contains(index) else { return node.position }
        node = nodes[index]
      case (.member, .scalar), (.member, .sequence), (.element, .scalar), (.element, .mapping):
        return node.position
      }
    }
    return node.position
  }

  private enum Step {
    case member(String)
    case element(Int)
  }

  /// `.name`, `[3]` or `["any name"]`; nil at the end, and where the path is none.
  private static func takeStep(_ rest: inout Substring) -> Step? {
    switch rest.popFirst() {
    case ".":
      let name = rest.prefix { $0 != "." && $0 != "[" }
      rest = rest.dropFirst(name.count)
      return .member(String(name))
    case "[" where rest.first == "\"":
      guard let name = Self.takeQuoted(&rest), rest.popFirst() == "]" else { return nil }
      return .member(name)
    case "[":
      let digits = rest.prefix { $0 != "]" }
      rest = rest.dropFirst(digits.count + 1)
      return Int(digits).map { .element($0) }
    default:
      return nil
    }
  }

  /// What `String.debugDescription` has put in quotes.
  private static func takeQuoted(_ rest: inout Substring) -> String? {
    rest.removeFirst()
    var name = ""
    while let character = rest.popFirst() {
      guard character != "\"" else { return name }
      guard character == "\\" else {
        name.append(character)
        continue
      }
      switch rest.popFirst() {
      case "n": name.append("\n")
      case "r": name.append("\r")
      case "t": name.append("\t")
      case "0": name.append("\0")
      case "u" where rest.popFirst() == "{":
        let digits = rest.prefix { $0 != "}" }
        rest = rest.dropFirst(digits.count + 1)
        guard let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value) else {
          return nil
        }
        name.unicodeScalars.append(scalar)
      case let escaped?: name.append(escaped)
      case nil: return nil
      }
    }
    return nil
  }
}
