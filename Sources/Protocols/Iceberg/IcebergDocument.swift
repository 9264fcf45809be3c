public import JSON
private import Bytes

/// Where every JSON text of a stranger comes in: requests and metadata files.
public enum IcebergDocument {
  /// Reads a value from a text.
  ///
  /// Duplicate members, too many levels and the character U+0000, which PostgreSQL cannot keep, are
  /// refused. An error names the member.
  public static func parse<T: JSONDecodable>(
    _ text: RawSpan, limits: JSONLimits = IcebergLimits.request, as type: T.Type = T.self
  ) throws(IcebergError) -> T {
    do throws(JSONError) {
      if let offset = self.offsetOfNull(text) {
        throw JSONError(.malformed, "the character U+0000 at byte \(offset) is not accepted")
      }
      return try T(parsing: text, limits: limits)
    } catch {
      throw IcebergError(error)
    }
  }

  /// Where `\u0000` stands, with the backslash not escaped itself.
  private static func offsetOfNull(_ text: RawSpan) -> Int? {
    var at = 0
    while let found = text.firstOffset(of: UInt8(ascii: "\\"), from: at) {
      guard found + 1 < text.byteCount else { return nil }
      if text[byteAt: found + 1] == UInt8(ascii: "u"), found + 6 <= text.byteCount,
        text.extracting((found + 2)..<(found + 6)).isEqual(to: "0000")
      {
        return found
      }
      at = found + 2
    }
    return nil
  }
}
