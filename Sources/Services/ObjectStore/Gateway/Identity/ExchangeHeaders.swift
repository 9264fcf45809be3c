import Bytes
import Crypto
import HTTPServing

/// The fields of a request as a signature looks at them.
struct ExchangeHeaders: SigV4Headers {
  let exchange: HTTPExchange

  func forEachName(_ body: (RawSpan) -> Void) {
    for index in 0..<self.exchange.fieldCount {
      self.exchange.withField(at: index) { _, name, _ in body(name) }
    }
  }

  func forEachValue(of name: RawSpan, _ body: (RawSpan) -> Void) {
    for index in 0..<self.exchange.fieldCount {
      self.exchange.withField(at: index) { _, field, value in
        if Self.isEqual(field, lowerCase: name) { body(value) }
      }
    }
  }

  private static func isEqual(_ field: RawSpan, lowerCase name: RawSpan) -> Bool {
    guard field.byteCount == name.byteCount else { return false }
    for index in 0..<name.byteCount {
      let byte = field.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)
      let wanted = name.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)
      guard byte == wanted || (0x41...0x5A ~= byte && byte | 0x20 == wanted) else { return false }
    }
    return true
  }
}
