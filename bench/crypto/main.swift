private import Bytes
private import CSystem
private import Crypto

// Prints what the hashes and checksums do in a second, on one core:
//
//    swift run -c release bench-crypto

/// Runs `body` for about half a second, three times, and prints the best rate.
func measure(_ name: String, byteCount: Int, _ body: (RawSpan) -> Void) {
  let bytes = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 131 &+ $0 >> 8) }
  var best = Double.infinity
  for _ in 0..<3 {
    let start = csystem_monotonic_ns()
    var rounds = 0
    while csystem_monotonic_ns() - start < 500_000_000 {
      for _ in 0..<16 { body(bytes.rawBytes) }
      rounds += 16
    }
    best = min(best, Double(csystem_monotonic_ns() - start) / Double(rounds))
  }
  let rate = Double(byteCount) / best
  print("\(name), \(byteCount) bytes: \(Int(best)) ns, \(Double(Int(rate * 100)) / 100) GB/s")
}

var sink: UInt64 = 0
for size in [64, 4096, 1 << 20] {
  measure("SHA-256", byteCount: size) { sink &+= UInt64(SHA256.digest(of: $0).bytes[byteAt: 0]) }
  measure("MD5", byteCount: size) { sink &+= UInt64(MD5.digest(of: $0).bytes[byteAt: 0]) }
  measure("CRC-32", byteCount: size) { sink &+= UInt64(CRC32.checksum(of: $0)) }
  measure("CRC-32C", byteCount: size) { sink &+= UInt64(CRC32C.checksum(of: $0)) }
  measure("CRC-64/NVME", byteCount: size) { sink &+= CRC64NVME.checksum(of: $0) }
  measure("XXH3-64", byteCount: size) { sink &+= XXH3.hash64(of: $0) }
  let hmac = HMACSHA256(key: [1, 2, 3])
  measure("HMAC-SHA-256", byteCount: size) { sink &+= UInt64(hmac.code(of: $0).bytes[byteAt: 0]) }
  var cipher = AESGCM(key: [UInt8](repeating: 7, count: 32).rawBytes)
  var target = ByteWriter(capacity: size + 16)
  var nonce = [UInt8](repeating: 0, count: 12)
  measure("AES-256-GCM seal", byteCount: size) {
    nonce[0] &+= 1
    target.removeAll()
    cipher.seal($0, nonce: nonce.rawBytes, context: RawSpan(), to: &target)
  }
}
precondition(sink != 1)
