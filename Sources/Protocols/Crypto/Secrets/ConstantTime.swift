private import COpenSSL

/// Comparison of secrets: the time it takes says nothing about where two differ.
public enum ConstantTime {
  /// False at once when the lengths differ: a length is no secret.
  public static func isEqual(_ left: RawSpan, _ right: RawSpan) -> Bool {
    guard left.byteCount == right.byteCount else { return false }
    guard left.byteCount > 0 else { return true }
    return left.withUnsafeBytes { left in
      right.withUnsafeBytes { right in
        copenssl_equal(left.baseAddress, right.baseAddress, left.count) == 1
      }
    }
  }

  public static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    self.isEqual(left.span.bytes, right.span.bytes)
  }

  public static func isEqual(_ left: String, _ right: String) -> Bool {
    self.isEqual(Array(left.utf8), Array(right.utf8))
  }
}
