private import Bytes

/// What a client accepts: the elements of an Accept, Accept-Encoding or Accept-Language field with their
/// weights, in thousandths.
public struct AcceptList: Sendable {
  public struct Element: Hashable, Sendable {
    /// Lower case: `text/*`, `gzip`, `*`.
    public var value: String
    public var weight: Int
  }

  public let elements: [Element]
  /// Elements behind these are not looked at.
  public static let elementsMax = 64

  /// No field: everything is accepted. Elements that are not well formed are left out.
  public init(_ field: RawSpan?) {
    guard let field else {
      self.elements = [Element(value: "*", weight: 1000)]
      return
    }
    self.elements = field.withUnsafeBytes { Self.parse(Window($0)) }
  }

  private static func parse(_ window: Window) -> [Element] {
    var elements: [Element] = []
    var at = 0
    while at < window.count, elements.count < Self.elementsMax {
      let comma = window.first(UInt8(ascii: ","), in: at..<window.count) ?? window.count
      let range = window.trimmed(at..<comma)
      at = comma + 1
      let semicolon = window.first(UInt8(ascii: ";"), in: range) ?? range.upperBound
      let name = window.trimmed(range.lowerBound..<semicolon)
      guard !name.isEmpty,
        name.allSatisfy({ Grammar.isToken(window[$0]) || window[$0] == UInt8(ascii: "/") })
      else { continue }
      var cursor = semicolon
      guard let parameters = window.parameters(&cursor, range.upperBound) else { continue }
      let weight = parameters.last { $0.name == "q" }.map { Self.weight($0.value) } ?? 1000
      guard let weight else { continue }
      elements.append(Element(value: window.text(name).lowercased(), weight: weight))
    }
    return elements
  }

  /// `0`, `0.125`, `1.000`: at most three digits behind the point.
  private static func weight(_ text: String) -> Int? {
    let digits = Array(text.utf8)
    guard let first = digits.first, first == 0x30 || first == 0x31, digits.count <= 5 else {
      return nil
    }
    guard digits.count == 1 || digits[1] == UInt8(ascii: ".") else { return nil }
    var weight = Int(first - 0x30) * 1000
    var scale = 100
    for digit in digits.dropFirst(2) {
      guard Grammar.isDigit(digit) else { return nil }
      weight += Int(digit - 0x30) * scale
      scale /= 10
    }
    return weight <= 1000 ? weight : nil
  }

  /// The weight of one value, by its most specific element: `text/html`, then `text/*`, then `*/*`.
  public func weight(of value: String) -> Int {
    if let exact = self.elements.first(where: { $0.value == value }) { return exact.weight }
    if let slash = value.firstIndex(of: "/") {
      let family = "\(value[..<slash])/*"
      if let match = self.elements.first(where: { $0.value == family }) { return match.weight }
    }
    return self.elements.first { $0.value == "*" || $0.value == "*/*" }?.weight ?? 0
  }

  /// The offer with the highest weight, the first of equals; nil when none is accepted.
  public func best(of offers: [String]) -> String? {
    var best: (offer: String, weight: Int)?
    for offer in offers {
      let weight = self.weight(of: offer)
      if weight > (best?.weight ?? 0) { best = (offer, weight) }
    }
    return best?.offer
  }
}
