/// Values for every key of a schema, all of them right, each with its origin.
public struct Configuration: Sendable {
  struct Entry: Sendable {
    var value: any ConfigurationValue
    var origin: ConfigurationOrigin
  }

  public let schema: ConfigurationSchema
  var entries: [String: Entry]

  /// - Precondition: the key is in the schema.
  public subscript<Value: ConfigurationValue>(key: ConfigurationKey<Value>) -> Value {
    guard let value = self.entries[key.declaration.path]?.value as? Value else {
      preconditionFailure("\(key.declaration.path) is not in the schema")
    }
    return value
  }

  /// Where the value of a key came from.
  public func origin<Value>(of key: ConfigurationKey<Value>) -> ConfigurationOrigin {
    self.entries[key.declaration.path]?.origin ?? .builtIn
  }

  /// True when a source gave the value, be it equal to the default.
  public func isGiven<Value>(_ key: ConfigurationKey<Value>) -> Bool {
    self.origin(of: key) != .builtIn
  }
}

/// `config show`.
extension Configuration {
  public struct Shown: Hashable, Sendable {
    public var path: String
    /// Nil when there is no value; `•••` for one that is not shown.
    public var value: String?
    public var origin: ConfigurationOrigin
    public var needsRestart: Bool
    public var summary: String
  }

  /// Every key in the order of the schema.
  public func shown() -> [Shown] {
    self.schema.keys.map { key in
      let entry = self.entries[key.path]
      return Shown(
        path: key.path, value: entry.flatMap { $0.value.configurationText },
        origin: entry?.origin ?? .builtIn, needsRestart: key.needsRestart, summary: key.summary)
    }
  }
}

/// Reload.
extension Configuration {
  public struct Change: Hashable, Sendable {
    public var path: String
    /// What is shown of the value; nil for none.
    public var old: String?
    public var new: String?
    public var needsRestart: Bool
  }

  /// The keys whose values differ, in the order of the schema; a change of origin alone is none.
  ///
  /// - Precondition: both are of the same schema.
  public func changes(to new: Configuration) -> [Change] {
    self.schema.keys.compactMap { key in
      guard let before = self.entries[key.path], let after = new.entries[key.path] else {
        preconditionFailure("\(key.path) is not in both configurations")
      }
      guard !Self.areEqual(before.value, after.value) else { return nil }
      return Change(
        path: key.path, old: before.value.configurationText, new: after.value.configurationText,
        needsRestart: key.needsRestart)
    }
  }

  /// What holds after a reload: the new values, but the old ones of keys that need a restart.
  public func reloaded(with new: Configuration) -> Configuration {
    var result = new
    for key in self.schema.keys where key.needsRestart {
      result.entries[key.path] = self.entries[key.path]
    }
    return result
  }

  private static func areEqual(
    _ left: some ConfigurationValue, _ right: any ConfigurationValue
  ) -> Bool {
    func same<Value: ConfigurationValue>(_ left: Value) -> Bool { right as? Value == left }
    return same(left)
  }
}
