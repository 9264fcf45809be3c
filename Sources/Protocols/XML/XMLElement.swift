private import Bytes

/// An element with what is in it. Comments and processing instructions are not kept, and neither is
/// where between the children a text stood: `text` is all of it.
public struct XMLElement: Hashable, Sendable {
  public var name: XMLName
  public var attributes: [XMLAttribute]
  public var children: [XMLElement]
  /// The element's own text, without that of its children.
  public var text: String
  public var position: XMLPosition

  public init(
    _ name: XMLName, attributes: [XMLAttribute] = [], children: [XMLElement] = [],
    text: String = "", position: XMLPosition = XMLPosition(line: 1, column: 1)
  ) {
    self.name = name
    self.attributes = attributes
    self.children = children
    self.text = text
    self.position = position
  }

  /// Reads a whole document.
  public init(parsing text: RawSpan, limits: XMLLimits = .standard) throws(XMLError) {
    var reader = try XMLReader(limits: limits)
    try reader.feed(text)
    self = try reader.finish()
  }

  public init(parsing text: String, limits: XMLLimits = .standard) throws(XMLError) {
    let bytes = Array(text.utf8)
    try self.init(parsing: bytes.rawBytes, limits: limits)
  }
}

/// A local name and the namespace it belongs to, empty for none.
public struct XMLName: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  public var namespace: String
  public var local: String

  public init(_ local: String, in namespace: String = "") {
    self.namespace = namespace
    self.local = local
  }

  public init(stringLiteral local: String) { self.init(local) }

  public var description: String {
    self.namespace.isEmpty ? self.local : "{\(self.namespace)}\(self.local)"
  }
}

public struct XMLAttribute: Hashable, Sendable {
  public var name: XMLName
  public var value: String

  public init(_ name: XMLName, _ value: String) {
    self.name = name
    self.value = value
  }
}

/// Looking inside. Children are found by local name: clients differ in whether they give the
/// namespace.
extension XMLElement {
  public func child(_ name: String) -> XMLElement? {
    self.children.first { $0.name.local == name }
  }

  public func children(_ name: String) -> some Sequence<XMLElement> {
    self.children.lazy.filter { $0.name.local == name }
  }

  /// The text of a child; nil when there is none.
  public func text(of name: String) -> String? { self.child(name)?.text }

  /// The text of a child that must be there.
  public func required(_ name: String) throws(XMLError) -> String {
    guard let text = self.text(of: name) else {
      throw XMLError(
        .missingElement, "element \"\(name)\" is missing in \"\(self.name.local)\"",
        at: self.position)
    }
    return text
  }

  /// The whole number that a child holds, blanks around it allowed; nil when there is no such child.
  public func integer<T: FixedWidthInteger>(
    of name: String, as type: T.Type = T.self
  ) throws(XMLError) -> T? {
    guard let child = self.child(name) else { return nil }
    let blank: (Character) -> Bool = { $0 == " " || $0 == "\n" || $0 == "\t" }
    let text = child.text.drop(while: blank)
    let end = text.lastIndex { !blank($0) }.map { text.index(after: $0) } ?? text.startIndex
    guard let value = T(text[..<end]) else {
      throw XMLError(
        .badValue,
        "\(String(child.text.prefix(40)).debugDescription) in \"\(name)\" is not a whole number of"
          + " the range \(T.min) to \(T.max)", at: child.position)
    }
    return value
  }

  public func attribute(_ name: String) -> String? {
    self.attributes.first { $0.name.local == name }?.value
  }
}
