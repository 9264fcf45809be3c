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
    guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
      throw .validation("the location \(quoted(text)) has control characters")
    }
    if text.hasPrefix("/") {
      (self.scheme, self.authority, self.path) = ("file", "", text)
    } else {
      guard let colon = text.firstIndex(of: ":") else {
        throw .validation("the location \(quoted(text)) is relative")
      }
      self.scheme = text[..<colon].lowercased()
      guard Self.schemes.contains(self.scheme) else {
        throw .validation("the scheme of location \(quoted(text)) is not one that holds tables")
      }
      let rest = text[text.index(after: colon)...]
      if rest.hasPrefix("//") {
        let body = rest.dropFirst(2)
        let slash = body.firstIndex(of: "/") ?? body.endIndex
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
      guard self.authority.isEmpty, self.path.hasPrefix("/") else {
        throw .validation("the location \(quoted(text)) is not an absolute path of this machine")
      }
    } else {
      guard !self.authority.isEmpty else {
        throw .validation("the location \(quoted(text)) names no bucket or host")
      }
    }
    // An Azure account stands behind the container's name and an at sign; nowhere else is a user.
    let isAzure = ["abfs", "abfss", "wasb", "wasbs"].contains(self.scheme)
    guard isAzure || !self.authority.contains("@"), !self.authority.contains("\\") else {
      throw .validation("the location \(quoted(text)) has a user")
    }
    guard !text.contains("?"), !text.contains("#") else {
      throw .validation("the location \(quoted(text)) has a query or a fragment")
    }
    for segment in self.path.split(separator: "/", omittingEmptySubsequences: false) {
      let plain = segment.replacing("%2e", with: ".").replacing("%2E", with: ".")
      guard plain != ".", plain != ".." else {
        throw .validation("the location \(quoted(text)) has a segment \(quoted(String(segment)))")
      }
    }
    guard !self.path.contains("//") else {
      throw .validation("the location \(quoted(text)) has an empty segment")
    }
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
    let (left, right) = (self.folded, other.folded)
    guard left.scheme == right.scheme, ExactText(left.authority) == ExactText(right.authority)
    else { return false }
    return (left.path + "/").utf8.starts(with: (right.path + "/").utf8)
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
    while let slash = above.path.lastIndex(of: "/") {
      above.path = String(above.path[..<slash])
      found.append(above)
    }
    return found
  }
}
