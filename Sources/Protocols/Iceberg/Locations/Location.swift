/// Where a table, a view or a file lies: `s3://bucket/path`, `file:///path`.
///
/// Two locations are compared by segments of their paths, so that `/wh/t` and `/wh/t2` are apart. A
/// location is taken apart without asking anybody whether it exists.
public struct Location: Hashable, Sendable, CustomStringConvertible {
  /// In lower case; `s3a` and `s3n` stay what they are until `folded`.
  public var scheme: String
  /// The bucket or host; empty for local files.
  public var authority: String
  /// Begins with a slash, unless it is empty, and does not end with one.
  public var path: String

  private static let schemes: Set = [
    "s3", "s3a", "s3n", "gs", "abfs", "abfss", "wasb", "wasbs", "hdfs", "file", "memory",
  ]
  public static let characterCountMax = 4096

  /// Reads a location; a bare path is a local file, and so is `file:/path` with one slash.
  public init(parsing text: String) throws(IcebergError) {
    guard !text.isEmpty else { throw .validation("the location is empty") }
    guard text.utf8.count <= Self.characterCountMax else {
      throw .validation("the location has more than \(Self.characterCountMax) bytes")
    }
    // Bytes, not characters: a location is taken apart several times in each commit.
    let bytes = text.utf8
    guard !bytes.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
      throw .validation("the location \(quoted(text)) has control characters")
    }
    if bytes.first == UInt8(ascii: "/") {
      (self.scheme, self.authority, self.path) = ("file", "", text)
    } else {
      guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else {
        throw .validation("the location \(quoted(text)) is relative")
      }
      self.scheme = text[..<colon].lowercased()
      guard Self.schemes.contains(self.scheme) else {
        throw .validation("the scheme of location \(quoted(text)) is not one that holds tables")
      }
      let rest = text[bytes.index(after: colon)...]
      if rest.utf8.starts(with: "//".utf8) {
        let body = text[rest.utf8.index(rest.startIndex, offsetBy: 2)...]
        let slash = body.utf8.firstIndex(of: UInt8(ascii: "/")) ?? body.endIndex
        (self.authority, self.path) = (String(body[..<slash]), String(body[slash...]))
      } else {
        (self.authority, self.path) = ("", String(rest))
      }
    }
    try self.check(text)
    self.path = TableMetadata.withoutTrailingSlashes(self.path)
    if self.path == "/" { self.path = "" }
  }

  private mutating func check(_ text: String) throws(IcebergError) {
    if self.scheme == "file" {
      if self.authority == "localhost" { self.authority = "" }
      guard self.authority.isEmpty, self.path.utf8.first == UInt8(ascii: "/") else {
        throw .validation("the location \(quoted(text)) is not an absolute path of this machine")
      }
    } else {
      guard !self.authority.isEmpty else {
        throw .validation("the location \(quoted(text)) names no bucket or host")
      }
    }
    // An Azure account stands behind the container's name and an at sign; nowhere else is a user.
    let isAzure = ["abfs", "abfss", "wasb", "wasbs"].contains(self.scheme)
    guard isAzure || !self.authority.utf8.contains(UInt8(ascii: "@")),
      !self.authority.utf8.contains(UInt8(ascii: "\\"))
    else {
      throw .validation("the location \(quoted(text)) has a user")
    }
    guard !text.utf8.contains(where: { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") }) else {
      throw .validation("the location \(quoted(text)) has a query or a fragment")
    }
    var isEmpty = false
    for (number, segment) in self.path.utf8.split(
      separator: UInt8(ascii: "/"), omittingEmptySubsequences: false
    ).enumerated() {
      // The first is what stands before the first slash; the last is empty behind a slash at the end.
      if isEmpty, number > 1 {
        throw .validation("the location \(quoted(text)) has an empty segment")
      }
      isEmpty = segment.isEmpty
      guard segment.count <= 6, Self.dots.contains(where: { segment.elementsEqual($0.utf8) })
      else { continue }
      throw .validation(
        "the location \(quoted(text)) has a segment \(quoted(String(Substring(segment))))")
    }
  }

  /// Segments that mean another place, also where they are percent-encoded.
  private static let dots = [".", "%2e", "%2E"].flatMap { first in
    [first] + [".", "%2e", "%2E"].map { first + $0 }
  }

  /// One name for the schemes of one store.
  public var folded: Location {
    var folded = self
    if self.scheme == "s3a" || self.scheme == "s3n" { folded.scheme = "s3" }
    return folded
  }

  public var description: String { "\(self.scheme)://\(self.authority)\(self.path)" }

  /// Whether this is `other` or lies below it.
  public func isInside(_ other: Location) -> Bool {
    guard self.isBeside(other) else { return false }
    let (whole, start) = (self.path.utf8, other.path.utf8)
    guard whole.starts(with: start) else { return false }
    return whole.count == start.count
      || whole[whole.index(whole.startIndex, offsetBy: start.count)] == UInt8(ascii: "/")
  }

  /// Whether both lie in one bucket, or on this machine.
  public func isBeside(_ other: Location) -> Bool {
    let (left, right) = (self.folded, other.folded)
    return left.scheme == right.scheme && ExactText(left.authority) == ExactText(right.authority)
  }

  /// Whether one lies in the other.
  public func overlaps(_ other: Location) -> Bool { self.isInside(other) || other.isInside(self) }

  /// The location one level below.
  public func appending(_ segment: String) -> Location {
    var longer = self
    longer.path += "/" + segment
    return longer
  }

  /// The locations above this one, nearest first, down to the bucket or root.
  public var ancestors: [Location] {
    var found: [Location] = []
    var above = self
    while let slash = above.path.utf8.lastIndex(of: UInt8(ascii: "/")) {
      above.path = String(above.path[..<slash])
      found.append(above)
    }
    return found
  }
}
