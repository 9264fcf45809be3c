public import Bytes

/// Writes XML text at the end of a `ByteWriter`.
///
///     bytes.appendXML { xml in
///       xml.element("ListBucketResult", namespace: "http://s3.amazonaws.com/doc/2006-03-01/") { xml in
///         xml.element("Name", "raw")
///       }
///     }
///
/// Names are written as they stand, values are escaped. Control characters, which XML 1.0 cannot hold,
/// are written as references (`&#x1;`) as Amazon S3 does: a lenient reader gets the key it put, and a
/// strict one asks for `encoding-type=url`.
public struct XMLWriter: ~Copyable {
  var output: ByteWriter

  public init(appendingTo output: consuming ByteWriter) { self.output = output }

  /// Gives the bytes back.
  public consuming func finish() -> ByteWriter { self.output }

  public mutating func declaration() {
    self.output.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
  }

  /// An element with elements in it.
  public mutating func element<E: Error>(
    _ name: StaticString, namespace: StaticString? = nil,
    attributes: [(name: StaticString, value: String)] = [],
    _ body: (inout XMLWriter) throws(E) -> Void
  ) throws(E) {
    self.open(name, namespace, attributes)
    try body(&self)
    self.close(name)
  }

  /// An element with text in it.
  public mutating func element(
    _ name: StaticString, _ text: String,
    attributes: [(name: StaticString, value: String)] = []
  ) {
    self.open(name, nil, attributes)
    self.text(text)
    self.close(name)
  }

  public mutating func element(_ name: StaticString, _ number: some FixedWidthInteger) {
    self.open(name, nil, [])
    self.output.append(decimal: number)
    self.close(name)
  }

  public mutating func element(_ name: StaticString, _ flag: Bool) {
    self.open(name, nil, [])
    if flag { self.output.append("true") } else { self.output.append("false") }
    self.close(name)
  }

  /// Writes nothing when there is no text.
  public mutating func element(_ name: StaticString, ifPresent text: String?) {
    if let text { self.element(name, text) }
  }

  /// The text of the element that is open.
  public mutating func text(_ text: String) {
    var text = text
    text.withUTF8 { self.escape($0, inAttribute: false) }
  }

  private mutating func open(
    _ name: StaticString, _ namespace: StaticString?,
    _ attributes: [(name: StaticString, value: String)]
  ) {
    self.output.append(UInt8(ascii: "<"))
    self.output.append(name)
    if let namespace {
      self.output.append(" xmlns=\"")
      self.output.append(namespace)
      self.output.append(UInt8(ascii: "\""))
    }
    for attribute in attributes {
      self.output.append(UInt8(ascii: " "))
      self.output.append(attribute.name)
      self.value(attribute.value)
    }
    self.output.append(UInt8(ascii: ">"))
  }

  private mutating func close(_ name: StaticString) {
    self.output.append("</")
    self.output.append(name)
    self.output.append(UInt8(ascii: ">"))
  }

  mutating func value(_ value: String) {
    self.output.append("=\"")
    var value = value
    value.withUTF8 { self.escape($0, inAttribute: true) }
    self.output.append(UInt8(ascii: "\""))
  }
}

extension XMLWriter {
  /// Copies runs of plain bytes and replaces the rest.
  mutating func escape(_ text: UnsafeBufferPointer<UInt8>, inAttribute: Bool) {
    var start = 0
    var index = 0
    while index < text.count {
      let byte = text[index]
      let isPlain =
        byte >= 0x20
        ? byte != UInt8(ascii: "&") && byte != UInt8(ascii: "<") && byte != UInt8(ascii: ">")
          && (byte != UInt8(ascii: "\"") || !inAttribute)
          && (byte != 0xEF || !Self.isNoncharacter(text, at: index))
        : !inAttribute && (byte == 0x0A || byte == 0x09)
      if isPlain {
        index += 1
        continue
      }
      self.output.append(
        copying: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: text[start..<index])))
      index += self.escape(text, at: index)
      start = index
    }
    self.output.append(
      copying: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: text[start...])))
  }

  /// U+FFFE and U+FFFF, the characters above the controls that XML has no place for.
  private static func isNoncharacter(_ text: UnsafeBufferPointer<UInt8>, at index: Int) -> Bool {
    index + 2 < text.count && text[index + 1] == 0xBF && text[index + 2] >= 0xBE
  }

  /// Returns how many bytes were replaced.
  private mutating func escape(_ text: UnsafeBufferPointer<UInt8>, at index: Int) -> Int {
    switch text[index] {
    case UInt8(ascii: "&"): self.output.append("&amp;")
    case UInt8(ascii: "<"): self.output.append("&lt;")
    case UInt8(ascii: ">"): self.output.append("&gt;")
    case UInt8(ascii: "\""): self.output.append("&quot;")
    case 0xEF:
      if text[index + 2] == 0xBE {
        self.output.append("&#xFFFE;")
      } else {
        self.output.append("&#xFFFF;")
      }
      return 3
    case let byte:
      // A line feed or tab in an attribute, and a carriage return anywhere, would be read as a blank
      // or a line feed if they stood as they are.
      self.output.append("&#x")
      self.output.append(String(byte, radix: 16, uppercase: true))
      self.output.append(UInt8(ascii: ";"))
    }
    return 1
  }
}

extension ByteWriter {
  /// Appends one document, with the declaration.
  public mutating func appendXML<E: Error>(
    _ body: (inout XMLWriter) throws(E) -> Void
  ) throws(E) {
    var xml = XMLWriter(appendingTo: consume self)
    xml.declaration()
    do {
      try body(&xml)
    } catch {
      self = xml.finish()
      throw error
    }
    self = xml.finish()
  }
}
