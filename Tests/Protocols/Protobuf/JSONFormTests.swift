import Protobuf
import ProtobufMessages
import Testing

@Suite("Protobuf, JSON form")
struct JSONFormTests {
  @Test(
    "values are read in every spelling that the mapping allows",
    arguments: [
      (#"{"int32Value":1}"#, Scalars { $0.int32Value = 1 }),
      (#"{"int32_value":"-1"}"#, Scalars { $0.int32Value = -1 }),
      (#"{"int32Value":1e2}"#, Scalars { $0.int32Value = 100 }),
      (#"{"int32Value":1.0}"#, Scalars { $0.int32Value = 1 }),
      (#"{"int32Value":null}"#, Scalars()),
      (#"{"int64Value":"9007199254740993"}"#, Scalars { $0.int64Value = 9_007_199_254_740_993 }),
      (#"{"int64Value":9007199254740993}"#, Scalars { $0.int64Value = 9_007_199_254_740_993 }),
      (#"{"uint64Value":18446744073709551615}"#, Scalars { $0.uint64Value = .max }),
      (#"{"doubleValue":"1.5"}"#, Scalars { $0.doubleValue = 1.5 }),
      (#"{"doubleValue":"-Infinity"}"#, Scalars { $0.doubleValue = -.infinity }),
      (#"{"floatValue":3.4028234663852886e38}"#, Scalars { $0.floatValue = 3.4028235e38 }),
      (#"{"bytesValue":"-_8="}"#, Scalars { $0.bytesValue = [0xFB, 0xFF] }),
      (#"{"bytesValue":"+/8"}"#, Scalars { $0.bytesValue = [0xFB, 0xFF] }),
      (#"{"color":"COLOR_RED"}"#, Scalars { $0.color = .red }),
      (#"{"color":2}"#, Scalars { $0.color = .darkBlue }),
      (#"{"color":77}"#, Scalars { $0.color = Color(rawValue: 77) }),
      (#"{"stringValue":"\u00e9\ud83d\ude00"}"#, Scalars { $0.stringValue = "é😀" }),
    ] as [(String, Scalars)])
  func accepted(text: String, message: Scalars) throws {
    #expect(try Scalars(json: text) == message, "\(text)")
  }

  @Test(
    "what the mapping does not allow is refused",
    arguments: [
      (#"[]"#, .wrongValue), (#"{"int32Value":1.5}"#, .wrongValue),
      (#"{"int32Value":2147483648}"#, .wrongValue), (#"{"int32Value":" 1"}"#, .wrongValue),
      (#"{"int32Value":true}"#, .wrongValue), (#"{"uint32Value":-1}"#, .wrongValue),
      (#"{"uint64Value":18446744073709551616}"#, .wrongValue),
      (#"{"boolValue":"true"}"#, .wrongValue), (#"{"boolValue":1}"#, .wrongValue),
      (#"{"stringValue":1}"#, .wrongValue), (#"{"bytesValue":"*"}"#, .wrongValue),
      (#"{"floatValue":3.5e38}"#, .wrongValue), (#"{"doubleValue":1e309}"#, .wrongValue),
      (#"{"color":"COLOR_PINK"}"#, .wrongValue), (#"{"nothing":1}"#, .unknownField),
      (#"{"int32Value":1,"int32_value":1}"#, .repeatedField),
      (#"{"int32Value":1,"int32Value":1}"#, .notJSON),
      (#"{"int32Value":1"#, .notJSON), ("", .notJSON),
    ] as [(String, ProtobufError.Code)])
  func refused(text: String, code: ProtobufError.Code) throws {
    let error = #expect(throws: ProtobufError.self, "\(text)") { _ = try Scalars(json: text) }
    #expect(error?.code == code, "\(text): \(error?.message ?? "")")
  }

  @Test("an error names the way to the value")
  func path() {
    let error = #expect(throws: ProtobufError.self) {
      _ = try Everything(json: #"{"optionals":{"scalars":{"boolValue":3}}}"#)
    }
    #expect(
      error?.message
        == "cannot decode lake.test.Everything: optionals: scalars: boolValue: "
        + "true or false is expected, found 3")
  }

  @Test("two members of one oneof are refused, a null beside one only where null is a value")
  func oneofs() throws {
    for text in [
      #"{"int32Choice":1,"stringChoice":"a"}"#, #"{"int32Choice":1,"nullChoice":null}"#,
      #"{"nullChoice":null,"int32Choice":1}"#, #"{"nullChoice":"NULL_VALUE","stringChoice":""}"#,
    ] {
      let error = #expect(throws: ProtobufError.self, "\(text)") { _ = try Choice(json: text) }
      #expect(error?.code == .repeatedField, "\(text)")
    }
    let choice = try Choice(json: #"{"int32Choice":1,"stringChoice":null}"#)
    #expect(choice.picked == .int32Choice(1))
    #expect(try Choice(json: #"{"nullChoice":null}"#).picked == .nullChoice(ProtoNullValue()))
  }

  @Test("unknown members and names are skipped on request")
  func ignoringUnknown() throws {
    var options = JSONDecodingOptions()
    options.ignoresUnknownFields = true
    let text = #"{"x":{"y":[1]},"int32Value":3,"color":"COLOR_PINK"}"#
    #expect(try Scalars(json: text, options) == Scalars { $0.int32Value = 3 })
    let lists = try Lists(json: #"{"colors":["COLOR_PINK","COLOR_RED"]}"#, options)
    #expect(lists.colors == [.red])
  }

  @Test("options change the names, the defaults and the enumerations that are written")
  func encodingOptions() throws {
    let message = Names {
      $0.traceID = "t"
      $0.type = .`default`
    }
    #expect(try message.json() == #"{"traceId":"t","type":"default"}"#)
    var options = JSONEncodingOptions()
    options.usesSchemaNames = true
    options.usesEnumNumbers = true
    #expect(try message.json(options) == #"{"trace_id":"t","type":2}"#)
    options = JSONEncodingOptions()
    options.includesDefaults = true
    #expect(try ProtoStringValue().json(options) == #""""#)
    #expect(
      try Older(json: "{}").json(options) == "{}", "absent messages and members are not defaults")
    #expect(
      try OlderLists().json(options)
        == #"{"int64Values":[],"sint32Values":"0","stringValues":[],"looseInt32s":[]}"#)
  }

  @Test(
    "timestamps are read and written as RFC 3339",
    arguments: [
      ("1970-01-01T00:00:00Z", 0, 0, "1970-01-01T00:00:00Z"),
      ("0001-01-01T00:00:00Z", -62_135_596_800, 0, "0001-01-01T00:00:00Z"),
      (
        "9999-12-31T23:59:59.999999999Z", 253_402_300_799, 999_999_999,
        "9999-12-31T23:59:59.999999999Z"
      ),
      ("2024-02-29T12:00:00.5+01:00", 1_709_204_400, 500_000_000, "2024-02-29T11:00:00.500Z"),
      ("1969-12-31T23:59:59.000001Z", -1, 1000, "1969-12-31T23:59:59.000001Z"),
    ] as [(String, Int64, Int32, String)])
  func timestamps(text: String, seconds: Int64, nanos: Int32, written: String) throws {
    let timestamp = try #require(ProtoTimestamp(text: text))
    #expect(timestamp.seconds == seconds)
    #expect(timestamp.nanos == nanos)
    #expect(timestamp.text == written)
  }

  @Test(
    "texts that are no timestamp are refused",
    arguments: [
      "", "1970-01-01", "1970-01-01T00:00:00", "1970-13-01T00:00:00Z", "2023-02-29T00:00:00Z",
      "1970-01-01T24:00:00Z", "1970-01-01T00:00:00.Z", "1970-01-01T00:00:00.1234567890Z",
      "1970-01-01t00:00:00Z", "0000-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00",
      "1970-01-01T00:00:00+25:00", "1970-01-01T00:00:00Zx",
    ])
  func noTimestamp(text: String) { #expect(ProtoTimestamp(text: text) == nil) }

  @Test(
    "durations keep their sign and their digits",
    arguments: [
      ("0s", 0, 0, "0s"), ("1.5s", 1, 500_000_000, "1.500s"),
      ("-0.000001s", 0, -1000, "-0.000001s"),
      ("315576000000s", 315_576_000_000, 0, "315576000000s"),
    ] as [(String, Int64, Int32, String)])
  func durations(text: String, seconds: Int64, nanos: Int32, written: String) throws {
    let duration = try #require(ProtoDuration(text: text))
    #expect(duration.seconds == seconds)
    #expect(duration.nanos == nanos)
    #expect(duration.text == written)
  }

  @Test(
    "texts that are no duration are refused",
    arguments: ["", "s", "1", "1.s", ".5s", "1e3s", "315576000001s", "--1s", "1 s"])
  func noDuration(text: String) { #expect(ProtoDuration(text: text) == nil) }

  @Test("values without a JSON form say so, and nothing is written")
  func noForm() {
    let messages = [
      WellKnown { $0.timestamp = ProtoTimestamp { $0.seconds = 253_402_300_800 } },
      WellKnown { $0.duration = ProtoDuration { $0.nanos = 1_000_000_000 } },
      WellKnown { $0.value = ProtoValue { $0.numberValue = .nan } },
      WellKnown { $0.value = ProtoValue() },
      WellKnown { $0.fieldMask = ProtoFieldMask { $0.paths = ["fooBar"] } },
      WellKnown { $0.any = ProtoAny { $0.typeURL = "x/lake.test.Nothing" } },
    ]
    for message in messages {
      #expect(throws: ProtobufError.self) { _ = try message.json() }
    }
  }

  @Test("any value of JSON goes through Struct and back")
  func structs() throws {
    let text = #"{"a":[1.5,"x",true,null,{"b":{}}],"c":"d"}"#
    #expect(try ProtoStruct(json: text).json() == text)
  }

  @Test("an Any shows the message inside, or its value")
  func anys() throws {
    let any = ProtoAny(Scalars { $0.int32Value = 5 })
    let text = #"{"@type":"type.googleapis.com/lake.test.Scalars","int32Value":5}"#
    #expect(try any.json(Corpus.encoding) == text)
    #expect(try ProtoAny(json: text, Corpus.decoding) == any)
    #expect(try any.message(as: Scalars.self)?.int32Value == 5)
    #expect(try any.message(as: Tree.self) == nil)
    let duration = ProtoAny(ProtoDuration { $0.seconds = 1 })
    let other = #"{"@type":"type.googleapis.com/google.protobuf.Duration","value":"1s"}"#
    #expect(try duration.json() == other)
    #expect(try ProtoAny(json: other) == duration)
    let error = #expect(throws: ProtobufError.self) {
      _ = try ProtoAny(json: #"{"@type":"x.y/z.Gone"}"#)
    }
    #expect(error?.code == .unknownType)
  }

  @Test("nesting without end is refused in JSON too")
  func depth() {
    let deep =
      String(repeating: #"{"left":"#, count: 101) + "{}" + String(repeating: "}", count: 101)
    let error = #expect(throws: ProtobufError.self) { _ = try Tree(json: deep) }
    #expect(error?.code == .tooDeep)
    let lists = String(repeating: "[", count: 5000)
    #expect(throws: ProtobufError.self) { _ = try ProtoListValue(json: lists) }
  }
}
