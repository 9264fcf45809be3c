import Protobuf
import Testing

@testable import GRPC

@Suite("gRPC metadata, timeouts and messages")
struct MetadataTests {
  @Test(
    "timeouts are read",
    arguments: [
      ("1H", .seconds(3600)), ("2M", .seconds(120)), ("3S", .seconds(3)),
      ("4m", .milliseconds(4)), ("5u", .microseconds(5)), ("99999999n", .nanoseconds(99_999_999)),
      ("0S", .zero), ("", nil), ("S", nil), ("1", nil), ("123456789S", nil), ("-1S", nil),
      ("1s", nil), ("1 S", nil), ("99999999H", .seconds(359_999_996_400)),
    ] as [(String, Duration?)])
  func timeouts(text: String, duration: Duration?) {
    #expect(GRPCTimeout.duration(text) == duration)
  }

  @Test(
    "timeouts are written in eight digits at most, and never shorter than they are",
    arguments: [
      Duration.nanoseconds(1), .nanoseconds(99_999_999), .nanoseconds(100_000_001), .seconds(1),
      .milliseconds(98_999), .seconds(99), .seconds(99_998), .seconds(100_000),
      .seconds(99_999_999), .seconds(100_000_000), .seconds(1_000_000_000_000), .zero,
    ])
  func timeoutText(duration: Duration) throws {
    let text = GRPCTimeout.text(duration)
    #expect(text.utf8.count <= 9)
    let read = try #require(GRPCTimeout.duration(text))
    #expect(read >= min(duration, .seconds(359_999_996_400)), "\(text)")
    #expect(
      read <= duration * 1.001 + .nanoseconds(2) || duration > .seconds(99_999_999), "\(text)")
  }

  @Test(
    "messages are escaped as the specification says",
    arguments: [
      ("plain text", "plain text"), ("100%", "100%25"), ("ä", "%C3%A4"), ("a\nb", "a%0Ab"),
      ("", ""), ("~ !", "~ !"), ("\u{7F}", "%7F"),
    ])
  func percent(text: String, escaped: String) {
    #expect(PercentText.encoded(text) == escaped)
    #expect(PercentText.decoded(escaped) == text)
  }

  @Test("what is no escape is left alone", arguments: ["%", "%2", "%zz", "a%"])
  func noEscape(text: String) { #expect(PercentText.decoded(text) == text) }

  @Test(
    "names are checked",
    arguments: [
      ("key", true), ("key-bin", true), ("a.b_c-1", true), ("Key", false), ("", false),
      ("grpc-status", false), (":path", false), ("a b", false), ("te", false),
    ])
  func names(name: String, isAllowed: Bool) {
    #expect(GRPCMetadata.isAllowed(name: name) == isAllowed)
  }

  @Test("bytes come as base64, several in one field, with or without padding")
  func bytes() {
    var metadata = GRPCMetadata()
    metadata.appendReceived("x-bin", "AAE=, /w")
    metadata.appendReceived("x-bin", "*")
    #expect(metadata.all("x-bin") == [.bytes([0, 1]), .bytes([255])])
    #expect(metadata[bytes: "x-bin"] == [255])
  }

  @Test("a name may come several times, in order; the last is the one that is found")
  func order() {
    var metadata: GRPCMetadata = ["a": "1", "b": "2"]
    metadata.append("a", "3")
    #expect(metadata["a"] == "3")
    #expect(metadata.all("a") == [.text("1"), .text("3")])
    #expect(metadata["c"] == nil)
  }

  @Test("codes have the names of the specification")
  func codes() {
    #expect(GRPCStatus.Code.internalError.description == "INTERNAL")
    #expect(GRPCStatus.Code(rawValue: 16).description == "UNAUTHENTICATED")
    #expect(GRPCStatus.Code(rawValue: 99).description == "99")
  }
}
