private import Bytes
internal import XML

/// What happens to objects by themselves, and when.
public struct LifecycleConfiguration: Hashable, Sendable {
  public struct Filter: Hashable, Sendable {
    public var prefix: String?
    public var tags: [TagSet.Tag] = []
    public var sizeGreaterThan: Int64?
    public var sizeLessThan: Int64?
    /// How it was written: directly below Filter, or in And; or the old form without Filter.
    public var hasAnd = false
    public var isOldForm = false

    public func matches(key: String, size: Int64, tags: [TagSet.Tag]) -> Bool {
      (self.prefix.map(key.hasPrefix) ?? true) && self.tags.allSatisfy(tags.contains)
        && (self.sizeGreaterThan.map { size > $0 } ?? true)
        && (self.sizeLessThan.map { size < $0 } ?? true)
    }
  }

  /// After so many days, or on a day (milliseconds since 1970).
  public struct Due: Hashable, Sendable {
    public var days: Int64?
    public var date: UInt64?

    public init(days: Int64? = nil, date: UInt64? = nil) {
      self.days = days
      self.date = date
    }
  }

  public struct Transition: Hashable, Sendable {
    public var due: Due
    public var storageClass: String
    public var newerVersions: Int64?
  }

  public struct Rule: Hashable, Sendable {
    public var id = ""
    public var isEnabled = true
    public var filter = Filter()
    public var expiration: Due?
    public var expiresDeleteMarkers: Bool?
    public var noncurrentDays: Int64?
    public var newerNoncurrentVersions: Int64?
    public var transitions: [Transition] = []
    public var noncurrentTransitions: [Transition] = []
    public var abortDays: Int64?
  }

  public var rules: [Rule] = []

  public static let ruleMax = 1000
  public static let idMax = 255

  /// - Parameter identifier: gives a name to a rule without one.
  public init(_ bytes: [UInt8], identifier: () -> String) throws(S3Error) {
    let root = try S3Document.root("LifecycleConfiguration", of: bytes)
    var ids: Set<String> = []
    for element in root.children where element.name.local == "Rule" {
      var rule = try Self.rule(element)
      if rule.id.isEmpty { rule.id = identifier() }
      guard rule.id.utf16.count <= Self.idMax else {
        throw S3Error(.invalidArgument, "a rule's ID has more than \(Self.idMax) characters")
      }
      guard ids.insert(rule.id).inserted else {
        throw S3Error(.invalidArgument, "two rules are called \(rule.id)")
      }
      self.rules.append(rule)
    }
    guard (1...Self.ruleMax).contains(self.rules.count) else {
      throw .malformedXML("there are \(self.rules.count) rules, not 1 to \(Self.ruleMax)")
    }
  }

  private static func rule(_ element: XMLElement) throws(S3Error) -> Rule {
    var rule = Rule()
    rule.id = try element.value("ID") ?? ""
    switch try element.needed("Status") {
    case "Enabled": rule.isEnabled = true
    case "Disabled": rule.isEnabled = false
    case let other: throw .malformedXML("Status is \(other.prefix(40)), not Enabled or Disabled")
    }
    rule.filter = try Self.filter(element)
    if let expiration = try element.only("Expiration") {
      rule.expiresDeleteMarkers = try expiration.flag("ExpiredObjectDeleteMarker")
      let hasDue = try Self.hasDue(expiration)
      if rule.expiresDeleteMarkers == nil {
        rule.expiration = try Self.due(expiration, least: 1)
      } else if hasDue {
        throw .malformedXML("ExpiredObjectDeleteMarker stands beside Days or Date")
      }
    }
    if let noncurrent = try element.only("NoncurrentVersionExpiration") {
      rule.noncurrentDays = try Self.days(noncurrent, "NoncurrentDays", least: 1)
      rule.newerNoncurrentVersions = try noncurrent.whole("NewerNoncurrentVersions")
    }
    for child in element.children where child.name.local == "Transition" {
      rule.transitions.append(
        Transition(
          due: try Self.due(child, least: 0), storageClass: try Self.storageClass(child)))
    }
    for child in element.children where child.name.local == "NoncurrentVersionTransition" {
      let days = try Self.days(child, "NoncurrentDays", least: 0)
      rule.noncurrentTransitions.append(
        Transition(
          due: Due(days: days), storageClass: try Self.storageClass(child),
          newerVersions: try child.whole("NewerNoncurrentVersions")))
    }
    if let abort = try element.only("AbortIncompleteMultipartUpload") {
      rule.abortDays = try Self.days(abort, "DaysAfterInitiation", least: 1)
    }
    try Self.checkAction(rule)
    return rule
  }

  private static func checkAction(_ rule: Rule) throws(S3Error) {
    guard
      rule.expiration != nil || rule.expiresDeleteMarkers != nil || rule.noncurrentDays != nil
        || !rule.transitions.isEmpty || !rule.noncurrentTransitions.isEmpty
        || rule.abortDays != nil
    else { throw S3Error(.invalidRequest, "rule \(rule.id) says nothing to be done") }
  }

