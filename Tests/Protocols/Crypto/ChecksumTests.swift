import Bytes
import Testing

@testable import Crypto

@Suite("Checksums")
struct ChecksumTests {
  @Test("the check values of the catalogue of CRCs")
  func checkValues() {
    let digits = "123456789".bytes
    #expect(CRC32.checksum(of: digits[...]) == 0xCBF4_3926)
    #expect(CRC32C.checksum(of: digits[...]) == 0xE306_9283)
    #expect(CRC64NVME.checksum(of: digits[...]) == 0xAE8B_1486_0A79_9888)
    #expect(CRC64NVME.checksum(of: [UInt8]()[...]) == 0)
    #expect(CRC32C.checksum(of: [UInt8](repeating: 0, count: 32)[...]) == 0x8A91_36AA)  // RFC 3720
    #expect(CRC32C.checksum(of: [UInt8](repeating: 0xFF, count: 32)[...]) == 0x62A8_AB43)
  }

  /// Bit by bit, as the definition reads.
  private func slowCRC64(_ bytes: [UInt8]) -> UInt64 {
    var crc = ~UInt64(0)
    for byte in bytes {
      crc ^= UInt64(byte)
      for _ in 0..<8 { crc = crc & 1 != 0 ? crc >> 1 ^ 0x9A6C_9329_AC4B_C9B5 : crc >> 1 }
    }
    return ~crc
  }

  @Test("CRC-64 by multiplication, by table and bit by bit agree at every length")
  func crc64Lengths() {
    let bytes = pattern(1300)
    for count in 0...bytes.count {
      let part = Array(bytes[..<count])
      let expected = slowCRC64(part)
      let table = CRC64NVME.checksumByTable(of: part.rawBytes)
      #expect(CRC64NVME.checksum(of: part[...]) == expected, "\(count) bytes")
      #expect(table == expected, "\(count) bytes")
    }
  }

  @Test("pieces of any length and alignment give the checksum of the whole")
  func pieces() {
    let bytes = pattern(4000)
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<50 {
      var crc32 = CRC32()
      var crc32c = CRC32C()
      var crc64 = CRC64NVME()
      var start = 0
      while start < bytes.count {
        let end = min(bytes.count, start + Int.random(in: 0...500, using: &generator))
        let piece = bytes.rawBytes.extracting(start..<end)
        crc32.update(piece)
        crc32c.update(piece)
        crc64.update(piece)
        start = end
      }
      #expect(crc32.value == CRC32.checksum(of: bytes[...]))
      #expect(crc32c.value == CRC32C.checksum(of: bytes[...]))
      #expect(crc64.value == CRC64NVME.checksum(of: bytes[...]))
    }
  }

  @Test(
    "checksums of parts combine into that of the whole", arguments: [0, 1, 7, 8, 999, 1999, 2000])
  func combine(cut: Int) {
    let bytes = pattern(2000)
    let first = bytes[..<cut]
    let second = bytes[cut...]
    let count = Int64(second.count)
    #expect(
      CRC32.combined(CRC32.checksum(of: first), CRC32.checksum(of: second), secondByteCount: count)
        == CRC32.checksum(of: bytes[...]))
    #expect(
      CRC32C.combined(
        CRC32C.checksum(of: first), CRC32C.checksum(of: second), secondByteCount: count)
        == CRC32C.checksum(of: bytes[...]))
    #expect(
      CRC64NVME.combined(
        CRC64NVME.checksum(of: first), CRC64NVME.checksum(of: second), secondByteCount: count)
        == CRC64NVME.checksum(of: bytes[...]))
  }

  @Test("XXH3 gives the published values")
  func xxh3() {
    #expect(XXH3.hash64(of: [UInt8]()[...]) == XXH3.empty)
    #expect(XXH3.hash64(of: "a".bytes[...]) == 0xE6C6_32B6_1E96_4E1F)
    #expect(XXH3.hash64(of: "abc".bytes[...]) == 0x78AF_5F94_892F_3950)
    #expect(XXH3.hash128(of: [UInt8]()[...]) == 0x99AA_06D3_0147_98D8_6001_C324_468D_497F)
    #expect(XXH3.hash128(of: "abc".bytes[...]) == 0x06B0_5AB6_733A_6185_78AF_5F94_892F_3950)
  }

  @Test("XXH3 in pieces gives the hash of the whole at every length")
  func xxh3Pieces() {
    let bytes = pattern(3000)
    var stream = XXH3.Stream()
    for count in stride(from: 0, through: bytes.count, by: 37) {
      stream.reset()
      let middle = count / 3
      stream.update(bytes.rawBytes.extracting(0..<middle))
      stream.update(bytes.rawBytes.extracting(middle..<count))
      let whole = bytes[..<count]
      #expect(stream.value64 == XXH3.hash64(of: whole))
      #expect(stream.value128 == XXH3.hash128(of: whole))
    }
  }
}
