private import Bytes
internal import JSON

/// One test of a statement: `"StringLike": {"s3:prefix": ["a/*"]}`.
struct PolicyCondition: Sendable {
  enum Quantifier: Sendable { case any, forAll, forAny }

  enum Test: String, Sendable {
    case stringEquals = "StringEquals"
    case stringNotEquals = "StringNotEquals"
    case stringEqualsIgnoreCase = "StringEqualsIgnoreCase"
    case stringNotEqualsIgnoreCase = "StringNotEqualsIgnoreCase"
    case stringLike = "StringLike"
    case stringNotLike = "StringNotLike"
    case numericEquals = "NumericEquals"
    case numericNotEquals = "NumericNotEquals"
    case numericLessThan = "NumericLessThan"
    case numericLessThanEquals = "NumericLessThanEquals"
    case numericGreaterThan = "NumericGreaterThan"
    case numericGreaterThanEquals = "NumericGreaterThanEquals"
    case dateEquals = "DateEquals"
    case dateNotEquals = "DateNotEquals"
    case dateLessThan = "DateLessThan"
    case dateLessThanEquals = "DateLessThanEquals"
    case dateGreaterThan = "DateGreaterThan"
    case dateGreaterThanEquals = "DateGreaterThanEquals"
    case bool = "Bool"
    case ipAddress = "IpAddress"
    case notIPAddress = "NotIpAddress"
    case arnEquals = "ArnEquals"
    case arnNotEquals = "ArnNotEquals"
    case arnLike = "ArnLike"
    case arnNotLike = "ArnNotLike"
    case null = "Null"

    /// The test that this one is the opposite of.
    var positive: Test? {
      switch self {
      case .stringNotEquals: .stringEquals
      case .stringNotEqualsIgnoreCase: .stringEqualsIgnoreCase
      case .stringNotLike: .stringLike
      case .numericNotEquals: .numericEquals
      case .dateNotEquals: .dateEquals
      case .notIPAddress: .ipAddress
      case .arnNotEquals: .arnEquals
      case .arnNotLike: .arnLike
      default: nil
      }
    }
  }

  var test: Test
  var quantifier: Quantifier
  var isIfExists: Bool
  /// Lower-case.
  var key: String
  var values: [String]

  private static let keys: Set<String> = [
    "aws:sourceip", "aws:securetransport", "aws:useragent", "aws:referer", "aws:currenttime",
    "aws:epochtime", "aws:username", "aws:userid", "aws:principalaccount", "aws:principalarn",
    "aws:principaltype", "aws:sourcearn", "aws:sourceaccount", "aws:sourcevpc", "aws:sourcevpce",
    "aws:principalorgid", "aws:viaawsservice",
    "s3:prefix", "s3:delimiter", "s3:max-keys", "s3:versionid", "s3:x-amz-acl",
    "s3:x-amz-copy-source", "s3:x-amz-metadata-directive", "s3:x-amz-storage-class",
    "s3:x-amz-server-side-encryption", "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "s3:x-amz-server-side-encryption-customer-algorithm", "s3:x-amz-grant-full-control",
    "s3:x-amz-grant-read", "s3:x-amz-grant-read-acp", "s3:x-amz-grant-write",
    "s3:x-amz-grant-write-acp", "s3:x-amz-content-sha256", "s3:x-amz-object-ownership",
    "s3:requestobjecttagkeys", "s3:signatureversion", "s3:signatureage", "s3:authtype",
    "s3:locationconstraint", "s3:tlsversion", "s3:dataaccesspointarn",
    "s3:object-lock-mode", "s3:object-lock-retain-until-date",
    "s3:object-lock-remaining-retention-days", "s3:object-lock-legal-hold", "s3:if-match",
    "s3:if-none-match",
  ]

  private static func isKnown(_ key: String) -> Bool {
    self.keys.contains(key) || key.hasPrefix("s3:existingobjecttag/")
      || key.hasPrefix("s3:requestobjecttag/") || key.hasPrefix("aws:principaltag/")
  }