  private static func filter(_ element: XMLElement) throws(S3Error) -> Filter {
    var filter = Filter()
    guard let outer = try element.only("Filter") else {
      filter.isOldForm = true
      filter.prefix = try element.only("Prefix")?.text
      guard filter.prefix != nil else { throw .malformedXML("a Rule has no Filter and no Prefix") }
      return filter
    }
    guard try element.only("Prefix") == nil else {
      throw .malformedXML("a Rule has a Filter and a Prefix")
    }
    let and = try outer.only("And")
    filter.hasAnd = and != nil
    let inner = and ?? outer
    filter.prefix = try inner.only("Prefix")?.text
    filter.sizeGreaterThan = try inner.whole("ObjectSizeGreaterThan")
    filter.sizeLessThan = try inner.whole("ObjectSizeLessThan")
    for tag in inner.children where tag.name.local == "Tag" {
      guard let key = tag.text(of: "Key"), let value = tag.text(of: "Value") else {
        throw .malformedXML("a Tag has no Key or no Value")
      }
      filter.tags.append(TagSet.Tag(key, value))
    }
    let count =
      (filter.prefix == nil ? 0 : 1) + (filter.sizeGreaterThan == nil ? 0 : 1)
      + (filter.sizeLessThan == nil ? 0 : 1) + filter.tags.count
    guard filter.hasAnd || count <= 1 else {
      throw .malformedXML("a Filter with \(count) conditions needs And")
    }
    return filter
  }

  private static func storageClass(_ element: XMLElement) throws(S3Error) -> String {
    let name = try element.needed("StorageClass")
    guard StorageClass.isKnown(name) else {
      throw .malformedXML("StorageClass \(name.prefix(40)) is not known")
    }
    return name
  }

  private static func days(
    _ element: XMLElement, _ name: String, least: Int64
  ) throws(S3Error) -> Int64? {
    guard let days = try element.whole(name) else { return nil }
    guard days >= least, days <= 1_000_000 else {
      throw .invalidArgument(name, "\(days)", "\(name) is at least \(least)")
    }
    return days
  }

  private static func hasDue(_ element: XMLElement) throws(S3Error) -> Bool {
    let days = try element.only("Days")
    let date = try element.only("Date")
    return days != nil || date != nil
  }

  private static func due(_ element: XMLElement, least: Int64) throws(S3Error) -> Due {
    let days = try Self.days(element, "Days", least: least)
    let text = try element.value("Date")
    guard (days == nil) != (text == nil) else {
      throw .malformedXML("\(element.name.local) has either Days or Date")
    }
    guard let text else { return Due(days: days) }
    guard let date = S3Time.milliseconds(text) else {
      throw .malformedXML("Date \(text.prefix(40)) is no time")
    }
    guard date % 86_400_000 == 0 else {
      throw .invalidArgument("Date", text, "Date is not midnight UTC")
    }
    return Due(date: date)
  }
}

extension LifecycleConfiguration {
  public var text: [UInt8] {
    var target = ByteWriter()
    target.appendS3("LifecycleConfiguration") { xml in
      for rule in self.rules { xml.element("Rule") { xml in Self.append(rule, to: &xml) } }
    }
    return target.bytes.array
  }

  private static func append(_ rule: Rule, to xml: inout XMLWriter) {
    xml.element("ID", rule.id)
    if rule.filter.isOldForm {
      xml.element("Prefix", rule.filter.prefix ?? "")
    } else {
      xml.element("Filter") { xml in
        if rule.filter.hasAnd {
          xml.element("And") { xml in Self.append(rule.filter, to: &xml) }
        } else {
          Self.append(rule.filter, to: &xml)
        }
      }
    }
    xml.element("Status", rule.isEnabled ? "Enabled" : "Disabled")
    if rule.expiration != nil || rule.expiresDeleteMarkers != nil {
      xml.element("Expiration") { xml in
        if let due = rule.expiration { Self.append(due, to: &xml) }
        if let flag = rule.expiresDeleteMarkers { xml.element("ExpiredObjectDeleteMarker", flag) }
      }
    }
    if rule.noncurrentDays != nil || rule.newerNoncurrentVersions != nil {
      xml.element("NoncurrentVersionExpiration") { xml in
        if let days = rule.noncurrentDays { xml.element("NoncurrentDays", days) }
        if let newer = rule.newerNoncurrentVersions {
          xml.element("NewerNoncurrentVersions", newer)
        }
      }
    }
    for transition in rule.transitions {
      xml.element("Transition") { xml in
        Self.append(transition.due, to: &xml)
        xml.element("StorageClass", transition.storageClass)
      }
    }
    for transition in rule.noncurrentTransitions {
      xml.element("NoncurrentVersionTransition") { xml in
        if let days = transition.due.days { xml.element("NoncurrentDays", days) }
        if let newer = transition.newerVersions { xml.element("NewerNoncurrentVersions", newer) }
        xml.element("StorageClass", transition.storageClass)
      }
    }
    if let days = rule.abortDays {
      xml.element("AbortIncompleteMultipartUpload") { xml in
        xml.element("DaysAfterInitiation", days)
      }
    }
  }

  private static func append(_ filter: Filter, to xml: inout XMLWriter) {
    xml.element("Prefix", ifPresent: filter.prefix)
    for tag in filter.tags {
      xml.element("Tag") { xml in
        xml.element("Key", tag.key)
        xml.element("Value", tag.value)
      }
    }
    if let size = filter.sizeGreaterThan { xml.element("ObjectSizeGreaterThan", size) }
    if let size = filter.sizeLessThan { xml.element("ObjectSizeLessThan", size) }
  }

  private static func append(_ due: Due, to xml: inout XMLWriter) {
    if let days = due.days { xml.element("Days", days) }
    if let date = due.date { xml.element("Date", S3Time.text(milliseconds: date)) }
  }
}

/// The names of storage classes: labels, mapped to places by configuration.
public enum StorageClass {
  private static let names: Set<String> = [
    "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING",
    "GLACIER", "DEEP_ARCHIVE", "OUTPOSTS", "GLACIER_IR", "SNOW", "EXPRESS_ONEZONE", "FSX_OPENZFS",
    "FSX_ONTAP",
  ]

  public static let standard = "STANDARD"
  public static func isKnown(_ name: String) -> Bool { self.names.contains(name) }
}
