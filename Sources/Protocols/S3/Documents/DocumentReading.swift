public import Bytes
public import XML

/// Reading the documents that clients send.
public enum S3Document {
  public static let namespace: StaticString = "http://s3.amazonaws.com/doc/2006-03-01/"

  /// The root of a document with this name, in any namespace. No document type, no entities, no UTF-16;
  /// bounded in size, depth and number.
  public static func root(
    _ name: String, of bytes: [UInt8], byteCountMax: Int = 256 << 10, elementsMax: Int = 50_000
  ) throws(S3Error) -> XMLElement {
    guard !bytes.isEmpty else { throw .malformedXML("the body is empty") }
    guard bytes.count <= byteCountMax else {
      throw .malformedXML("the document has more than \(byteCountMax) bytes")
    }
    // UTF-16, and what no document holds.
    guard !bytes.starts(with: [0xFE, 0xFF]), !bytes.starts(with: [0xFF, 0xFE]), !bytes.contains(0)
    else { throw .malformedXML("the document is not UTF-8") }
    let element: XMLElement
    do throws(XMLError) {
      element = try XMLElement(
        parsing: bytes.rawBytes,
        limits: XMLLimits(
          byteCountMax: byteCountMax, depthMax: 16, elementCountMax: elementsMax,
          attributeCountMax: 16))
    } catch {
      throw .malformedXML(error.description)
    }
    guard element.name.local == name else {
      throw .malformedXML("the document is a \(element.name.local.prefix(100)), not a \(name)")
    }
    return element
  }
}

extension XMLElement {
  /// The child of a name that may be there once.
  func only(_ name: String) throws(S3Error) -> XMLElement? {
    var found: XMLElement?
    for child in self.children where child.name.local == name {
      guard found == nil else {
        throw .malformedXML("\(name) is there twice in \(self.name.local)")
      }
      found = child
    }
    return found
  }

  /// Its text without blanks around.
  func value(_ name: String) throws(S3Error) -> String? {
    try self.only(name)?.trimmedText
  }

  func needed(_ name: String) throws(S3Error) -> String {
    guard let value = try self.value(name) else {
      throw .malformedXML("\(self.name.local) has no \(name)")
    }
    return value
  }

  func whole(_ name: String) throws(S3Error) -> Int64? {
    guard let text = try self.value(name) else { return nil }
    guard let value = Int64(text) else {
      throw .malformedXML("\(name) is \(text.prefix(40)), not a whole number")
    }
    return value
  }

  func flag(_ name: String) throws(S3Error) -> Bool? {
    guard let text = try self.value(name) else { return nil }
    switch text.lowercased() {
    case "true": return true
    case "false": return false
    default: throw .malformedXML("\(name) is \(text.prefix(40)), not true or false")
    }
  }

  var trimmedText: String {
    let blank: (Character) -> Bool = { $0 == " " || $0 == "\n" || $0 == "\t" || $0 == "\r\n" }
    var rest = self.text.drop(while: blank)
    while let last = rest.last, blank(last) { rest.removeLast() }
    return String(rest)
  }
}

extension ByteWriter {
  /// Appends a document of S3 with this root.
  public mutating func appendS3<E: Error>(
    _ root: StaticString, _ body: (inout XMLWriter) throws(E) -> Void
  ) throws(E) {
    try self.appendXML { xml throws(E) in
      try xml.element(root, namespace: S3Document.namespace, body)
    }
  }
}