  static func read(_ value: JSONValue?) throws(S3Error) -> [PolicyCondition] {
    guard let value else { return [] }
    guard let object = value.object else {
      throw S3Error(.malformedPolicy, "Condition is no object")
    }
    var conditions: [PolicyCondition] = []
    for member in object.members {
      guard let tests = member.value.object else {
        throw S3Error(.malformedPolicy, "\(member.name.prefix(40)) is no object")
      }
      for pair in tests.members {
        conditions.append(try Self.read(member.name, pair.name, pair.value))
      }
    }
    return conditions
  }

  private static func read(
    _ name: String, _ key: String, _ value: JSONValue
  ) throws(S3Error) -> PolicyCondition {
    var rest = name[...]
    var quantifier = Quantifier.any
    for (prefix, known) in [("ForAllValues:", Quantifier.forAll), ("ForAnyValue:", .forAny)]
    where rest.hasPrefix(prefix) {
      quantifier = known
      rest = rest.dropFirst(prefix.count)
    }
    let isIfExists = rest.hasSuffix("IfExists")
    if isIfExists { rest = rest.dropLast("IfExists".count) }
    guard let test = Test(rawValue: String(rest)) else {
      throw S3Error(.malformedPolicy, "the condition \(name.prefix(60)) is not known")
    }
    // A tag's own name keeps its case.
    let lower: String
    if let slash = key.firstIndex(of: "/") {
      lower = key[..<slash].lowercased() + key[slash...]
    } else {
      lower = key.lowercased()
    }
    guard Self.isKnown(lower) else {
      throw S3Error(.malformedPolicy, "the condition key \(key.prefix(100)) is not known")
    }
    return PolicyCondition(
      test: test, quantifier: quantifier, isIfExists: isIfExists, key: lower,
      values: try Self.texts(value))
  }

  private static func texts(_ value: JSONValue) throws(S3Error) -> [String] {
    var texts: [String] = []
    for element in value.array ?? [value] {
      switch element {
      case .string(let text): texts.append(text)
      case .boolean(let flag): texts.append(flag ? "true" : "false")
      case .number: texts.append(element.description)
      case .null, .array, .object:
        throw S3Error(.malformedPolicy, "the value of a condition is no text")
      }
    }
    return texts
  }
}

extension PolicyCondition {
  /// Whether the condition says who or where the caller is, so that a statement for everybody is not
  /// open to all the world.
  var pinsCaller: Bool {
    guard self.test.positive == nil, self.test != .null else { return false }
    switch self.key {
    case "aws:sourceip": return !self.values.contains { $0.hasSuffix("/0") }
    case "aws:username", "aws:userid", "aws:principalaccount", "aws:principalarn",
      "aws:sourcearn", "aws:sourceaccount", "aws:sourcevpc", "aws:sourcevpce",
      "aws:principalorgid":
      return !self.values.contains("*")
    default: return false
    }
  }

  func holds(_ context: [String: [String]]) -> Bool {
    let present = context[self.key] ?? []
    if self.test == .null {
      let wantsAbsent = self.values.contains { $0.lowercased() == "true" }
      return present.isEmpty == wantsAbsent
    }
    if present.isEmpty {
      switch self.quantifier {
      case .forAll: return true
      case .any, .forAny: return self.isIfExists || self.test.positive != nil
      }
    }
    switch self.quantifier {
    case .any, .forAny: return present.contains(where: self.matches)
    case .forAll: return present.allSatisfy(self.matches)
    }
  }

  private func matches(_ given: String) -> Bool {
    if let positive = self.test.positive {
      return !self.values.contains { Self.test(positive, given, $0) }
    }
    return self.values.contains { Self.test(self.test, given, $0) }
  }

