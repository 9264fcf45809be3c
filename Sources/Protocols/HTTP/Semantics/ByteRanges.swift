private import Bytes

/// The ranges of a Range field, applied to content of a known size.
public enum RangeRequest: Equatable, Sendable {
  /// Serve all of it: no field, another unit, or a field that is not well formed (which RFC 9110 has
  /// ignored).
  case whole
  /// In the order asked for, cut to the content. Never empty.
  case parts([ByteRange])
  /// 416, with `Content-Range: bytes */size`.
  case unsatisfiable

  /// More parts than this are refused, and so are parts that overlap: nobody needs them, and they
  /// multiply the work of a few bytes of header.
  public static let partsMax = 16

  /// - Precondition: `size` is not negative.
  public init(_ field: RawSpan?, size: Int64) {
    precondition(size >= 0, "size \(size)")
    guard let field else {
      self = .whole
      return
    }
    self = field.withUnsafeBytes { Self.parse(Window($0), size) }
  }

  private static func parse(_ window: Window, _ size: Int64) -> RangeRequest {
    guard window.count > 6, window.matches("bytes=", 0..<6) else { return .whole }
    var parts: [ByteRange] = []
    var count = 0
    var at = 6
    while at <= window.count {
      let comma = window.first(UInt8(ascii: ","), in: at..<window.count) ?? window.count
      let element = window.trimmed(at..<comma)
      at = comma + 1
      guard !element.isEmpty else { continue }
      count += 1
      guard count <= Self.partsMax else { return .unsatisfiable }
      switch Self.parseOne(window, element, size) {
      case .broken: return .whole
      case .outside: continue
      case .inside(let range): parts.append(range)
      }
    }
    guard count > 0 else { return .whole }
    guard !parts.isEmpty, !Self.overlap(parts) else { return .unsatisfiable }
    return .parts(parts)
  }

  private enum One {
    case broken, outside
    case inside(ByteRange)
  }

  private static func parseOne(_ window: Window, _ range: Range<Int>, _ size: Int64) -> One {
    guard let dash = window.first(UInt8(ascii: "-"), in: range) else { return .broken }
    let first = window.clampedNumber(range.lowerBound..<dash)
    let last = window.clampedNumber(dash + 1..<range.upperBound)
    switch (first, last) {
    case (.some(let first), .some(let last)):
      guard first <= last else { return .broken }
      return first < size ? .inside(ByteRange(first, Swift.min(last, size - 1))) : .outside
    case (.some(let first), nil):
      guard dash + 1 == range.upperBound else { return .broken }
      return first < size ? .inside(ByteRange(first, size - 1)) : .outside
    case (nil, .some(let suffix)):
      guard dash == range.lowerBound else { return .broken }
      guard suffix > 0, size > 0 else { return .outside }
      return .inside(ByteRange(Swift.max(0, size - suffix), size - 1))
    case (nil, nil): return .broken
    }
  }

  private static func overlap(_ parts: [ByteRange]) -> Bool {
    let sorted = parts.sorted { $0.first < $1.first }
    return zip(sorted, sorted.dropFirst()).contains { $0.last >= $1.first }
  }
}

/// A part of some content, both ends included.
public struct ByteRange: Hashable, Sendable {
  public var first: Int64
  public var last: Int64

  /// - Precondition: `0 <= first <= last`.
  public init(_ first: Int64, _ last: Int64) {
    precondition(first >= 0, "first byte \(first)")
    precondition(first <= last, "bytes \(first) to \(last)")
    self.first = first
    self.last = last
  }

  public var count: Int64 { self.last - self.first + 1 }

  /// The value of Content-Range for this part.
  public func contentRange(ofSize size: Int64) -> String {
    "bytes \(self.first)-\(self.last)/\(size)"
  }

  /// The value of Content-Range when nothing could be served.
  public static func contentRangeUnsatisfied(size: Int64) -> String { "bytes */\(size)" }
}

extension Window {
  /// A number of digits only, at most Int64.max; nil when it is empty or something else.
  fileprivate func clampedNumber(_ range: Range<Int>) -> Int64? {
    guard !range.isEmpty else { return nil }
    var value: Int64 = 0
    for index in range {
      guard Grammar.isDigit(self[index]) else { return nil }
      let (product, over) = value.multipliedReportingOverflow(by: 10)
      let (sum, carried) = product.addingReportingOverflow(Int64(self[index] - 0x30))
      value = over || carried ? .max : sum
    }
    return value
  }
}
