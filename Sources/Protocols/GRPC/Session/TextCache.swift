private import Glibc

/// The texts that the calls of a connection repeat (paths, authorities, agents), so that most headers
/// need no memory of their own.
struct TextCache {
  private static let countMax = 16
  private static let byteCountMax = 256
  private var texts: [String] = []
  private var next = 0

  /// The text of `bytes`; what is not UTF-8 is replaced.
  mutating func text(_ bytes: UnsafeRawBufferPointer) -> String {
    guard bytes.count > 15, let start = bytes.baseAddress else {
      return String(decoding: bytes, as: UTF8.self)
    }
    for index in self.texts.indices where self.texts[index].utf8.count == bytes.count {
      // Texts of more than 15 bytes have memory of their own, at an address.
      let isSame = self.texts[index].utf8.withContiguousStorageIfAvailable {
        memcmp($0.baseAddress.unsafelyUnwrapped, start, bytes.count) == 0
      }
      if isSame == true { return self.texts[index] }
    }
    let text = String(decoding: bytes, as: UTF8.self)
    guard bytes.count <= Self.byteCountMax else { return text }
    if self.texts.count < Self.countMax {
      self.texts.append(text)
    } else {
      self.texts[self.next] = text
      self.next = (self.next + 1) % Self.countMax
    }
    return text
  }
}
