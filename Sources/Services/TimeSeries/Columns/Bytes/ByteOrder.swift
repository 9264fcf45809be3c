private import Glibc

extension UnsafeRawBufferPointer {
  /// Below, at or above zero where these bytes come before `other`, are the same or come after them:
  /// byte by byte, and of two that begin alike the shorter one first.
  public func order(to other: UnsafeRawBufferPointer) -> Int {
    let count = Swift.min(self.count, other.count)
    if count > 0, let left = self.baseAddress, let right = other.baseAddress {
      let order = memcmp(left, right, count)
      if order != 0 { return Int(order) }
    }
    return self.count - other.count
  }
}
