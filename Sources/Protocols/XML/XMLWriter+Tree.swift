private import Bytes

extension XMLWriter {
  /// Writes a tree. An element in another namespace than the one around it declares it as the default
  /// one; attributes with a namespace get a prefix of their own. Text stands before the children.
  public mutating func element(_ element: XMLElement) { self.element(element, inside: "") }

  /// This namespace has its prefix everywhere, and may not be declared.
  private static let reserved = "http://www.w3.org/XML/1998/namespace"

  private mutating func element(_ element: XMLElement, inside outer: String) {
    let isReserved = element.name.namespace == Self.reserved
    let namespace = isReserved ? outer : element.name.namespace
    self.output.append(UInt8(ascii: "<"))
    if isReserved { self.output.append("xml:") }
    self.output.append(element.name.local)
    if namespace != outer {
      self.output.append(" xmlns")
      self.value(namespace)
    }
    for (index, attribute) in element.attributes.enumerated() {
      self.output.append(UInt8(ascii: " "))
      switch attribute.name.namespace {
      case "": break
      case Self.reserved:
        self.output.append("xml:")
      case let namespace:
        self.output.append("xmlns:n\(index)")
        self.value(namespace)
        self.output.append(" n\(index):")
      }
      self.output.append(attribute.name.local)
      self.value(attribute.value)
    }
    self.output.append(UInt8(ascii: ">"))
    self.text(element.text)
    for child in element.children { self.element(child, inside: namespace) }
    self.output.append("</")
    if isReserved { self.output.append("xml:") }
    self.output.append(element.name.local)
    self.output.append(UInt8(ascii: ">"))
  }
}
