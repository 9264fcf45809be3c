import Runtime
import Bytes
import Crypto
import HTTP
import ObjectGateway
import ObjectModel
import ObjectTesting
import S3
import TestSupport
import Testing
import Values

@Suite("Objects over HTTP")
struct ObjectTests {
  static func content(_ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
  }

  @Test(
    "an object of any size comes back, and any range of it",
    arguments: [0, 1, 511, 512, 513, 4096, 131_071, 131_072, 131_073, 400_000, 2_000_000])
  func roundTrip(size: Int) async throws {
    try await withGateway { bench in
      let client = try await bench.connect()
      _ = try await client.ask("PUT", "/bucket")
      let body = Self.content(size)
      let put = try await client.ask("PUT", "/bucket/key", body: body)
      #expect(put.status == 200)
      #expect(put.fields["etag"] == "\"\(MD5.digest(of: body.rawBytes))\"")
      let get = try await client.ask("GET", "/bucket/key")
      #expect(get.body == body)
      let head = try await client.ask("HEAD", "/bucket/key")
      #expect(head.fields["content-length"] == "\(size)")
      #expect(head.body.isEmpty)
      for (range, wanted) in [
        ("bytes=0-0", 0..<1), ("bytes=-5", max(0, size - 5)..<size),
        ("bytes=\(size / 2)-", size / 2..<size),
        ("bytes=1-18446744073709551615", 1..<max(1, size)),
      ] {
        let part = try await client.ask("GET", "/bucket/key", [("range", range)])
        if wanted.lowerBound >= size {
          #expect(part.status == 416, "\(range) of \(size)")
          #expect(part.fields["content-range"] == "bytes */\(size)")
        } else {
          #expect(part.status == 206)
          #expect(part.body == Array(body[wanted]), "\(range) of \(size)")
        }
      }
      for odd in ["bytes=--1", "bytes=5-4", "items=0-1", "bytes=0-1,2-3"] {
        #expect(try await client.ask("GET", "/bucket/key", [("range", odd)]).status == 200)
      }
      client.close()
    }
  }

  @Test("what is refused leaves nothing in the store")
  func nothingLeft() async throws {
    try await withGateway { bench in
      let client = try await bench.connect()
      _ = try await client.ask("PUT", "/bucket")
      let body = Self.content(300_000)
      for fields in [
        [("content-md5", Base64.text(of: MD5.digest(of: RawSpan()).bytes))],
        [("x-amz-checksum-crc32", "AAAAAA==")], [("if-match", "\"\(MD5.digest(of: RawSpan()))\"")],
      ] {
        // A refusal before the body costs the connection.
        let other = try await bench.connect()
        let answer = try await other.ask("PUT", "/bucket/key", fields, body: body)
        #expect(answer.status >= 400)
        other.close()
      }
      let wrong = try await client.ask(
        "PUT", "/bucket/key", body: body, payloadHash: String(repeating: "0", count: 64))
      #expect(wrong.code == "XAmzContentSHA256Mismatch")
      #expect(bench.blobs.blockCount == 0)
      #expect(try await client.ask("GET", "/bucket/key").code == "NoSuchKey")
      client.close()
    }
  }

  @Test("the memory of a body goes back, also when its client goes away")
  func memory() async throws {
    try await withGateway { bench in
      let client = try await bench.connect()
      _ = try await client.ask("PUT", "/bucket")
      _ = try await client.ask("PUT", "/bucket/key", body: Self.content(3_000_000))
      for _ in 0..<4 {
        let reader = try await bench.connect()
        reader.connection.inputLimit = 4096
        reader.connection.output.append(
          "GET /bucket/key HTTP/1.1\r\nhost: s3.test\r\nconnection: close\r\n\r\n")
        try await reader.connection.flush()
        reader.close()
        let writer = try await bench.connect()
        try await writer.send(
          "PUT /bucket/other HTTP/1.1\r\nhost: s3.test\r\ncontent-length: 5000000\r\n\r\nabc")
        writer.close()
      }
      _ = try await client.ask("GET", "/bucket/key")
      #expect(await eventually { bench.gateway.blocksInUse == 0 })
      client.close()
    }
  }

