import Bytes
package import JSON
package import SeriesModel
import Values

extension SeriesValue {
  /// As rows are written for people: texts, numbers, lists and null; times are RFC 3339, binary is base64.
  package var json: JSONValue {
    switch self {
    case .null: .null
    case .string(let text): .string(text)
    case .int(let number): .integer(number)
    case .float(let number): .double(number)
    case .binary(let bytes): .string(Base64.text(of: bytes.rawBytes))
    case .strings(let texts): .array(texts.map { .string($0) })
    case .ints(let numbers): .array(numbers.map { .integer($0) })
    case .timestamp(let time): .string(Timestamp(WallTime(nanoseconds: time)).description)
    }
  }
}
