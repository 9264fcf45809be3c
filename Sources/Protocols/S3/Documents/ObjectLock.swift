private import Bytes
private import XML

public enum LockMode: String, Sendable {
  case governance = "GOVERNANCE"
  case compliance = "COMPLIANCE"
}

/// A bucket's object lock, with the retention that new objects get.
public struct ObjectLockConfiguration: Hashable, Sendable {
  public struct DefaultRetention: Hashable, Sendable {
    public var mode: LockMode
    public var days: Int64?
    public var years: Int64?

    /// From `start` on, milliseconds since 1970; a year has 365 days.
    public func until(from start: UInt64) -> UInt64 {
      let days = self.days ?? (self.years ?? 0) * 365
      return start &+ UInt64(clamping: days) &* 86_400_000
    }
  }

  public var defaultRetention: DefaultRetention?

  public static let daysMax: Int64 = 36_500

  public init() {}

  public init(_ bytes: [UInt8]) throws(S3Error) {
    let root = try S3Document.root("ObjectLockConfiguration", of: bytes)
    guard try root.value("ObjectLockEnabled") == "Enabled" else {
      throw .malformedXML("ObjectLockEnabled is not Enabled")
    }
    guard let rule = try root.only("Rule") else { return }
    guard let retention = try rule.only("DefaultRetention") else {
      throw .malformedXML("a Rule has no DefaultRetention")
    }
    guard let mode = LockMode(rawValue: try retention.needed("Mode")) else {
      throw .malformedXML("Mode is not GOVERNANCE or COMPLIANCE")
    }
    let days = try retention.whole("Days")
    let years = try retention.whole("Years")
    guard (days == nil) != (years == nil) else {
      throw .malformedXML("a retention has either Days or Years")
    }
    let count = days ?? years ?? 0
    guard count > 0, count <= (days == nil ? Self.daysMax / 365 : Self.daysMax) else {
      throw S3Error(
        .invalidRetentionPeriod, "a retention of \(count) \(days == nil ? "years" : "days")")
    }
    self.defaultRetention = DefaultRetention(mode: mode, days: days, years: years)
  }

  public var text: [UInt8] {
    var target = ByteWriter()
    target.appendS3("ObjectLockConfiguration") { xml in
      xml.element("ObjectLockEnabled", "Enabled")
      guard let retention = self.defaultRetention else { return }
      xml.element("Rule") { xml in
        xml.element("DefaultRetention") { xml in
          xml.element("Mode", retention.mode.rawValue)
          if let days = retention.days { xml.element("Days", days) }
          if let years = retention.years { xml.element("Years", years) }
        }
      }
    }
    return target.bytes.array
  }
}

/// The retention of one version.
public struct RetentionDocument: Hashable, Sendable {
  public var mode: LockMode
  public var untilMilliseconds: UInt64

  public init(mode: LockMode, untilMilliseconds: UInt64) {
    self.mode = mode
    self.untilMilliseconds = untilMilliseconds
  }

  /// Nil for a document that takes a retention away.
  public static func read(_ bytes: [UInt8]) throws(S3Error) -> RetentionDocument? {
    let root = try S3Document.root("Retention", of: bytes)
    if root.children.isEmpty { return nil }
    guard let mode = LockMode(rawValue: try root.needed("Mode")) else {
      throw .malformedXML("Mode is not GOVERNANCE or COMPLIANCE")
    }
    guard let until = S3Time.milliseconds(try root.needed("RetainUntilDate")) else {
      throw .malformedXML("RetainUntilDate is no time")
    }
    return RetentionDocument(mode: mode, untilMilliseconds: until)
  }

  public var text: [UInt8] {
    var target = ByteWriter()
    target.appendS3("Retention") { xml in
      xml.element("Mode", self.mode.rawValue)
      xml.element("RetainUntilDate", S3Time.text(milliseconds: self.untilMilliseconds))
    }
    return target.bytes.array
  }
}

public enum LegalHoldDocument {
  public static func isOn(_ bytes: [UInt8]) throws(S3Error) -> Bool {
    let root = try S3Document.root("LegalHold", of: bytes)
    return try Self.isOn(text: try root.needed("Status"))
  }

  public static func isOn(text: String) throws(S3Error) -> Bool {
    switch text {
    case "ON": return true
    case "OFF": return false
    default: throw .malformedXML("Status is \(text.prefix(40)), not ON or OFF")
    }
  }

  public static func text(isOn: Bool) -> [UInt8] {
    var target = ByteWriter()
    target.appendS3("LegalHold") { xml in xml.element("Status", isOn ? "ON" : "OFF") }
    return target.bytes.array
  }
}
