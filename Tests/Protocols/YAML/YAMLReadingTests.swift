import JSON
import Testing
import YAML

@Suite("YAML reading")
struct YAMLReadingTests {
  @Test(
    "plain scalars are what the core schema says",
    arguments: [
      ("", .null), ("~", .null), ("null", .null), ("Null", .null), ("nULL", "nULL"),
      ("true", true), ("True", true), ("FALSE", false), ("yes", "yes"), ("no", "no"), ("on", "on"),
      ("0", 0), ("-0", .double(-0.0)), ("7", 7), ("+7", 7), ("-7", -7), ("007", 7), ("0o17", 15),
      ("0x1F", 31), ("0xg", "0xg"), ("0o8", "0o8"), ("0x", "0x"), ("1_000", "1_000"),
      ("9223372036854775808", .integer(UInt64(1) << 63)),
      ("123456789012345678901234567890", .number(.text("123456789012345678901234567890"))),
      ("1.5", 1.5), (".5", 0.5), ("5.", 5.0), ("-1.5e3", -1500.0), ("1e3", 1000.0), ("+.5", 0.5),
      ("1e", "1e"), (".", "."), ("-", .array([.null])), ("+", "+"), ("1.2.3", "1.2.3"),
      ("1e400", .number(.text("1e400"))), ("12:30", "12:30"), ("2026-11-20", "2026-11-20"),
      ("a b", "a b"), ("'1'", "1"), ("\"true\"", "true"), ("!!str 1", "1"), ("! 1", "1"),
      ("!!int 7", 7), ("!!float 7", 7), ("!!null ~", .null), ("|\n  a\n  b\n", "a\nb\n"),
      (">\n  a\n  b\n", "a b\n"), ("\"\\u00e9\\x41\"", "éA"),
    ] as [(String, JSONValue)])
  func scalars(text: String, value: JSONValue) throws {
    #expect(try YAML.document(parsing: text).json() == value)
  }

