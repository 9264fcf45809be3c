/// How JSON is read.
public struct JSONDecodingOptions: Sendable {
  /// Members that the message does not have, and enumeration names it does not know, are skipped; they
  /// are errors otherwise.
  public var ignoresUnknownFields = false
  /// Enumeration names that are unknown are errors even so.
  public var refusesUnknownNames = false
  /// Types that an `Any` may hold.
  public var registry = TypeRegistry.wellKnown
  public var limits = DecodingLimits()

  public init() {}
}

/// How JSON is written.
public struct JSONEncodingOptions: Sendable {
  /// Also writes zeros, empty lists and empty maps. Fields with presence are left out when absent.
  public var includesDefaults = false
  /// Also writes null for sub-messages that are absent, except those marked `optional` and members of a
  /// oneof: the form that gateways of other implementations answer in.
  public var includesAbsentMessages = false
  /// Names as in the schema instead of lower camel case.
  public var usesSchemaNames = false
  /// Enumerations as numbers.
  public var usesEnumNumbers = false
  public var isPretty = false
  /// Map entries sorted by key.
  public var isDeterministic = false
  /// Types that an `Any` may hold.
  public var registry = TypeRegistry.wellKnown

  public init() {}
}
