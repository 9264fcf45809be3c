private import Bytes
internal import JSON

/// What the fields of a signed form have to be.
public struct PostPolicy: Sendable {
  enum Condition: Hashable, Sendable {
    case equals(field: String, String)
    case startsWith(field: String, String)
    case lengthRange(Int64, Int64)
  }

  /// Since 1970.
  public var expirationMilliseconds: UInt64
  var conditions: [Condition] = []

  /// - Parameter base64: the field `policy` as it was sent.
  public init(base64: String) throws(S3Error) {
    let stripped = base64.filter { $0 != "\r\n" && $0 != "\n" && $0 != "\r" }
    guard let bytes = Base64.bytes(of: stripped) else { throw Self.malformed("it is not base64") }
    let root: JSONValue
    do throws(JSONError) {
      root = try JSONValue(
        parsing: bytes.rawBytes,
        limits: JSONLimits(byteCountMax: FormParser.fieldsByteCountMax, depthMax: 8))
    } catch {
      throw Self.malformed("it is not JSON")
    }
    guard let expiration = root["expiration"]?.string else {
      throw Self.malformed("it has no expiration")
    }
    guard let milliseconds = Self.zulu(expiration) else {
      throw Self.malformed("its expiration is no time of ISO 8601")
    }
    self.expirationMilliseconds = milliseconds
    guard let list = root["conditions"]?.array else {
      throw Self.malformed("it has no list of conditions")
    }
    guard !list.isEmpty else { throw Self.malformed("it has no conditions") }
    for value in list { try self.append(value) }
  }

  private static func zulu(_ text: String) -> UInt64? {
    guard text.hasSuffix("Z") else { return nil }
    return S3Time.milliseconds(text)
  }

  private static func malformed(_ message: String) -> S3Error {
    S3Error(.invalidPolicyDocument, "Invalid Policy: \(message)")
  }

  private mutating func append(_ value: JSONValue) throws(S3Error) {
    if let object = value.object {
      guard !object.isEmpty else { throw Self.malformed("a condition is empty") }
      for member in object.members {
        guard let text = member.value.string else {
          throw Self.malformed("a condition's value is no text")
        }
        self.conditions.append(.equals(field: member.name.lowercased(), text))
      }
      return
    }
    guard let list = value.array, list.count == 3, let verb = list[0].string?.lowercased() else {
      throw Self.malformed("a condition has not three elements")
    }
    if verb == "content-length-range" {
      guard let least = Self.number(list[1]), let most = Self.number(list[2]) else {
        throw Self.malformed("content-length-range has no two numbers")
      }
      return self.conditions.append(.lengthRange(least, most))
    }
    guard let field = list[1].string, field.hasPrefix("$"), let text = list[2].string else {
      throw Self.malformed("a condition is not about a field")
    }
    let name = field.dropFirst().lowercased()
    switch verb {
    case "eq": self.conditions.append(.equals(field: name, text))
    case "starts-with": self.conditions.append(.startsWith(field: name, text))
    default: throw Self.malformed("the condition \(verb.prefix(40)) is not known")
    }
  }

  private static func number(_ value: JSONValue) -> Int64? {
    value.int64 ?? value.string.flatMap { Int64($0) }
  }

  /// The sizes that the file may have.
  public var lengthRange: ClosedRange<Int64>? {
    for case .lengthRange(let least, let most) in self.conditions where least <= most {
      return least...most
    }
    return nil
  }

  /// Checks the fields of a form.
  ///
  /// - Parameter fields: by lower-case name, with `bucket` and what `key` has become.
  public func check(_ fields: [String: String], now: UInt64) throws(S3Error) {
    guard now < self.expirationMilliseconds else {
      throw Self.denied("Policy expired.")
    }
    var covered: Set<String> = []
    for condition in self.conditions {
      switch condition {
      case .equals(let field, let wanted):
        covered.insert(field)
        guard fields[field] == wanted else {
          throw Self.denied("Policy Condition failed: [\"eq\", \"$\(field)\", \"\(wanted)\"]")
        }
      case .startsWith(let field, let prefix):
        covered.insert(field)
        // An empty prefix allows anything, also nothing.
        guard Self.begins(field, fields[field] ?? "", prefix),
          fields[field] != nil || prefix.isEmpty
        else {
          throw Self.denied(
            "Policy Condition failed: [\"starts-with\", \"$\(field)\", \"\(prefix)\"]")
        }
      case .lengthRange: break
      }
    }
    for name in fields.keys where !covered.contains(name) && !Self.isFree(name) {
      throw Self.denied("Extra input fields: \(name.prefix(60))")
    }
  }

  /// Every media type of a list has to begin so.
  private static func begins(_ field: String, _ given: String, _ prefix: String) -> Bool {
    guard field == "content-type", given.contains(",") else { return given.hasPrefix(prefix) }
    return given.split(separator: ",").allSatisfy { $0.drop { $0 == " " }.hasPrefix(prefix) }
  }

  private static let free: Set<String> = [
    "policy", "file", "signature", "awsaccesskeyid", "x-amz-signature", "x-amz-algorithm",
    "x-amz-credential", "x-amz-date", "x-amz-security-token",
  ]

  private static func isFree(_ name: String) -> Bool {
    self.free.contains(name) || name.hasPrefix("x-ignore-")
      || name.hasPrefix("x-amz-checksum-")
  }

  static func denied(_ message: String) -> S3Error {
    S3Error(.accessDenied, "Invalid according to Policy: \(message)")
  }
}
