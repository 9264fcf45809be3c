private import Bytes

/// What is known of the content that a conditional request is about.
public struct Validators: Sendable {
  /// The entity tag as it is written in ETag, with its quotes and its `W/` if it is weak.
  public var entityTag: String?
  /// Seconds since 1970.
  public var lastModified: Int64?

  public init(entityTag: String? = nil, lastModified: Int64? = nil) {
    self.entityTag = entityTag
    self.lastModified = lastModified
  }
}

/// The conditions of a request, RFC 9110, section 13. The values are those of its fields; nil: not there.
public struct Conditions: ~Escapable {
  public enum Outcome: Equatable, Sendable {
    case proceed
    /// 304: of GET and HEAD only.
    case notModified
    /// 412
    case failed
  }

  private let ifMatch: RawSpan?
  private let ifNoneMatch: RawSpan?
  private let ifModifiedSince: RawSpan?
  private let ifUnmodifiedSince: RawSpan?

  @_lifetime(copy ifMatch, copy ifNoneMatch, copy ifModifiedSince, copy ifUnmodifiedSince)
  public init(
    ifMatch: RawSpan?, ifNoneMatch: RawSpan?, ifModifiedSince: RawSpan?, ifUnmodifiedSince: RawSpan?
  ) {
    self.ifMatch = ifMatch
    self.ifNoneMatch = ifNoneMatch
    self.ifModifiedSince = ifModifiedSince
    self.ifUnmodifiedSince = ifUnmodifiedSince
  }

  /// Whether any field is there at all.
  public var isEmpty: Bool {
    self.ifMatch == nil && self.ifNoneMatch == nil && self.ifModifiedSince == nil
      && self.ifUnmodifiedSince == nil
  }

  /// The steps of section 13.2.2, in their order; `current` is nil when there is no content yet.
  public func evaluate(_ method: Method, against current: Validators?) -> Outcome {
    if let ifMatch {
      guard EntityTag.matches(ifMatch, current, strongly: true) else { return .failed }
    } else if let date = Self.seconds(self.ifUnmodifiedSince),
      let modified = current?.lastModified
    {
      guard modified <= date else { return .failed }
    }
    let reads = method == .get || method == .head
    if let ifNoneMatch {
      guard EntityTag.matches(ifNoneMatch, current, strongly: false) else { return .proceed }
      return reads ? .notModified : .failed
    }
    if reads, let date = Self.seconds(self.ifModifiedSince),
      let modified = current?.lastModified
    {
      return modified > date ? .proceed : .notModified
    }
    return .proceed
  }

  private static func seconds(_ field: RawSpan?) -> Int64? {
    guard let field else { return nil }
    return HTTPDate.parse(field)
  }

  /// Whether an If-Range field lets the ranges stand: nil, an equal strong tag, or the exact date.
  public static func allowsRange(ifRange: RawSpan?, _ current: Validators) -> Bool {
    guard let ifRange else { return true }
    if let date = HTTPDate.parse(ifRange) { return date == current.lastModified }
    guard let tag = current.entityTag, !tag.hasPrefix("W/") else { return false }
    return ifRange.isEqual(toText: tag)
  }
}

enum EntityTag {
  /// Whether a list of tags, or `*`, names the current one.
  static func matches(_ field: RawSpan, _ current: Validators?, strongly: Bool) -> Bool {
    guard let current else { return false }
    return field.withUnsafeBytes { buffer in
      let window = Window(buffer)
      if window.spells("*", window.trimmed(0..<window.count)) { return true }
      guard let tag = current.entityTag else { return false }
      let isWeak = tag.hasPrefix("W/")
      guard !isWeak || !strongly else { return false }
      let opaque = isWeak ? tag.dropFirst(2) : tag[...]
      return Self.list(window, contains: Array(opaque.utf8), strongly: strongly)
    }
  }

  /// Walks over `W/"a", "b,c"`: commas may stand inside the quotes. A tag without quotes, as some
  /// clients of object stores send it, is compared with what is inside ours.
  private static func list(_ window: Window, contains opaque: [UInt8], strongly: Bool) -> Bool {
    var at = 0
    while at < window.count {
      while at < window.count, Grammar.isBlank(window[at]) || window[at] == UInt8(ascii: ",") {
        at += 1
      }
      guard at < window.count else { return false }
      let isWeak = window.count - at >= 2 && window.spells("W/", at..<at + 2)
      if isWeak { at += 2 }
      let start = at
      let end: Int
      if at < window.count, window[at] == UInt8(ascii: "\"") {
        guard let close = window.first(UInt8(ascii: "\""), in: at + 1..<window.count) else {
          return false
        }
        end = close + 1
      } else {
        end = window.first(UInt8(ascii: ","), in: at..<window.count) ?? window.count
      }
      at = end
      let tag = window.trimmed(start..<end)
      if !(isWeak && strongly), Self.isEqual(window, tag, opaque) { return true }
    }
    return false
  }

  private static func isEqual(_ window: Window, _ tag: Range<Int>, _ opaque: [UInt8]) -> Bool {
    let isQuoted = !tag.isEmpty && window[tag.lowerBound] == UInt8(ascii: "\"")
    let wanted = isQuoted ? opaque[...] : opaque.dropFirst().dropLast()
    return tag.count == wanted.count && zip(tag, wanted).allSatisfy { window[$0] == $1 }
  }
}
