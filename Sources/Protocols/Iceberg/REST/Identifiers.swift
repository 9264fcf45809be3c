public import JSON

/// A namespace: its levels from the outside in.
public struct Namespace: Hashable, Sendable, CustomStringConvertible {
  public var levels: [String]

  public init(_ levels: [String]) { self.levels = levels }

  public static let separator: Unicode.Scalar = "\u{1F}"

  /// Dots between the levels, for messages.
  public var description: String { self.levels.joined(separator: ".") }

  public var parent: Namespace? {
    self.levels.count > 1 ? Namespace(self.levels.dropLast()) : nil
  }

  public static func == (left: Self, right: Self) -> Bool {
    left.levels.count == right.levels.count
      && zip(left.levels, right.levels).allSatisfy { ExactText($0) == ExactText($1) }
  }

  public func hash(into hasher: inout Hasher) {
    for level in self.levels { hasher.combine(ExactText(level)) }
  }

  /// Takes the decoded segment of a path apart: at unit separators when there are some, else at the
  /// separator that the service advertises.
  public init(segment: String, advertisedSeparator: String? = nil) throws(IcebergError) {
    let unit = String(Self.separator)
    var levels: [String] = []
    if let advertised = advertisedSeparator, !advertised.isEmpty, !segment.contains(unit) {
      var rest = Substring(segment)
      while let range = rest.firstRange(of: advertised) {
        levels.append(String(rest[..<range.lowerBound]))
        rest = rest[range.upperBound...]
      }
      levels.append(String(rest))
    } else {
      levels = segment.unicodeScalars.split(
        separator: Self.separator, omittingEmptySubsequences: false
      ).map { String($0) }
    }
    self.init(levels)
    try self.check()
  }

  public func check(
    levelCountMax: Int = IcebergLimits.namespaceLevelCountMax
  ) throws(IcebergError) {
    guard !self.levels.isEmpty else {
      throw IcebergError(.badRequest, "a namespace has at least one level")
    }
    guard self.levels.count <= levelCountMax else {
      throw IcebergError(
        .badRequest,
        "a namespace has at most \(levelCountMax) levels, this one has \(self.levels.count)")
    }
    for level in self.levels { try CatalogName.check(level, "namespace level") }
  }
}

/// A table or view: its namespace and name.
public struct TableIdentifier: Hashable, Sendable, CustomStringConvertible {
  public var namespace: Namespace
  public var name: String

  public init(_ namespace: Namespace, _ name: String) {
    self.namespace = namespace
    self.name = name
  }

  public var description: String { "\(self.namespace).\(self.name)" }

  public static func == (left: Self, right: Self) -> Bool {
    left.namespace == right.namespace && ExactText(left.name) == ExactText(right.name)
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(self.namespace)
    hasher.combine(ExactText(self.name))
  }

  public func check() throws(IcebergError) {
    try self.namespace.check()
    try CatalogName.check(self.name, "name")
  }
}

/// What a name of a catalog may be.
public enum CatalogName {
  public static func check(_ name: String, _ what: String = "name") throws(IcebergError) {
    let scalars = name.unicodeScalars
    let reason: String? =
      if name.isEmpty {
        "is empty"
      } else if scalars.count > IcebergLimits.nameCharacterCountMax {
        "has \(scalars.count) characters, at most \(IcebergLimits.nameCharacterCountMax) are allowed"
      } else if name == "." || name == ".." {
        "is \(quoted(name))"
      } else if scalars.contains(where: { $0.properties.generalCategory == .control }) {
        "has control characters"
      } else if scalars.first?.properties.isWhitespace ?? false
        || scalars.last?.properties.isWhitespace ?? false
      {
        "begins or ends with a blank"
      } else {
        nil
      }
    if let reason { throw IcebergError(.badRequest, "a \(what) \(quoted(name)) \(reason)") }
  }
}

extension Namespace: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.levels = try json.readArray { (element) throws(JSONError) in try element.readString() }
  }

  public func encode(to json: inout JSONWriter) { self.levels.encode(to: &json) }
}

extension TableIdentifier: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    self.init(try json.decode("namespace"), try json.string("name"))
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("namespace", self.namespace)
      json.member("name", self.name)
    }
  }
}
