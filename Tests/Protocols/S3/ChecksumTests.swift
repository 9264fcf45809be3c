import Bytes
import S3
import Testing

@Suite("Checksums of objects")
struct ChecksumTests {
  static func value(_ kind: ChecksumKind, _ text: String) -> [UInt8] {
    var stream = ChecksumStream(kind)
    for byte in text.utf8 { stream.update([byte].rawBytes) }
    return stream.finish()
  }

  @Test(
    "the checksums of 123456789",
    arguments: [
      (ChecksumKind.crc32, "cbf43926"), (.crc32c, "e3069283"), (.crc64nvme, "ae8b14860a799888"),
      (.sha1, "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
      (.sha256, "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"),
    ])
  func known(kind: ChecksumKind, digits: String) {
    #expect(Hexadecimal.text(of: Self.value(kind, "123456789").rawBytes) == digits)
  }

  @Test("the checksum of a whole follows from those of its parts")
  func combined() {
    let parts = ["", "a", "bcdef", String(repeating: "g", count: 1000)]
    for kind in ChecksumKind.allCases where kind.isCombinable {
      let values = parts.map { (checksum: Self.value(kind, $0), byteCount: Int64($0.utf8.count)) }
      #expect(
        CombinedChecksum.fullObject(kind, values) == Self.value(kind, parts.joined()), "\(kind)")
    }
  }

  static func headers(
    _ fields: [String: String], trailers: [String] = []
  ) throws -> ChecksumHeaders {
    try ChecksumHeaders(header: { fields[$0] }, trailers: trailers)
  }

  @Test("one checksum is taken, from a header or a trailer")
  func fields() throws {
    let header = try Self.headers(["x-amz-checksum-crc32": "y/Q5Jg=="])
    #expect(header.kind == .crc32)
    #expect(header.value == [0xCB, 0xF4, 0x39, 0x26])
    let trailer = try Self.headers(
      ["x-amz-sdk-checksum-algorithm": "CRC64NVME"], trailers: ["x-amz-checksum-crc64nvme"])
    #expect(trailer.kind == .crc64nvme)
    #expect(trailer.isInTrailer)
    #expect(try Self.headers([:]).kind == nil)
  }

  @Test(
    "others are refused, never passed over",
    arguments: [
      ["x-amz-checksum-crc32": "y/Q5Jg==", "x-amz-checksum-sha1": ""],
      ["x-amz-checksum-crc32": "bad"], ["x-amz-checksum-crc32": "AAAA"],
      ["x-amz-checksum-xxhash64": "AAAA"], ["x-amz-checksum-sha512": "AAAA"],
      ["x-amz-checksum-crc32": "y/Q5Jg==", "x-amz-sdk-checksum-algorithm": "SHA1"],
      ["x-amz-sdk-checksum-algorithm": "MD7"],
    ])
  func refused(fields: [String: String]) {
    #expect(throws: S3Error.self) { try Self.headers(fields) }
  }
}
