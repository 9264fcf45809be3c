/// What a bucket may be called.
public enum BucketName {
  /// Whether a bucket may be made with this name. Names that may not exist are looked up and not found.
  public static func isValid(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    guard (3...63).contains(bytes.count), Self.isAlphanumeric(bytes[0]),
      Self.isAlphanumeric(bytes[bytes.count - 1])
    else { return false }
    var previous: UInt8 = 0
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "."):
        if previous == UInt8(ascii: ".") || previous == UInt8(ascii: "-") { return false }
      case UInt8(ascii: "-"):
        if previous == UInt8(ascii: ".") { return false }
      default:
        guard Self.isAlphanumeric(byte) else { return false }
      }
      previous = byte
    }
    return !Self.isAddress(name)
      && !["xn--", "sthree-"].contains(where: name.hasPrefix)
      && !["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"].contains(where: name.hasSuffix)
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte)
  }

  private static func isAddress(_ name: String) -> Bool {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4
      && parts.allSatisfy { (1...3).contains($0.utf8.count) && $0.allSatisfy(\.isNumber) }
  }
}
