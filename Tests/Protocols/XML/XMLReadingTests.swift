import Bytes
import Testing
import XML

@Suite("XML reading")
struct XMLReadingTests {
  @Test("a request of S3 becomes a tree")
  func tree() throws {
    let root = try XMLElement(
      parsing: """
        <?xml version="1.0" encoding="UTF-8"?>
        <!-- a comment -->
        <CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
          <Part><PartNumber>1</PartNumber><ETag>&quot;a&amp;b&quot;</ETag></Part>
          <Part><PartNumber> 2
          </PartNumber><ETag><![CDATA["<c>"]]></ETag></Part>
        </CompleteMultipartUpload>
        """)
    #expect(root.name.namespace == "http://s3.amazonaws.com/doc/2006-03-01/")
    #expect(root.name.local == "CompleteMultipartUpload")
    let parts = Array(root.children("Part"))
    #expect(parts.map { $0.text(of: "ETag") } == ["\"a&b\"", "\"<c>\""])
    #expect(try parts.map { try $0.integer(of: "PartNumber", as: Int.self) } == [1, 2])
    #expect(parts[1].position == XMLPosition(line: 5, column: 3))
    #expect(try parts[0].integer(of: "Size", as: Int.self) == nil)
  }

  @Test("names and attributes carry their namespaces")
  func namespaces() throws {
    let root = try XMLElement(
      parsing: #"<a:r xmlns:a="u1" xmlns="u2" a:x="1" y="2"><c xml:lang="de"/><d xmlns=""/></a:r>"#)
    #expect(root.name == XMLName("r", in: "u1"))
    #expect(root.attributes == [XMLAttribute(XMLName("x", in: "u1"), "1"), XMLAttribute("y", "2")])
    #expect(root.children[0].name == XMLName("c", in: "u2"))
    #expect(
      root.children[0].attributes.map(\.name)
        == [XMLName("lang", in: "http://www.w3.org/XML/1998/namespace")])
    #expect(root.children[1].name == "d")
    #expect(root.attribute("y") == "2")
  }

  @Test("a document comes in pieces of any size")
  func pieces() throws {
    let text = Array("<a x='é'>€<b>𝄞</b>&#x41;&lt;<c/>\r\n</a>".utf8)
    let whole = try XMLElement(parsing: text.rawBytes)
    #expect(whole.text == "€A<\n")
    #expect(whole.child("b")?.text == "𝄞")
    for size in 1...text.count {
      var reader = try XMLReader()
      for start in stride(from: 0, to: text.count, by: size) {
        try reader.feed(text.rawBytes.extracting(start..<min(start + size, text.count)))
      }
      #expect(try reader.finish() == whole)
    }
  }

  @Test(
    "what is refused is refused with its place",
    arguments: [
      ("", "line 1, column 1: no element found"),
      ("<a>", "line 1, column 4: no element found"),
      ("<a></b>", "line 1, column 6: mismatched tag"),
      ("<a/><b/>", "line 1, column 5: junk after document element"),
      ("<a b='1' b='2'/>", "line 1, column 10: duplicate attribute"),
      ("<a b=1/>", "line 1, column 6: not well-formed (invalid token)"),
      ("<a>&nbsp;</a>", "line 1, column 4: undefined entity"),
      ("<a>&#x1;</a>", "line 1, column 4: reference to invalid character number"),
      ("<a>\u{1}</a>", "line 1, column 4: not well-formed (invalid token)"),
      ("<x:a/>", "line 1, column 1: unbound prefix"),
      ("<a>\n  <b>&</b></a>", "line 2, column 7: not well-formed (invalid token)"),
      ("hello", "line 1, column 1: syntax error"),
      ("<!DOCTYPE a><a/>", "document type declarations are not accepted"),
      (
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
        "document type declarations are not accepted"
      ),
      ("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "document type declarations are not accepted"),
    ])
  func refused(text: String, message: String) {
    let error = #expect(throws: XMLError.self) { try XMLElement(parsing: text) }
    #expect(error?.description.hasSuffix(message) == true, "\(String(describing: error))")
  }

  @Test("entities of entities are refused before the first is read")
  func billionLaughs() {
    var text = "<!DOCTYPE a [<!ENTITY l0 'lol'>"
    for level in 1...20 {
      text += "<!ENTITY l\(level) '" + String(repeating: "&l\(level - 1);", count: 10) + "'>"
    }
    let error = #expect(throws: XMLError.self) { try XMLElement(parsing: text + "]><a>&l20;</a>") }
    #expect(error?.code == .doctype)
  }

  @Test("bytes that are not UTF-8 are refused, whatever the declaration says")
  func notUTF8() {
    for bytes: [UInt8] in [
      Array("<a>".utf8) + [0xFF] + Array("</a>".utf8),
      Array("<?xml version='1.0' encoding='ISO-8859-1'?><a>".utf8) + [0xE9] + Array("</a>".utf8),
    ] {
      #expect(throws: XMLError.self) { try XMLElement(parsing: bytes.rawBytes) }
    }
  }

  @Test("UTF-16 with its byte order mark is read, as XML asks")
  func utf16() throws {
    let bytes: [UInt8] = [
      0xFF, 0xFE, 0x3C, 0, 0x61, 0, 0x3E, 0, 0xE9, 0, 0x3C, 0, 0x2F, 0, 0x61, 0, 0x3E, 0,
    ]
    #expect(try XMLElement(parsing: bytes.rawBytes).text == "é")
  }

  @Test("limits are reached with an error that names them")
  func limits() throws {
    let limits = XMLLimits(byteCountMax: 60, depthMax: 3, elementCountMax: 5, attributeCountMax: 2)
    _ = try XMLElement(parsing: "<a><b><c/></b></a>", limits: limits)
    _ = try XMLElement(parsing: "<a><b/><b/><b/><b/></a>", limits: limits)
    _ = try XMLElement(parsing: "<a x='1' y='2'/>", limits: limits)
    for (text, message) in [
      ("<a><b><c><d/></c></b></a>", "line 1, column 10: more than 3 levels of nesting"),
      ("<a><b/><b/><b/><b/><b/></a>", "line 1, column 20: more than 5 elements"),
      ("<a x='1' y='2' z='3'/>", "line 1, column 1: 3 attributes, at most 2 are read"),
      (
        "<a>" + String(repeating: "x", count: 60) + "</a>",
        "line 1, column 1: the document has more than 60 bytes"
      ),
    ] {
      let error = #expect(throws: XMLError.self) { try XMLElement(parsing: text, limits: limits) }
      #expect(error?.description == message)
    }
    let deep = String(repeating: "<a>", count: 100_000)
    #expect(throws: XMLError.self) { try XMLElement(parsing: deep) }
  }

  @Test("what is missing or no number is named with its place")
  func typed() throws {
    let root = try XMLElement(parsing: "<r>\n<n>x</n><m>300</m></r>")
    let missing = #expect(throws: XMLError.self) { try root.required("k") }
    #expect(missing?.description == "line 1, column 1: element \"k\" is missing in \"r\"")
    let number = #expect(throws: XMLError.self) { try root.integer(of: "m", as: UInt8.self) }
    #expect(
      number?.description
        == "line 2, column 9: \"300\" in \"m\" is not a whole number of the range 0 to 255")
    #expect(throws: XMLError.self) { try root.integer(of: "n", as: Int.self) }
  }
}
