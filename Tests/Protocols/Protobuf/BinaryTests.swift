import Bytes
import Protobuf
import ProtobufMessages
import Testing

@Suite("Protobuf, binary form")
struct BinaryTests {
  @Test(
    "numbers are written as the format says",
    arguments: [
      ("int32Value", Scalars { $0.int32Value = 150 }, "189601"),
      ("int32Value", Scalars { $0.int32Value = -1 }, "18ffffffffffffffffff01"),
      ("uint64Value", Scalars { $0.uint64Value = .max }, "30ffffffffffffffffff01"),
      ("sint32Value", Scalars { $0.sint32Value = -2 }, "3803"),
      ("sint64Value", Scalars { $0.sint64Value = .min }, "40ffffffffffffffffff01"),
      ("fixed32Value", Scalars { $0.fixed32Value = 1 }, "4d01000000"),
      ("sfixed64Value", Scalars { $0.sfixed64Value = -1 }, "61ffffffffffffffff"),
      ("doubleValue", Scalars { $0.doubleValue = -0.0 }, "090000000000000080"),
      ("floatValue", Scalars { $0.floatValue = 1 }, "150000803f"),
      ("boolValue", Scalars { $0.boolValue = true }, "6801"),
      ("stringValue", Scalars { $0.stringValue = "é" }, "7202c3a9"),
      ("bytesValue", Scalars { $0.bytesValue = [0, 255] }, "7a0200ff"),
      ("color", Scalars { $0.color = .negative }, "8001f9ffffffffffffffff01"),
      ("nothing", Scalars(), ""),
    ] as [(String, Scalars, String)])
  func scalars(field: String, message: Scalars, hex: String) throws {
    let bytes = message.encoded()
    #expect(Hexadecimal.text(of: bytes.rawBytes) == hex, "\(field)")
    #expect(try Scalars(decoding: bytes.rawBytes) == message)
  }

  @Test("a sub-message has its length before it, of one byte or of more")
  func lengths() throws {
    for count in [0, 1, 126, 127, 128, 129, 16_382, 16_383, 16_384, 2_097_151, 2_097_152] {
      let message = Optionals {
        $0.scalars = Scalars { $0.bytesValue = [UInt8](repeating: 7, count: count) }
      }
      let bytes = message.encoded()
      #expect(try Optionals(decoding: bytes.rawBytes) == message, "\(count) bytes")
    }
  }

  @Test("lists are read packed and unpacked, whatever the schema writes")
  func packedBothWays() throws {
    let loose = try #require(Hexadecimal.bytes(of: "180118021803"))
    let tight = try #require(Hexadecimal.bytes(of: "1a03010203"))
    for bytes in [loose, tight, loose + tight] {
      let lists = try Lists(decoding: bytes.rawBytes)
      #expect(Array(lists.int32Values.prefix(3)) == [1, 2, 3])
    }
    #expect(try Lists(decoding: loose.rawBytes).encoded() == tight)
  }

