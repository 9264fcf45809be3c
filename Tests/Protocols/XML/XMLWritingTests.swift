import Bytes
import Fuzzing
import Testing
import XML

@Suite("XML writing")
struct XMLWritingTests {
  @Test("a reply of S3 is written")
  func reply() throws {
    var bytes = ByteWriter()
    bytes.appendXML { xml in
      xml.element("ListBucketResult", namespace: "http://s3.amazonaws.com/doc/2006-03-01/") { xml in
        xml.element("Name", "a&b")
        xml.element("Prefix", "")
        xml.element("Marker", ifPresent: nil)
        xml.element("MaxKeys", 1000)
        xml.element("IsTruncated", false)
        xml.element(
          "Grantee",
          attributes: [
            ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"), ("xsi:type", "Group \"x\""),
          ]
        ) { xml in xml.text("<>") }
      }
    }
    let text = bytes.bytes.lossyText
    #expect(
      text == """
        <?xml version="1.0" encoding="UTF-8"?>
        <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>a&amp;b</Name>\
        <Prefix></Prefix><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>\
        <Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group &quot;x&quot;">\
        &lt;&gt;</Grantee></ListBucketResult>
        """)
    let root = try XMLElement(parsing: text)
    #expect(root.text(of: "Name") == "a&b")
    #expect(root.child("Grantee")?.attribute("type") == "Group \"x\"")
  }

  @Test("every character that XML can hold reads back, in text and in attributes")
  func characters() throws {
    var text = "\t\n\r"
    for number in UInt32(0x20)...0x2FFF {
      if let scalar = Unicode.Scalar(number) { text.unicodeScalars.append(scalar) }
    }
    text += "\u{D7FF}\u{E000}\u{FFFD}\u{10000}\u{10FFFF}]]>"
    var bytes = ByteWriter()
    bytes.appendXML { xml in
      xml.element("a", attributes: [("b", text)]) { $0.text(text) }
    }
    let root = try XMLElement(parsing: bytes.bytes)
    #expect(root.text == text)
    #expect(root.attribute("b") == text)
  }

  @Test(
    "characters that XML cannot hold are written as references",
    arguments: [
      ("\u{0}", "&#x0;"), ("\u{1}", "&#x1;"), ("\u{1F}", "&#x1F;"), ("\u{FFFE}", "&#xFFFE;"),
      ("a\u{FFFF}b", "a&#xFFFF;b"), ("\r", "&#xD;"), ("\u{FEFF}", "\u{FEFF}"), ("\u{7F}", "\u{7F}"),
    ])
  func controls(text: String, written: String) {
    var bytes = ByteWriter()
    bytes.appendXML { $0.element("a", text) }
    let document = bytes.bytes.lossyText
    #expect(document.hasSuffix("<a>\(written)</a>"))
  }

  @Test(
    "a tree is written so that it reads back with its namespaces",
    arguments: [
      "<a xmlns='u'><b xmlns=''><c xmlns='u'/></b><xml:d xml:e='1'><f/></xml:d></a>",
      "<p:a xmlns:p='u1' p:x='1'><p:b xmlns:p='u2' q:y='2' xmlns:q='u3'>t</p:b></p:a>",
    ])
  func trees(text: String) throws {
    let root = try XMLElement(parsing: text)
    var bytes = ByteWriter()
    bytes.appendXML { $0.element(root) }
    #expect(Self.plain(try XMLElement(parsing: bytes.bytes)) == Self.plain(root))
  }

  @Test("damaged documents are refused or read, and what is read is written and read again")
  func fuzz() throws {
    let limits = XMLLimits(byteCountMax: 20_000, depthMax: 20, elementCountMax: 200)
    let texts = [
      "<?xml version='1.0'?><a xmlns='u'><b x='1' y='&lt;'>t&#x41;</b><!-- c --><c/>é</a>",
      "<p:a xmlns:p='u1' p:x='1' xml:lang='de'><p:b xmlns:p='u2'/><![CDATA[<&>]]></p:a>",
    ]
    var accepted = 0
    try Fuzzer.run(
      name: "XML", seeds: texts.map { Array($0.utf8) },
      dictionary: [
        "<!DOCTYPE", "<!ENTITY", "<![CDATA[", "]]>", "&amp;", "&#x", "xmlns:", "xmlns=''", "/>",
        "</",
        "<?", "?>",
      ].map { Array($0.utf8) }
    ) { input in
      guard let root = try? XMLElement(parsing: input, limits: limits) else { return }
      accepted += 1
      var bytes = ByteWriter()
      bytes.appendXML { $0.element(root) }
      let again = try XMLElement(parsing: bytes.bytes)
      try Fuzzer.require(
        Self.plain(again) == Self.plain(root), "\(root) became \(again): \(bytes.bytes.lossyText)")
    }
    #expect(accepted > 20)
  }

  /// Without places, which writing moves.
  private static func plain(_ element: XMLElement) -> XMLElement {
    XMLElement(
      element.name, attributes: element.attributes, children: element.children.map(Self.plain),
      text: element.text)
  }
}