  private static func test(_ test: Test, _ given: String, _ wanted: String) -> Bool {
    switch test {
    case .stringEquals: return given == wanted
    case .stringEqualsIgnoreCase, .bool: return given.lowercased() == wanted.lowercased()
    case .stringLike, .arnEquals, .arnLike:
      return Wildcard.matches(wanted, given, hasQuestionMark: true)
    case .numericEquals: return Self.compare(Double(given), Double(wanted)) { $0 == $1 }
    case .numericLessThan: return Self.compare(Double(given), Double(wanted)) { $0 < $1 }
    case .numericLessThanEquals: return Self.compare(Double(given), Double(wanted)) { $0 <= $1 }
    case .numericGreaterThan: return Self.compare(Double(given), Double(wanted)) { $0 > $1 }
    case .numericGreaterThanEquals:
      return Self.compare(Double(given), Double(wanted)) { $0 >= $1 }
    case .dateEquals: return Self.compare(Self.date(given), Self.date(wanted)) { $0 == $1 }
    case .dateLessThan: return Self.compare(Self.date(given), Self.date(wanted)) { $0 < $1 }
    case .dateLessThanEquals:
      return Self.compare(Self.date(given), Self.date(wanted)) { $0 <= $1 }
    case .dateGreaterThan: return Self.compare(Self.date(given), Self.date(wanted)) { $0 > $1 }
    case .dateGreaterThanEquals:
      return Self.compare(Self.date(given), Self.date(wanted)) { $0 >= $1 }
    case .ipAddress: return AddressRange(wanted)?.contains(given) ?? false
    case .stringNotEquals, .stringNotEqualsIgnoreCase, .stringNotLike, .numericNotEquals,
      .dateNotEquals, .notIPAddress, .arnNotEquals, .arnNotLike, .null:
      // Taken apart by `matches`.
      return false
    }
  }

  private static func compare(
    _ left: Double?, _ right: Double?, _ order: (Double, Double) -> Bool
  ) -> Bool {
    guard let left, let right else { return false }
    return order(left, right)
  }

  /// Seconds, of a number or of a time.
  private static func date(_ text: String) -> Double? {
    Double(text) ?? S3Time.milliseconds(text).map { Double($0) / 1000 }
  }
}

/// Addresses that begin alike: `10.0.0.0/8`, `2001:db8::/32`.
struct AddressRange {
  private var bits: [UInt8]
  private var length: Int

  init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard (1...2).contains(parts.count), let bits = Self.bytes(parts[0]) else { return nil }
    self.bits = bits
    self.length = bits.count * 8
    if parts.count == 2 {
      guard let length = Int(parts[1]), (0...bits.count * 8).contains(length) else { return nil }
      self.length = length
    }
  }

  func contains(_ address: String) -> Bool {
    guard let bytes = Self.bytes(address[...]), bytes.count == self.bits.count else { return false }
    for index in 0..<self.length {
      let mask = UInt8(0x80) >> UInt8(index & 7)
      if bytes[index / 8] & mask != self.bits[index / 8] & mask { return false }
    }
    return true
  }

  private static func bytes(_ text: Substring) -> [UInt8]? {
    if text.contains(":") { return Self.six(text) }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    let bytes = parts.compactMap { UInt8($0) }
    return bytes.count == 4 ? bytes : nil
  }

  private static func six(_ text: Substring) -> [UInt8]? {
    func groups(_ text: Substring) -> [UInt8]? {
      guard !text.isEmpty else { return [] }
      var bytes: [UInt8] = []
      for part in text.split(separator: ":", omittingEmptySubsequences: false) {
        guard (1...4).contains(part.utf8.count), let group = UInt16(part, radix: 16) else {
          return nil
        }
        bytes += [UInt8(group >> 8), UInt8(group & 0xFF)]
      }
      return bytes
    }
    var at = text.startIndex
    while at < text.endIndex, !text[at...].hasPrefix("::") { at = text.index(after: at) }
    guard at < text.endIndex else {
      guard let bytes = groups(text), bytes.count == 16 else { return nil }
      return bytes
    }
    guard let head = groups(text[..<at]), let tail = groups(text[at...].dropFirst(2)),
      head.count + tail.count <= 14
    else { return nil }
    return head + [UInt8](repeating: 0, count: 16 - head.count - tail.count) + tail
  }
}