  @Test("the last member of a oneof wins, and a message member is merged with itself")
  func oneofs() throws {
    var bytes = Choice { $0.stringChoice = "a" }.encoded()
    bytes += Choice { $0.scalarsChoice = Scalars { $0.int32Value = 1 } }.encoded()
    bytes += Choice { $0.scalarsChoice = Scalars { $0.int64Value = 2 } }.encoded()
    let choice = try Choice(decoding: bytes.rawBytes)
    #expect(
      choice.picked
        == .scalarsChoice(
          Scalars {
            $0.int32Value = 1
            $0.int64Value = 2
          }))
    #expect(choice.stringChoice == nil)
  }

  @Test("a zero in a oneof and in an optional field is written; elsewhere it is not")
  func presence() {
    #expect(Choice { $0.int32Choice = 0 }.encoded() == [0x20, 0])
    #expect(Optionals { $0.int32Value = 0 }.encoded() == [0x18, 0])
    #expect(Scalars { $0.int32Value = 0 }.encoded() == [])
  }

  @Test("setting a member to nil clears its oneof only when it is the one that is set")
  func clearing() {
    var choice = Choice { $0.int32Choice = 4 }
    choice.stringChoice = nil
    #expect(choice.picked == .int32Choice(4))
    choice.int32Choice = nil
    #expect(choice.picked == nil)
  }

  @Test("what the schema does not know comes back as it was, groups too")
  func unknownFields() throws {
    let hex = "0802" + "f23f03616263" + "fb3f0801fc3f" + "f53f01020304" + "f13f0102030405060708"
    let bytes = try #require(Hexadecimal.bytes(of: hex))
    let message = try ProtoEmpty(decoding: bytes.rawBytes)
    #expect(message.encoded() == bytes)
    #expect(message != ProtoEmpty())
  }

  @Test(
    "bytes that are no message are refused",
    arguments: [
      ("18", .truncated, "a tag without a value"),
      ("1896", .truncated, "a number that is cut off"),
      ("18ffffffffffffffffffff01", .malformed, "a number of eleven bytes"),
      ("4d0102", .truncated, "a fixed number that is cut off"),
      ("7205616263", .truncated, "a text that is cut off"),
      ("72ffffffffffffffffff01", .truncated, "a length of 2^64 - 1"),
      ("7201ff", .notUTF8, "a text of no UTF-8"),
      ("0000", .malformed, "field number 0"),
      ("1c", .malformed, "a group end alone"),
      ("fb3f0801", .truncated, "a group without an end"),
      ("fb3f0801f43f", .malformed, "a group that ends as another"),
      ("1e01", .malformed, "wire type 6"),
      ("80808080800101", .malformed, "a tag of over 32 bits"),
    ] as [(String, ProtobufError.Code, String)])
  func refused(hex: String, code: ProtobufError.Code, what: String) throws {
    let bytes = try #require(Hexadecimal.bytes(of: hex))
    let error = #expect(throws: ProtobufError.self, "\(what)") {
      _ = try Scalars(decoding: bytes.rawBytes)
    }
    #expect(error?.code == code, "\(what)")
  }

  @Test("messages nest a hundred deep and no deeper")
  func depth() throws {
    func nested(_ levels: Int) -> [UInt8] {
      var tree = Tree()
      for _ in 0..<levels {
        let inner = tree
        tree = Tree { $0.left = inner }
      }
      return tree.encoded()
    }
    _ = try Tree(decoding: nested(100).rawBytes)
    let error = #expect(throws: ProtobufError.self) { _ = try Tree(decoding: nested(101).rawBytes) }
    #expect(error?.code == .tooDeep)
    let groups = [UInt8](repeating: 0x0B, count: 100_000)
    #expect(throws: ProtobufError.self) { _ = try ProtoEmpty(decoding: groups.rawBytes) }
  }

  @Test("a message over the limit is refused before it is read")
  func size() throws {
    var limits = DecodingLimits()
    limits.byteCountMax = 3
    let bytes = Scalars { $0.stringValue = "abc" }.encoded()
    let error = #expect(throws: ProtobufError.self) {
      _ = try Scalars(decoding: bytes.rawBytes, limits)
    }
    #expect(error?.code == .tooLarge)
  }

  @Test("equal maps give equal bytes when the output is deterministic")
  func deterministicMaps() {
    let forward = Maps { $0.int32Map = [1: 1, -2: 2, 3: 3] }
    let backward = Maps { $0.int32Map = [3: 3, -2: 2, 1: 1] }
    #expect(forward == backward)
    #expect(forward.encoded() != backward.encoded())
    #expect(
      forward.encoded(isDeterministic: true) == backward.encoded(isDeterministic: true))
  }

  @Test("messages are equal when they are written as the same bytes")
  func equality() {
    #expect(Scalars { $0.doubleValue = .nan } == Scalars { $0.doubleValue = .nan })
    #expect(Scalars { $0.doubleValue = -0.0 } != Scalars())
    #expect(Scalars { $0.stringValue = "\u{e9}" } != Scalars { $0.stringValue = "e\u{301}" })
    #expect(Optionals { $0.int32Value = 0 } != Optionals())
  }

  @Test("proto2 labels: optional has presence, lists are packed when the schema asks")
  func legacy() throws {
    let message = Legacy {
      $0.name = ""
      $0.loose = [1, 2]
      $0.tight = [3, 4]
      $0.level = .low
    }
    #expect(Hexadecimal.text(of: message.encoded().rawBytes) == "0a00180118022202030428" + "01")
    #expect(try Legacy(decoding: message.encoded().rawBytes) == message)
  }

  @Test("messages of another implementation come back byte for byte, and as its JSON")
  func corpus() throws {
    let entries = try Corpus.entries()
    #expect(entries.count == 40)
    for (binary, json) in entries {
      let message = try Everything(decoding: binary.rawBytes)
      #expect(message.encoded() == binary)
      #expect(try Everything(json: json, Corpus.decoding) == message)
      let text = try message.json(Corpus.encoding)
      #expect(try Everything(json: text, Corpus.decoding) == message)
    }
  }
}
