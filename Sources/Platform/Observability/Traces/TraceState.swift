public import Bytes

/// The `tracestate` of a request: other systems' words, passed on in order, ours in front.
public struct TraceState: Hashable, Sendable {
  public static let memberMax = 32
  public static let byteCountMax = 512
  /// Our own member's name.
  public static let ownName = "lake"

  public struct Member: Hashable, Sendable {
    public var name: String
    public var value: String
  }

  public private(set) var members: [Member] = []

  public init() {}

  /// Reads a header's value. Nil when any part is wrong: the standard says to drop it all then, and to
  /// keep the `traceparent`.
  public init?(parsing text: RawSpan) {
    guard text.byteCount <= Self.byteCountMax * 4, let text = text.text else { return nil }
    for piece in text.split(separator: ",", omittingEmptySubsequences: true) {
      let trimmed = Self.trimmed(piece)
      // An empty member is allowed and means nothing.
      if trimmed.isEmpty { continue }
      guard let equal = trimmed.firstIndex(of: "=") else { return nil }
      let member = Member(
        name: String(trimmed[..<equal]), value: String(trimmed[trimmed.index(after: equal)...]))
      guard Self.isName(member.name), Self.isValue(member.value),
        !self.members.contains(where: { $0.name == member.name })
      else { return nil }
      self.members.append(member)
      guard self.members.count <= Self.memberMax else { return nil }
    }
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop { $0 == " " || $0 == "\t" }
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return text
  }

  private static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, first.isLowerLetter || first.isDigit else { return false }
    return text.utf8.count <= 256
      && text.utf8.allSatisfy {
        $0.isLowerLetter || $0.isDigit || [0x5F, 0x2D, 0x2A, 0x2F, 0x40].contains($0)
      }
  }

  private static func isValue(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 256 && text.utf8.last != 0x20
      && text.utf8.allSatisfy { $0 >= 0x20 && $0 <= 0x7E && $0 != 0x2C && $0 != 0x3D }
  }

  /// Puts our member in front; the last goes when there are too many.
  ///
  /// - Precondition: `value` is 1 to 256 printable characters without `,` and `=`.
  public mutating func setOwn(_ value: String) {
    precondition(Self.isValue(value), "the tracestate value \(value)")
    self.members.removeAll { $0.name == Self.ownName }
    self.members.insert(Member(name: Self.ownName, value: value), at: 0)
    if self.members.count > Self.memberMax { self.members.removeLast() }
  }

  /// Appends the header's value, without the last members that go over 512 bytes.
  public func append(to target: inout ByteWriter) {
    let start = target.count
    for member in self.members {
      let count = member.name.utf8.count + member.value.utf8.count + 2
      guard target.count - start + count <= Self.byteCountMax + 1 else { return }
      if target.count > start { target.append(UInt8(ascii: ",")) }
      target.append(member.name)
      target.append(UInt8(ascii: "="))
      target.append(member.value)
    }
  }
}
