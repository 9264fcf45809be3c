import Bytes
import Fuzzing
import HTTP
import Testing

@Suite("Values of HTTP fields under the fuzzer")
struct FieldsFuzzTests {
  @Test("ranges lie within the content and do not overlap")
  func ranges() throws {
    try Fuzzer.run(
      name: "http-range",
      seeds: HTTPFuzzTests.bytes(["bytes=0-99", "bytes=-5, 7-9,100-", "bytes=9-8", "lines=1-2"]),
      dictionary: HTTPFuzzTests.bytes(["bytes=", "-", ",", "9223372036854775807", "0-0"])
    ) { bytes in
      for size in [0, 1, 1000, Int64.max] {
        guard case .parts(let parts) = RangeRequest(bytes, size: size) else { continue }
        try Fuzzer.require(
          !parts.isEmpty && parts.count <= RangeRequest.partsMax, "\(parts.count) parts")
        for part in parts {
          try Fuzzer.require(
            part.first >= 0 && part.first <= part.last && part.last < size,
            "\(part) of \(size) bytes")
        }
      }
    }
  }

  @Test("a query is walked to its end, and every way of reading it agrees")
  func queries() throws {
    try Fuzzer.run(
      name: "http-query",
      seeds: HTTPFuzzTests.bytes(["a=1&b=%20+&c", "&&=&=x&a%3D=%26", "a=%zz", "name=%C3%A4"]),
      dictionary: HTTPFuzzTests.bytes(["&", "=", "%", "+", "a=", "%41"])
    ) { bytes in
      var walker = QueryString(bytes)
      while let pair = walker.next() {
        let end = (pair.value ?? pair.name).range.upperBound
        try Fuzzer.require(end <= bytes.byteCount, "a pair ends at \(end) of \(bytes.byteCount)")
      }
      let direct = try? QueryString.text("a", in: bytes)
      guard let pairs = try? QueryString.pairs(bytes) else { return }
      let first = pairs.first { $0.name == "a" }?.value
      try Fuzzer.require(direct == first, "\(direct ?? "-") directly, \(first ?? "-") in the list")
    }
  }

  @Test("what percent-coding wrote it reads back")
  func percentCoding() throws {
    try Fuzzer.run(
      name: "http-percent", seeds: HTTPFuzzTests.bytes(["a/b c", "%41%", "\u{e4}~"])
    ) { bytes in
      _ = PercentCoding.text(bytes, plus: .blank)
      for keepsSlashes in [false, true] {
        var written = ByteWriter()
        PercentCoding.encode(bytes, keepingSlashes: keepsSlashes, to: &written)
        var read = ByteWriter()
        let isWhole = PercentCoding.decode(written.bytes, to: &read)
        try Fuzzer.require(isWhole && read.bytes.array == bytes.array, "\(written.bytes.lossyText)")
      }
    }
  }

  @Test("any bytes are credentials, types, tags and dates, or are not")
  func others() throws {
    try Fuzzer.run(
      name: "http-values",
      seeds: HTTPFuzzTests.bytes([
        "Basic dTpw", "Bearer abc==", "text/html; charset=\"utf-8\";q=0.5", "gzip;q=1.000, *;q=0",
        "\"a\", W/\"b\"", "Sun, 06 Nov 1994 08:49:37 GMT",
      ]),
      dictionary: HTTPFuzzTests.bytes(["Basic ", "Bearer ", ";", "q=", "\"", "W/", "\\", ", "])
    ) { bytes in
      _ = Authorization(bytes)
      _ = MediaType(bytes)
      let accepted = AcceptList(bytes)
      try Fuzzer.require(
        accepted.elements.allSatisfy { (0...1000).contains($0.weight) }, "\(accepted.elements)")
      _ = HTTPDate.parse(bytes)
      let current = Validators(entityTag: "\"a\"", lastModified: 784_111_777)
      for method in [Method.get, .put] {
        _ = Conditions(
          ifMatch: bytes, ifNoneMatch: bytes, ifModifiedSince: bytes, ifUnmodifiedSince: bytes
        ).evaluate(method, against: current)
      }
      _ = Conditions.allowsRange(ifRange: bytes, current)
    }
  }
}
