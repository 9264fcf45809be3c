/// Arithmetic modulo the polynomial of a reflected CRC: bit 0 of a word stands for the highest power.
struct CRCPolynomial<Word: FixedWidthInteger & UnsignedInteger & Sendable>: Sendable {
  let reflected: Word

  /// crc(A ‖ B) = crc(A) · x^(8·|B|) + crc(B): initial value and inversion cancel out.
  func combine(_ first: Word, _ second: Word, _ secondByteCount: Int64) -> Word {
    precondition(secondByteCount >= 0, "\(secondByteCount) bytes")
    return self.product(first, self.power(ofBytes: UInt64(secondByteCount))) ^ second
  }

  /// left · right modulo the polynomial.
  private func product(_ left: Word, _ right: Word) -> Word {
    var sum: Word = 0
    var factor = right
    var bits = left
    while bits != 0 {
      // The highest bit is the constant term.
      if bits & Self.one != 0 { sum ^= factor }
      bits <<= 1
      factor = (factor >> 1) ^ (factor & 1 != 0 ? self.reflected : 0)
    }
    return sum
  }

  /// x^(8n), by squaring.
  private func power(ofBytes count: UInt64) -> Word {
    var result = Self.one
    var square = Self.one >> 8
    var rest = count
    while rest != 0 {
      if rest & 1 != 0 { result = self.product(result, square) }
      square = self.product(square, square)
      rest >>= 1
    }
    return result
  }

  private static var one: Word { 1 << (Word.bitWidth - 1) }
}

extension CRCPolynomial<UInt32> {
  static let crc32 = Self(reflected: 0xEDB8_8320)
  static let crc32c = Self(reflected: 0x82F6_3B78)
}

extension CRCPolynomial<UInt64> {
  static let crc64nvme = Self(reflected: 0x9A6C_9329_AC4B_C9B5)
}