  @Test("a document becomes a tree in which every node knows where it stands")
  func positions() throws {
    let node = try YAML.document(
      parsing: """
        # a comment
        server:
          port: 9000
          names: [a, "bé", c]
        list:
          - x
          - {k: v}
        """)
    #expect(node.position == YAMLPosition(line: 2, column: 1))
    let port = try #require(node["server"]?["port"])
    #expect(port.position == YAMLPosition(line: 3, column: 9))
    #expect(node["server"]?.mapping?.first?.keyPosition == YAMLPosition(line: 3, column: 3))
    let names = try #require(node["server"]?["names"]?.sequence)
    #expect(names.map(\.position.column) == [11, 14, 20])
    #expect(node["list"]?.sequence?[1]["k"]?.position.description == "7:9")
    #expect(
      try node.json() == [
        "server": ["port": 9000, "names": ["a", "bé", "c"]], "list": ["x", ["k": "v"]],
      ])
  }

  @Test("a stream has many documents, or none")
  func documents() throws {
    func count(_ text: String) throws -> Int {
      let bytes = Array(text.utf8)
      return try YAML.documents(parsing: bytes.span.bytes).count
    }
    #expect(try count("") == 0)
    #expect(try count("# only a comment\n") == 0)
    #expect(try count("a") == 1)
    #expect(try count("---\na\n---\nb\n...\n---\n") == 3)
    #expect(try YAML.document(parsing: "").isNull)
    let error = #expect(throws: YAMLError.self) { try YAML.document(parsing: "a: 1\n---\nb: 2\n") }
    #expect(
      error?.description == "line 3, column 1: a second document starts here; one is expected")
  }

  @Test("aliases stand for their anchors")
  func aliases() throws {
    let node = try YAML.document(parsing: "a: &x {k: [1, 2]}\nb: *x\nc: &x 3\nd: *x\n")
    #expect(
      try node.json() == ["a": ["k": [1, 2]], "b": ["k": [1, 2]], "c": 3, "d": 3])
  }

  @Test(
    "what is refused is refused by name and place",
    arguments: [
      (
        "a: 1\nb: 2\na: 3\n",
        "line 3, column 1: key \"a\" stands here a second time, first on line 1"
      ),
      ("{a: 1, 'a': 2}", "line 1, column 8: key \"a\" stands here a second time, first on line 1"),
      ("[a]: 1", "line 1, column 1: a key must be a plain word or a text"),
      ("? {a: 1}\n: 2", "line 1, column 3: a key must be a plain word or a text"),
      (
        "x: &x {a: 1}\ny:\n  <<: *x\n",
        "line 3, column 3: merge keys are not supported: write the members out"
      ),
      ("a: !thing 1", "line 1, column 4: tag \"!thing\""),
      ("a: !thing {}", "line 1, column 4: tag \"!thing\""),
      ("a: !!set {}", "line 1, column 4: tag \"tag:yaml.org,2002:set\""),
      ("a: !!int x", "line 1, column 4: \"x\" is not of the type its tag names"),
      ("a: *x", "line 1, column 4: no anchor \"&x\" stands before this alias"),
      ("a: &x [*x]", "line 1, column 8: alias \"*x\" stands inside its own anchor"),
      ("a: &x 1\n---\nb: *x", "line 3, column 4: no anchor \"&x\" stands before this alias"),
      ("a: [1, 2", "line 2, column 1: did not find expected ',' or ']'"),
      ("a: b: c", "line 1, column 5: mapping values are not allowed in this context"),
      ("a: 1\n\tb: 2", "line 2, column 1: found a tab character that violates indentation"),
      ("a: \"x", "line 1, column 6: found unexpected end of stream"),
      ("a: @x", "line 1, column 4: found character that cannot start any token"),
      ("a: \u{1}", "line 1, column 4: control characters are not allowed"),
    ])
  func refused(text: String, message: String) {
    let error = #expect(throws: YAMLError.self) { try YAML.document(parsing: text).json() }
    #expect(error?.description == message)
  }

  @Test("what has no JSON form is refused", arguments: [".inf", "-.INF", ".nan"])
  func notFinite(text: String) throws {
    let node = try YAML.document(parsing: "a: \(text)")
    let error = #expect(throws: YAMLError.self) { try node.json() }
    #expect(error?.description == "line 1, column 4: \(text) has no JSON form")
  }

  @Test("bytes that are not UTF-8 are refused")
  func notUTF8() {
    for bytes: [UInt8] in [[0x61, 0x3A, 0x20, 0xFF], [0xC3], [0xFF, 0xFE, 0x61, 0x00]] {
      #expect(throws: YAMLError.self) { _ = try YAML.documents(parsing: bytes.span.bytes) }
    }
  }

  @Test("nesting up to the limit is read, one level more is refused, aliases included")
  func depth() throws {
    let limits = YAMLLimits(depthMax: 10)
    func nested(_ levels: Int) -> String {
      String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
    }
    _ = try YAML.document(parsing: nested(10), limits: limits)
    let error = #expect(throws: YAMLError.self) {
      try YAML.document(parsing: nested(11), limits: limits)
    }
    #expect(error?.message == "more than 10 levels of nesting")
    _ = try YAML.document(parsing: "- &x \(nested(4))\n- [[[[[*x]]]]]\n", limits: limits)
    let aliased = #expect(throws: YAMLError.self) {
      try YAML.document(parsing: "- &x \(nested(5))\n- [[[[[*x]]]]]\n", limits: limits)
    }
    #expect(aliased?.code == .tooDeep)
  }

  @Test("aliases of aliases are counted out, not up")
  func billionLaughs() {
    var text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n"
    for level in 1...30 {
      let uses = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      text += "a\(level): &a\(level) [\(uses)]\n"
    }
    let error = #expect(throws: YAMLError.self) { try YAML.document(parsing: text) }
    #expect(error?.message == "more than 100000 nodes, those behind aliases included")
  }

  @Test("a text over the size limit is refused unread")
  func size() {
    let error = #expect(throws: YAMLError.self) {
      try YAML.document(parsing: "abcdef", limits: YAMLLimits(byteCountMax: 5))
    }
    #expect(error?.code == .tooLarge)
  }
}
