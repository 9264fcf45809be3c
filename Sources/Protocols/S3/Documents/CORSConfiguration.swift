private import Bytes
private import XML

/// Which pages of other origins may ask a bucket, and how.
public struct CORSConfiguration: Hashable, Sendable {
  public struct Rule: Hashable, Sendable {
    public var id: String?
    public var origins: [String] = []
    public var methods: [String] = []
    public var headers: [String] = []
    public var exposed: [String] = []
    public var maxAgeSeconds: Int64?
  }

  public var rules: [Rule] = []

  public static let byteCountMax = 64 << 10
  public static let ruleMax = 100

  public init(_ bytes: [UInt8]) throws(S3Error) {
    let root = try S3Document.root(
      "CORSConfiguration", of: bytes, byteCountMax: Self.byteCountMax)
    for element in root.children where element.name.local == "CORSRule" {
      self.rules.append(try Self.rule(element))
    }
    guard (1...Self.ruleMax).contains(self.rules.count) else {
      throw .malformedXML("there are \(self.rules.count) rules, not 1 to \(Self.ruleMax)")
    }
  }

  private static func rule(_ element: XMLElement) throws(S3Error) -> Rule {
    func texts(_ name: String) -> [String] { element.children(name).map(\.trimmedText) }
    var rule = Rule()
    rule.id = try element.value("ID")
    rule.origins = texts("AllowedOrigin")
    rule.methods = texts("AllowedMethod")
    rule.headers = texts("AllowedHeader")
    rule.exposed = texts("ExposeHeader")
    rule.maxAgeSeconds = try element.whole("MaxAgeSeconds")
    guard !rule.origins.isEmpty, !rule.methods.isEmpty else {
      throw .malformedXML("a CORSRule has no AllowedOrigin or no AllowedMethod")
    }
    for method in rule.methods where !["GET", "PUT", "HEAD", "POST", "DELETE"].contains(method) {
      throw S3Error(
        .invalidRequest,
        "Found unsupported HTTP method in CORS config. Unsupported method is "
          + String(method.prefix(40)))
    }
    for text in rule.origins + rule.headers where text.utf8.count(where: { $0 == 0x2A }) > 1 {
      throw S3Error(.invalidRequest, "\(text.prefix(100)) has more than one wildcard")
    }
    return rule
  }

  public var text: [UInt8] {
    var target = ByteWriter()
    target.appendS3("CORSConfiguration") { xml in
      for rule in self.rules {
        xml.element("CORSRule") { xml in
          xml.element("ID", ifPresent: rule.id)
          for origin in rule.origins { xml.element("AllowedOrigin", origin) }
          for method in rule.methods { xml.element("AllowedMethod", method) }
          for header in rule.headers { xml.element("AllowedHeader", header) }
          for header in rule.exposed { xml.element("ExposeHeader", header) }
          if let seconds = rule.maxAgeSeconds { xml.element("MaxAgeSeconds", seconds) }
        }
      }
    }
    return target.bytes.array
  }
}

extension CORSConfiguration {
  /// What an origin is told.
  public struct Grant: Hashable, Sendable {
    public var origin: String
    public var methods: String
    public var allowedHeaders: String?
    public var exposedHeaders: String?
    public var maxAgeSeconds: Int64?
    /// The rule says `*`: no credentials then.
    public var isForAll: Bool

    /// Fields of the answer, in order.
    public var fields: [S3Error.Detail] {
      var fields = [S3Error.Detail("Access-Control-Allow-Origin", self.origin)]
      fields.append(.init("Access-Control-Allow-Methods", self.methods))
      if let headers = self.allowedHeaders {
        fields.append(.init("Access-Control-Allow-Headers", headers))
      }
      if let exposed = self.exposedHeaders {
        fields.append(.init("Access-Control-Expose-Headers", exposed))
      }
      if let age = self.maxAgeSeconds { fields.append(.init("Access-Control-Max-Age", "\(age)")) }
      if !self.isForAll { fields.append(.init("Access-Control-Allow-Credentials", "true")) }
      fields.append(
        .init(
          "Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"))
      return fields
    }
  }

  /// The first rule that matches; nil when none does.
  ///
  /// - Parameter requestedHeaders: what a preflight asks for; empty for an actual request.
  public func grant(
    origin: String, method: String, requestedHeaders: [String] = []
  ) -> Grant? {
    for rule in self.rules {
      guard let allowed = rule.origins.first(where: { Wildcard.matches($0, origin) }),
        rule.methods.contains(method),
        requestedHeaders.allSatisfy({ header in
          rule.headers.contains { Wildcard.matches($0.lowercased(), header.lowercased()) }
        })
      else { continue }
      return Grant(
        origin: allowed == "*" ? "*" : origin, methods: rule.methods.joined(separator: ", "),
        allowedHeaders: requestedHeaders.isEmpty
          ? nil : requestedHeaders.map { $0.lowercased() }.joined(separator: ", "),
        exposedHeaders: rule.exposed.isEmpty ? nil : rule.exposed.joined(separator: ", "),
        maxAgeSeconds: rule.maxAgeSeconds, isForAll: allowed == "*")
    }
    return nil
  }
}

/// Patterns of policies and rules.
public enum Wildcard {
  /// `*` stands for any characters, `?` for one when `hasQuestionMark`. Linear in time but for what stars
  /// force: each mismatch goes back to the last star only.
  public static func matches(
    _ pattern: String, _ text: String, hasQuestionMark: Bool = false
  ) -> Bool {
    let pattern = Array(pattern.utf8)
    let text = Array(text.utf8)
    var at = 0
    var inText = 0
    var star: (pattern: Int, text: Int)?
    while inText < text.count {
      if at < pattern.count, pattern[at] == UInt8(ascii: "*") {
        star = (at, inText)
        at += 1
      } else if at < pattern.count,
        pattern[at] == text[inText] || (hasQuestionMark && pattern[at] == UInt8(ascii: "?"))
      {
        at += 1
        inText += 1
      } else if let last = star {
        at = last.pattern + 1
        inText = last.text + 1
        star = (last.pattern, inText)
      } else {
        return false
      }
    }
    return pattern[at...].allSatisfy { $0 == UInt8(ascii: "*") }
  }
}
