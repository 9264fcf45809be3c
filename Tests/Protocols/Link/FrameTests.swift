import Bytes
import Crypto
import Fuzzing
import Protobuf
import Testing

@testable import Link

private let frameMax = LinkLimits().frameByteCountMax

private func frame(
  _ body: [UInt8], _ flags: LinkFlags = [], compressedFrom: Int = .max
) -> [UInt8] {
  var target = ByteWriter()
  let header = LinkHeader(
    command: 17, requestID: 5, flags: flags, traceID: 0x0123_4567_89AB_CDEF, epoch: 9,
    retryCount: 2)
  target.append(header, body: body.rawBytes, compressedFrom: compressedFrom)
  return target.bytes.array
}

private func scan(_ bytes: [UInt8]) throws(LinkError) -> LinkFrameScanner.Step {
  try LinkFrameScanner.next(in: bytes.rawBytes, frameByteCountMax: frameMax)
}

private func body(_ header: LinkHeader, _ bytes: [UInt8]) throws(LinkError) -> [UInt8] {
  try LinkFrameScanner.plain(
    bytes.rawBytes.extracting(48..<Int(header.size)), of: header, frameByteCountMax: frameMax)
}

@Suite("Frames")
struct FrameTests {
  @Test("a frame has the bytes that the drawing says")
  func drawing() {
    let bytes = frame([0xAA, 0xBB], [.response, .stream])
    #expect(bytes.count == 50)
    #expect(
      Hexadecimal.text(of: bytes.rawBytes.extracting(8..<16)) == "01021100" + "32000000")
    var reader = ByteReader(bytes.rawBytes)
    let checksum = reader.littleEndian(UInt64.self)
    #expect(checksum == XXH3.hash64(of: bytes.rawBytes.extracting(8..<48)))
    #expect(
      Hexadecimal.text(of: bytes.rawBytes.extracting(24..<50))
        == "05000000" + "11000000" + "efcdab8967452301" + "0900000000000000" + "aabb")
  }

  @Test("a frame of any size is read back", arguments: [0, 1, 47, 48, 4096, 1 << 20])
  func roundTrip(size: Int) throws {
    let content = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    let bytes = frame(content, [.response])
    guard case .frame(let header) = try scan(bytes + [1, 2, 3]) else {
      Issue.record("no frame")
      return
    }
    #expect(header.command == 17 && header.requestID == 5 && header.epoch == 9)
    #expect(header.traceID == 0x0123_4567_89AB_CDEF && header.retryCount == 2)
    #expect(try body(header, bytes) == content)
  }

  @Test("a frame that is not whole says how much it needs")
  func partial() throws {
    let bytes = frame([UInt8](repeating: 7, count: 100))
    for count in 0..<bytes.count {
      let needed = try scan(Array(bytes.prefix(count)))
      #expect(needed == .needs(count < 48 ? 48 : 148))
    }
  }

  @Test("a flipped bit is found wherever it is")
  func bits() {
    let bytes = frame([1, 2, 3, 4, 5])
    for bit in 0..<bytes.count * 8 {
      var changed = bytes
      changed[bit / 8] ^= 1 << (bit % 8)
      #expect(throws: LinkError.self, "bit \(bit)") { try scan(changed) }
    }
  }

  @Test("a frame of another version or over the limit is refused before its body is waited for")
  func limits() throws {
    for (offset, value) in [(8, UInt8(2)), (15, 0x7F), (12, 0)] {
      var bytes = Array(frame([]).prefix(48))
      bytes[offset] = value
      let checksum = XXH3.hash64(of: bytes.rawBytes.extracting(8..<48))
      for index in 0..<8 { bytes[index] = UInt8(truncatingIfNeeded: checksum >> (8 * index)) }
      #expect(throws: LinkError.self) { try scan(bytes) }
    }
  }

  @Test("a body that compresses is sent compressed, another as it is")
  func compression() throws {
    let text = [UInt8](repeating: 0x61, count: 10_000)
    let small = frame(text, compressedFrom: 1000)
    #expect(small.count < 1000)
    guard case .frame(let header) = try scan(small) else { return }
    #expect(header.flags.contains(.compressed))
    #expect(try body(header, small) == text)
    var random = SystemRandomNumberGenerator()
    let noise = (0..<10_000).map { _ in UInt8.random(in: 0...255, using: &random) }
    let large = frame(noise, compressedFrom: 1000)
    #expect(large.count == 10_048)
    guard case .frame(let plain) = try scan(large) else { return }
    #expect(!plain.flags.contains(.compressed))
    #expect(frame(text, compressedFrom: 10_001).count == 10_048)
  }

  @Test("a compressed body that lies about its length is refused")
  func lies() throws {
    for bytes in [
      frame([0xFF, 0xFF, 0xFF, 0xFF, 0x07], .compressed), frame([5, 0, 1], .compressed),
      frame([], .compressed),
    ] {
      guard case .frame(let header) = try scan(bytes) else { continue }
      #expect(throws: LinkError.self) { try body(header, bytes) }
    }
  }

  @Test("an error goes over the wire and comes back")
  func failures() throws {
    let error = LinkError(
      .slowDown, "queue full", hint: "later", retryAfter: .milliseconds(250), detail: [1])
    let read = LinkError(try Failure(decoding: error.failure.encoded().rawBytes))
    #expect(read == error)
    #expect("\(read)" == "link.slow_down: queue full")
    #expect("\(LinkError.Code(rawValue: 1001))" == "link.1001")
  }

  @Test("any bytes are a frame, an error or too few")
  func fuzz() throws {
    let seeds = [frame([1, 2, 3]), frame([UInt8](repeating: 1, count: 99), compressedFrom: 10)]
    try Fuzzer.run(name: "link-frame", seeds: seeds, iterations: 10_000) { bytes in
      guard
        case .frame(let header)? = try? LinkFrameScanner.next(
          in: bytes, frameByteCountMax: frameMax)
      else { return }
      _ = try? LinkFrameScanner.plain(
        bytes.extracting(48..<Int(header.size)), of: header, frameByteCountMax: frameMax)
    }
    // The checksums keep mutations out: the same with checksums that are right.
    try Fuzzer.run(name: "link-body", seeds: [[0, 4, 1, 2], [5, 0, 1]], iterations: 10_000) {
      bytes in
      let made = frame(bytes.array, .compressed)
      guard case .frame(let header) = try scan(made) else { return }
      guard let plain = try? body(header, made) else { return }
      try Fuzzer.require(plain.count <= frameMax, "\(plain.count) bytes")
    }
  }
}
