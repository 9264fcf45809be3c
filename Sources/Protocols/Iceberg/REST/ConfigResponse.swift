public import JSON

/// What a catalog tells its clients first.
public struct ConfigResponse: Hashable, Sendable {
  public var defaults: Properties
  public var overrides: Properties
  /// Nil when the service does not say, which means the basic ones.
  public var endpoints: [String]?
  /// An ISO 8601 duration; nil when idempotency keys are not supported.
  public var idempotencyKeyLifetime: String?

  public init(
    defaults: Properties = [:], overrides: Properties = [:], endpoints: [String]? = nil,
    idempotencyKeyLifetime: String? = nil
  ) {
    self.defaults = defaults
    self.overrides = overrides
    self.endpoints = endpoints
    self.idempotencyKeyLifetime = idempotencyKeyLifetime
  }
}

extension ConfigResponse: JSONDecodable, JSONEncodable {
  public init(json: JSONCursor) throws(JSONError) {
    func strings(_ value: JSONCursor) throws(JSONError) -> Properties { try value.readStrings() }
    self.init(
      defaults: try json.memberIfPresent("defaults", strings) ?? [:],
      overrides: try json.memberIfPresent("overrides", strings) ?? [:],
      endpoints: try json.memberIfPresent("endpoints") { (value) throws(JSONError) in
        try value.readArray { (element) throws(JSONError) in try element.readString() }
      }, idempotencyKeyLifetime: try json.stringIfPresent("idempotency-key-lifetime"))
  }

  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("defaults", self.defaults)
      json.member("overrides", self.overrides)
      json.member("idempotency-key-lifetime", ifPresent: self.idempotencyKeyLifetime)
      json.member("endpoints", ifPresent: self.endpoints)
    }
  }
}
