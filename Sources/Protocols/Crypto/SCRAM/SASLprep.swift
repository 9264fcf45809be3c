/// A password as it is hashed (RFC 4013), for the text that keyboards make.
///
/// Blanks of other scripts become a space, invisible characters go, full-width Latin, superscript digits
/// and ligatures become plain ones. Text is taken to be composed (é as one character) as input methods
/// give it; no other compatibility mapping is made. A password with control characters, or one that is
/// nothing after this, is used as it stands, as PostgreSQL does.
public enum SASLprep {
  public static func prepared(_ password: String) -> [UInt8] {
    let raw = Array(password.utf8)
    if raw.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return raw }
    var text = ""
    for scalar in password.unicodeScalars {
      switch scalar.value {
      case 0xA0, 0x1680, 0x2000...0x200A, 0x202F, 0x205F, 0x3000: text += " "
      case 0xAD, 0x34F, 0x1806, 0x180B...0x180D, 0x200B...0x200D, 0x2060, 0xFE00...0xFE0F, 0xFEFF:
        continue
      case 0...0x1F, 0x7F...0x9F, 0x2028, 0x2029, 0xE000...0xF8FF, 0xFFF9...0xFFFD:
        return raw
      default: text += self.compatible(scalar)
      }
    }
    return text.isEmpty ? raw : Array(text.utf8)
  }

  /// The plain form of the compatibility characters that keyboards and input methods make.
  private static func compatible(_ scalar: Unicode.Scalar) -> String {
    switch scalar.value {
    case 0xAA: "a"
    case 0xB2, 0xB3: String(scalar.value - 0xB0)
    case 0xB5: "\u{3BC}"
    case 0xB9: "1"
    case 0xBA: "o"
    case 0xBC: "1\u{2044}4"
    case 0xBD: "1\u{2044}2"
    case 0xBE: "3\u{2044}4"
    case 0x2026: "..."
    case 0x2070, 0x2074...0x2079: String(scalar.value - 0x2070)
    case 0x2080...0x2089: String(scalar.value - 0x2080)
    case 0x2122: "TM"
    case 0xFB00: "ff"
    case 0xFB01: "fi"
    case 0xFB02: "fl"
    case 0xFB03: "ffi"
    case 0xFB04: "ffl"
    case 0xFB05, 0xFB06: "st"
    case 0xFF01...0xFF5E:
      // Full-width forms stand in the order of ASCII.
      String(UnicodeScalar(UInt8(scalar.value - 0xFF01 + 0x21)))
    default: String(scalar)
    }
  }
}
