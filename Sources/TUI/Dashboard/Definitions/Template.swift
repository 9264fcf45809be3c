private import CommandTable

/// A text with `{key}` where a value goes.
enum Template {
  /// - Parameter escape: how a value is written: for a path, for a shell, or as it is.
  static func fill(
    _ template: String, _ value: (String) -> String, escape: (String) -> String = { $0 }
  ) -> String {
    guard template.contains("{") else { return template }
    var text = ""
    var rest = template[...]
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      text += rest[..<open]
      text += escape(value(String(rest[rest.index(after: open)..<close])))
      rest = rest[rest.index(after: close)...]
    }
    return text + rest
  }

  /// Percent-encoded, so that a name cannot become a part of the path.
  static func pathSegment(_ text: String) -> String {
    var segment = ""
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"):
        segment.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        segment += "%" + (digits.utf8.count < 2 ? "0" : "") + digits
      }
    }
    return segment == "." || segment == ".." ? "%2E" + segment.dropFirst() : segment
  }

  /// For the command line: each word quoted as a shell needs it.
  static func shellLine(_ template: String, _ value: (String) -> String) -> String {
    self.fill(template, value, escape: { $0.visible.shellQuoted })
  }

  /// The words of a command line.
  static func words(_ template: String, _ value: (String) -> String) -> [String] {
    template.split(separator: " ").map { self.fill(String($0), value) }
  }
}
