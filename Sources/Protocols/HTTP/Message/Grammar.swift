/// The character classes of RFC 9110 as two 64-bit masks each: no table in memory, no branch that
/// depends on the byte except "is it ASCII".
enum Grammar {
  /// What a method, a field name or a parameter name is made of.
  @inline(__always) static func isToken(_ byte: UInt8) -> Bool {
    contains(byte, 0x03FF_6CFA_0000_0000, 0x57FF_FFFF_C7FF_FFFE)
  }

  /// What a host name is made of; a percent sign is one of them.
  @inline(__always) static func isRegisteredName(_ byte: UInt8) -> Bool {
    contains(byte, 0x2BFF_7FF2_0000_0000, 0x47FF_FFFE_87FF_FFFE)
  }

  /// What credentials after a scheme are made of, before their `=` padding.
  @inline(__always) static func isToken68(_ byte: UInt8) -> Bool {
    contains(byte, 0x03FF_E800_0000_0000, 0x47FF_FFFE_87FF_FFFE)
  }

  /// What needs no percent-encoding anywhere in a URI.
  @inline(__always) static func isUnreserved(_ byte: UInt8) -> Bool {
    contains(byte, 0x03FF_6000_0000_0000, 0x47FF_FFFE_87FF_FFFE)
  }

  @inline(__always) static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

  @inline(__always) static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

  @inline(__always) private static func contains(_ byte: UInt8, _ low: UInt64, _ high: UInt64)
    -> Bool
  {
    guard byte < 128 else { return false }
    return (byte < 64 ? low : high) &>> UInt64(byte & 63) & 1 == 1
  }

  /// The value of a hexadecimal digit, or nil.
  @inline(__always) static func hexadecimal(_ byte: UInt8) -> UInt8? {
    if byte &- 0x30 < 10 { return byte &- 0x30 }
    let letter = byte | 0x20
    return letter &- 0x61 < 6 ? letter &- 0x57 : nil
  }
}
