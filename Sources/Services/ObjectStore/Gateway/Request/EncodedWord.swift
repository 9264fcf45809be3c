import Bytes

/// Text that is not ASCII in header fields: as RFC 2047's `=?UTF-8?B?…?=` and `=?UTF-8?Q?…?=`.
enum EncodedWord {
  /// A value that is one encoded word, decoded; anything else as it is.
  static func decode(_ text: String) -> String {
    guard text.hasPrefix("=?"), text.hasSuffix("?=") else { return text }
    let parts = text.dropFirst(2).dropLast(2).split(
      separator: "?", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].lowercased() == "utf-8" else { return text }
    let bytes: [UInt8]?
    switch parts[1].lowercased() {
    case "b": bytes = Base64.bytes(of: parts[2], lenient: true)
    case "q": bytes = Self.quoted(parts[2])
    default: bytes = nil
    }
    guard let bytes, let decoded = bytes.rawBytes.text else { return text }
    return decoded
  }

  private static func quoted(_ text: Substring) -> [UInt8]? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "_"): bytes.append(0x20)
      case UInt8(ascii: "="):
        guard let high = rest.popFirst().flatMap(Hexadecimal.value(ofDigit:)),
          let low = rest.popFirst().flatMap(Hexadecimal.value(ofDigit:))
        else { return nil }
        bytes.append(high << 4 | low)
      default: bytes.append(byte)
      }
    }
    return bytes
  }

  /// Printable ASCII as it is.
  static func encode(_ text: String) -> String {
    guard text.utf8.contains(where: { $0 < 0x20 || $0 > 0x7E }) else { return text }
    return "=?UTF-8?B?" + Base64.text(of: Array(text.utf8).rawBytes) + "?="
  }
}
