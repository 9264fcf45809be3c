import Bytes
import Fuzzing
import XML

extension FuzzTarget {
  /// What is read is written and read again.
  static let xml = FuzzTarget(
    "xml",
    texts: [
      "<?xml version='1.0'?><a xmlns='u'><b x='1' y='&lt;'>t&#x41;</b><!-- c --><c/>é</a>",
      "<p:a xmlns:p='u1' p:x='1' xml:lang='de'><p:b xmlns:p='u2'/><![CDATA[<&>]]></p:a>",
    ],
    words: [
      "<!DOCTYPE", "<!ENTITY", "<![CDATA[", "]]>", "&amp;", "&#x", "xmlns:", "xmlns=''", "/>", "</",
      "<?", "?>",
    ]
  ) { input in
    let limits = XMLLimits(byteCountMax: 20_000, depthMax: 20, elementCountMax: 200)
    guard let root = try? XMLElement(parsing: input, limits: limits) else { return }
    var bytes = ByteWriter()
    bytes.appendXML { $0.element(root) }
    let again = try XMLElement(parsing: bytes.bytes)
    try Fuzzer.require(again.text == root.text, "\(root) became \(again)")
  }
}