  @Test("a damaged block is never served")
  func damage() async throws {
    try await withGateway { bench in
      let client = try await bench.connect()
      _ = try await client.ask("PUT", "/bucket")
      _ = try await client.ask("PUT", "/bucket/key", body: Self.content(100_000))
      bench.blobs.damage(try #require(bench.blobs.blobs.first))
      #expect(try await client.ask("GET", "/bucket/key").status == 500)
      client.close()
    }
  }

  static let oddKeys = [
    "../../etc/passwd", "a/./b", "//", "\\", "dots..", String(repeating: "s", count: 300), "😀",
    "a\u{0}b", "\u{FFFE}", "%2e%2e", "a b+c", "q?x=1&y#z", "ends/",
    String(repeating: "k", count: 1024),
  ]

  @Test("keys are bytes: each is stored, listed and read as it is")
  func oddKeys() async throws {
    try await withGateway { bench in
      let client = try await bench.connect()
      _ = try await client.ask("PUT", "/bucket")
      for key in Self.oddKeys {
        var path = ByteWriter()
        path.append("/bucket/")
        PercentCoding.encode(Array(key.utf8).rawBytes, keepingSlashes: true, to: &path)
        let put = try await client.ask("PUT", path.bytes.lossyText, body: Array(key.utf8))
        #expect(put.status == 200, "\(key)")
        #expect(try await client.ask("GET", path.bytes.lossyText).text == key)
      }
      let list = try await client.ask("GET", "/bucket", query: "encoding-type=url&list-type=2")
      #expect(list.element("KeyCount") == "\(Self.oddKeys.count)")
      client.close()
    }
  }

  @Test("a key of 1025 bytes, and what is no key, are refused")
  func badKeys() async throws {
    try await withGateway { bench in
      let client = try await bench.connect()
      _ = try await client.ask("PUT", "/bucket")
      let long = try await client.ask("PUT", "/bucket/" + String(repeating: "k", count: 1025))
      #expect(long.code == "KeyTooLongError")
      let escaped = String(repeating: "%6B", count: 1024)
      #expect(try await client.ask("PUT", "/bucket/" + escaped).status == 200)
      #expect(try await client.ask("PUT", "/bucket/%ff").code == "InvalidURI")
      client.close()
    }
  }

  @Test("exactly one of many writers of a new key is told that it was the one")
  func conditionalPut() async throws {
    try await withGateway { bench in
      let first = try await bench.connect()
      _ = try await first.ask("PUT", "/bucket")
      var wins = 0
      for number in 0..<8 {
        let client = try await bench.connect()
        let answer = try await client.ask(
          "PUT", "/bucket/lock", [("if-none-match", "*")], body: [UInt8(number)])
        #expect(answer.status == 200 || answer.code == "PreconditionFailed")
        wins += answer.status == 200 ? 1 : 0
        client.close()
      }
      #expect(wins == 1)
      first.close()
    }
  }

  @Test("a rename moves an object, and a folder at once")
  func renames() async throws {
    try await withGateway { bench in
      let client = try await bench.connect()
      _ = try await client.ask("PUT", "/bucket")
      for key in ["a/1", "a/b/2", "other"] {
        _ = try await client.ask("PUT", "/bucket/\(key)", body: Array(key.utf8))
      }
      let one = try await client.ask(
        "PUT", "/bucket/moved", query: "renameObject",
        [("x-amz-rename-source", "/bucket/other"), ("x-amz-client-token", "t1")])
      #expect(one.status == 200)
      let again = try await client.ask(
        "PUT", "/bucket/moved", query: "renameObject",
        [("x-amz-rename-source", "/bucket/other"), ("x-amz-client-token", "t1")])
      #expect(again.status == 200)
      let mismatch = try await client.ask(
        "PUT", "/bucket/elsewhere", query: "renameObject",
        [("x-amz-rename-source", "other"), ("x-amz-client-token", "t1")])
      #expect(mismatch.code == "IdempotencyParameterMismatch")
      let folder = try await client.ask(
        "PUT", "/bucket/z/", query: "renameFolder", [("x-amz-rename-source", "a/")])
      #expect(folder.fields["x-lake-renamed-objects"] == "2")
      #expect(try await client.ask("GET", "/bucket/z/b/2").text == "a/b/2")
      #expect(try await client.ask("GET", "/bucket/a/1").code == "NoSuchKey")
      for (destination, source, code) in [
        ("z/x/", "z/", "InvalidArgument"), ("moved2/", "a/", "NoSuchKey"),
        ("z/", "z", "InvalidRequest"),
      ] {
        let refused = try await client.ask(
          "PUT", "/bucket/\(destination)", query: "renameFolder",
          [("x-amz-rename-source", source)])
        #expect(refused.code == code, "\(source) to \(destination)")
      }
      client.close()
    }
  }

  @Test("chunks with a trailer are what today's clients send")
  func chunkedTrailer() async throws {
    try await withGateway { bench in
      let client = try await bench.connect()
      _ = try await client.ask("PUT", "/bucket")
      func body(_ checksum: String) -> [UInt8] {
        Array("9\r\n123456789\r\n0\r\nx-amz-checksum-crc32:\(checksum)\r\n\r\n".utf8)
      }
      let fields = [
        ("content-encoding", "aws-chunked"), ("x-amz-trailer", "x-amz-checksum-crc32"),
        ("x-amz-decoded-content-length", "9"),
      ]
      let good = try await client.ask(
        "PUT", "/bucket/key", fields, body: body("y/Q5Jg=="),
        payloadHash: "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
      #expect(good.status == 200)
      #expect(good.fields["x-amz-checksum-crc32"] == "y/Q5Jg==")
      let get = try await client.ask("GET", "/bucket/key")
      #expect(get.text == "123456789")
      #expect(get.fields["content-encoding"] == nil)
      let bad = try await client.ask(
        "PUT", "/bucket/key", fields, body: body("AAAAAA=="),
        payloadHash: "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
      #expect(bad.code == "BadDigest")
      client.close()
    }
  }
}
