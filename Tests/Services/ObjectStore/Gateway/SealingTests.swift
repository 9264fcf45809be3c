import Bytes
import Crypto
import ObjectGateway
import ObjectModel
import ObjectTesting
import S3
import TestSupport
import Testing
import Values

@Suite("Sealed objects")
struct SealingTests {
  static let sealed = ("x-amz-server-side-encryption", "AES256")
  static let field = "x-amz-server-side-encryption"

  /// Text that is easy to find where it should not be.
  static func content(_ count: Int) -> [UInt8] {
    Array(String(repeating: "plain text! ", count: count / 12 + 1).utf8.prefix(count))
  }

  static func expectNothingPlain(_ bench: GatewayBench) {
    #expect(!bench.blobs.contents.contains { $0.contains(subsequence: Array("plain text".utf8)) })
    #expect(
      !bench.namespace.records.contains { $0.contains(subsequence: Array("plain text".utf8)) })
  }

  @Test(
    "what is asked to be sealed is, and comes back, whole and in ranges",
    arguments: [0, 1, 512, 513, 4096, 131_072, 131_073, 400_000])
  func roundTrip(size: Int) async throws {
    try await withGateway(isSealing: true) { bench in
      let client = try await bench.connect()
      _ = try await client.ask("PUT", "/bucket")
      let body = Self.content(size)
      let put = try await client.ask("PUT", "/bucket/key", [Self.sealed], body: body)
      #expect(put.status == 200)
      #expect(put.fields[Self.field] == "AES256")
      #expect(put.fields["etag"] == "\"\(MD5.digest(of: body.rawBytes))\"", "of the plain text")
      if size > 20 { Self.expectNothingPlain(bench) }
      let get = try await client.ask("GET", "/bucket/key")
      #expect(get.body == body)
      #expect(get.fields[Self.field] == "AES256")
      let head = try await client.ask("HEAD", "/bucket/key")
      #expect(head.fields["content-length"] == "\(size)")
      #expect(head.fields[Self.field] == "AES256")
      for range in [0..<min(1, size), size / 2..<size, max(0, size - 7)..<size] where !range.isEmpty
      {
        let part = try await client.ask(
          "GET", "/bucket/key", [("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")])
        #expect(part.body == Array(body[range]), "\(range)")
      }
      client.close()
    }
  }

  @Test("copies are sealed, or not, as they are asked for, under keys of their own")
  func copies() async throws {
    try await withGateway(isSealing: true) { bench in
      let client = try await bench.connect()
      _ = try await client.ask("PUT", "/bucket")
      _ = try await client.ask("PUT", "/other")
      let body = Self.content(300_000)
      _ = try await client.ask("PUT", "/bucket/key", [Self.sealed], body: body)
      let source = ("x-amz-copy-source", "/bucket/key")
      for (target, fields) in [
        ("/other/sealed", [source, Self.sealed]), ("/other/plain", [source]),
        // The bucket's own key again: only the seal changes.
        ("/bucket/key", [source, Self.sealed]),
      ] {
        let copy = try await client.ask("PUT", target, fields)
        #expect(copy.status == 200, "\(copy.text)")
        let get = try await client.ask("GET", target)
        #expect(get.body == body, "\(target)")
        #expect(get.fields[Self.field] == (fields.count > 1 ? "AES256" : nil))
      }
      client.close()
    }
  }

  @Test("parts are sealed one by one, and the whole is read across them")
  func multipart() async throws {
    try await withGateway({ $0.partByteCountMin = 1 }, isSealing: true) { bench in
      let client = try await bench.connect()
      _ = try await client.ask("PUT", "/bucket")
      let begun = try await client.ask("POST", "/bucket/key", query: "uploads", [Self.sealed])
      #expect(begun.fields[Self.field] == "AES256")
      let upload = try #require(begun.element("UploadId"))
      var whole: [UInt8] = []
      var list = ""
      // Above 64 the table of parts is a blob.
      for number in 1...70 {
        let body = Self.content(number == 2 ? 200_000 : 1000 + number)
        whole += body
        let part = try await client.ask(
          "PUT", "/bucket/key", query: "partNumber=\(number)&uploadId=\(upload)", body: body)
        #expect(part.fields[Self.field] == "AES256")
        list +=
          "<Part><PartNumber>\(number)</PartNumber><ETag>\(part.fields["etag"] ?? "")</ETag></Part>"
      }
      Self.expectNothingPlain(bench)
      let done = try await client.ask(
        "POST", "/bucket/key", query: "uploadId=\(upload)",
        body: Array("<CompleteMultipartUpload>\(list)</CompleteMultipartUpload>".utf8))
      #expect(done.fields[Self.field] == "AES256")
      #expect(try await client.ask("GET", "/bucket/key").body == whole)
      let middle = try await client.ask("GET", "/bucket/key", [("range", "bytes=500-202000")])
      #expect(middle.body == Array(whole[500...202_000]))
      client.close()
    }
  }

  static let rule = """
    <ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault>\
    <SSEAlgorithm>ALGORITHM</SSEAlgorithm></ApplyServerSideEncryptionByDefault></Rule>\
    </ServerSideEncryptionConfiguration>
    """

  @Test("a bucket seals by default once it says so, and no longer when it does not")
  func byDefault() async throws {
    try await withGateway(isSealing: true) { bench in
      let client = try await bench.connect()
      _ = try await client.ask("PUT", "/bucket")
      let none = try await client.ask("GET", "/bucket", query: "encryption")
      #expect(none.code == "ServerSideEncryptionConfigurationNotFoundError")
      let kms = Self.rule.replacing("ALGORITHM", with: "aws:kms")
      let refused = try await client.ask(
        "PUT", "/bucket", query: "encryption", body: Array(kms.utf8))
      #expect(refused.status == 501)
      let aes = Self.rule.replacing("ALGORITHM", with: "AES256")
      let set = try await client.ask(
        "PUT", "/bucket", query: "encryption", body: Array(aes.utf8))
      #expect(set.status == 200)
      let shown = try await client.ask("GET", "/bucket", query: "encryption")
      #expect(shown.element("SSEAlgorithm") == "AES256")
      let put = try await client.ask("PUT", "/bucket/key", body: Self.content(2000))
      #expect(put.fields[Self.field] == "AES256")
      Self.expectNothingPlain(bench)
      #expect(try await client.ask("DELETE", "/bucket", query: "encryption").status == 204)
      let plain = try await client.ask("PUT", "/bucket/plain", body: Self.content(2000))
      #expect(plain.fields[Self.field] == nil)
      #expect(try await client.ask("GET", "/bucket/key").body == Self.content(2000))
      client.close()
    }
  }

  @Test("what cannot be sealed as asked is refused, and never kept plain")
  func refusals() async throws {
    try await withGateway(isSealing: true) { bench in
      let client = try await bench.connect()
      _ = try await client.ask("PUT", "/bucket")
      for (value, status) in [("aws:kms", 501), ("rot13", 400)] as [(String, UInt16)] {
        let other = try await bench.connect()
        let answer = try await other.ask("PUT", "/bucket/key", [(Self.field, value)], body: [1])
        #expect(answer.status == status, "\(value)")
        other.close()
      }
      _ = try await client.ask("PUT", "/bucket/key", [Self.sealed], body: [1])
      // How an object was sealed is not for a reader to say.
      #expect(try await client.ask("GET", "/bucket/key", [Self.sealed]).code == "InvalidArgument")
      client.close()
    }
    try await withGateway { bench in
      let client = try await bench.connect()
      _ = try await client.ask("PUT", "/bucket")
      #expect(try await client.ask("PUT", "/bucket/key", [Self.sealed], body: [1]).status == 501)
      client.close()
    }
  }

  @Test("a sealed block that was changed, or changed places, is not served")
  func damage() async throws {
    try await withGateway(isSealing: true) { bench in
      let client = try await bench.connect()
      _ = try await client.ask("PUT", "/bucket")
      _ = try await client.ask(
        "PUT", "/bucket/key", [Self.sealed], body: Self.content(262_144))
      bench.blobs.swapBlocks()
      #expect(try await client.ask("GET", "/bucket/key").status == 500)
      client.close()
    }
  }
}

extension [UInt8] {
  func contains(subsequence wanted: [UInt8]) -> Bool {
    guard self.count >= wanted.count else { return false }
    return (0...self.count - wanted.count).contains { start in
      self[start] == wanted[0] && self[start..<start + wanted.count].elementsEqual(wanted)
    }
  }
}
