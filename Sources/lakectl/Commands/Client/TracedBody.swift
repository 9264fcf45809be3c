import Bytes
import JSON
import Values

/// Bodies as `-vv` shows them: what is a secret by its name is masked, long ones are cut.
enum TracedBody {
  static let byteCountMax = 4096
  private static let secrets: Set<String> = [
    "password", "secret", "token", "admin_token", "secret_access_key", "authorization",
    // Whoever has a signed address may use it.
    "url",
  ]

  static func text(_ body: [UInt8]) -> String {
    guard let value = try? JSONValue(parsing: body.rawBytes) else {
      return "\(body.count) bytes that are no JSON"
    }
    let text = self.masked(value).text()
    guard text.utf8.count > self.byteCountMax else { return text }
    return String(decoding: text.utf8.prefix(self.byteCountMax), as: UTF8.self) + "..."
  }

  static func masked(_ value: JSONValue) -> JSONValue {
    switch value {
    case .null, .boolean, .number, .string: return value
    case .array(let elements): return .array(elements.map(self.masked))
    case .object(let object):
      var masked = JSONObject()
      for member in object.members {
        let isSecret = self.secrets.contains(member.name.lowercased()) && !member.value.isNull
        masked.append(
          isSecret ? .string(Secret<String>.mark) : self.masked(member.value), named: member.name)
      }
      return .object(masked)
    }
  }
}
