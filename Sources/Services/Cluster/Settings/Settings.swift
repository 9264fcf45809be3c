import Bytes
package import Runtime
package import Values

/// The settings of the cluster: what was declared, what was set, and what holds.
package final class Settings: Sendable {
  private let facts: any Facts
  private let mirror: FactMirror
  private let declarations: [String: SettingDeclaration]

  private static let prefix = "settings/"
  private static func key(_ key: String) -> FactKey { FactKey(self.prefix + key) }

  /// - Precondition: no key is declared twice.
  package init(
    _ declarations: [SettingDeclaration], _ facts: any Facts, time: any TimeSource
  ) {
    self.facts = facts
    self.mirror = FactMirror(facts, Self.prefix, time: time)
    self.declarations = Dictionary(declarations.map { ($0.key, $0) }) { first, _ in
      preconditionFailure("the setting \(first.key) is declared twice")
    }
  }

  /// Keeps what is read current until the task is cancelled.
  package func run() async throws(CancellationError) { try await self.mirror.run() }

  /// Rings `bell` whenever a setting may have changed, until it is removed.
  package func add(_ bell: Bell) { self.mirror.add(bell) }
  package func remove(_ bell: Bell) { self.mirror.remove(bell) }

  // MARK: Reading, from memory

  /// In the order of the keys.
  package var all: [SettingValue] {
    self.declarations.values.sorted { $0.key < $1.key }.map(self.value)
  }

  package func show(_ key: String) throws(ClusterError) -> SettingValue {
    self.value(try self.declaration(key))
  }

  // For the service that declared it: another kind is our bug.

  package func duration(_ key: String) -> Duration {
    self.read(key) { (text) throws(ValueError) in try DurationText.parse(text) }
  }
  package func size(_ key: String) -> ByteCount {
    self.read(key) { (text) throws(ValueError) in try ByteCount(parsing: text) }
  }
  package func ratio(_ key: String) -> Ratio {
    self.read(key) { (text) throws(ValueError) in try Ratio(parsing: text) }
  }
  package func integer(_ key: String) -> Int64 {
    self.read(key) { text in Int64(text) ?? 0 }
  }
  package func boolean(_ key: String) -> Bool { self.read(key) { $0 == "true" } }
  package func text(_ key: String) -> String { self.read(key) { $0 } }

  private func read<T>(_ key: String, _ parse: (String) throws(ValueError) -> T) -> T {
    guard let declaration = self.declarations[key] else {
      preconditionFailure("BUG: the setting \(key) was not declared")
    }
    do throws(ValueError) {
      return try parse(self.value(declaration).value)
    } catch {
      preconditionFailure("BUG: the setting \(key) is no \(declaration.typeName): \(error)")
    }
  }

  private func value(_ declaration: SettingDeclaration) -> SettingValue {
    self.value(declaration, self.mirror[Self.key(declaration.key)])
  }

  /// A value that a newer or older program has set and that is none here counts as not set.
  private func value(_ declaration: SettingDeclaration, _ fact: Fact?) -> SettingValue {
    if let text = fact?.value.rawBytes.text, let value = try? declaration.canonical(text) {
      return SettingValue(declaration: declaration, value: value, source: .cluster)
    }
    return SettingValue(
      declaration: declaration, value: declaration.defaultText, source: .default)
  }

  private func declaration(_ key: String) throws(ClusterError) -> SettingDeclaration {
    if let declaration = self.declarations[key] { return declaration }
    throw ClusterError(
      .notFound, "there is no setting \(key.debugDescription)",
      hint: "lakectl cluster settings list")
  }

  // MARK: Changing

  /// Sets a value for the whole cluster. One that holds already changes nothing.
  package func set(_ key: String, to text: String) async throws(ClusterError) -> SettingChange {
    let declaration = try self.declaration(key)
    let value: String
    do throws(ValueError) {
      value = try declaration.canonical(text)
    } catch {
      throw ClusterError(
        .invalid, "cannot set \(key): \(error.message)", hint: "it takes \(declaration.rangeText)")
    }
    return try await self.change(declaration, to: value)
  }

  /// Back to the default.
  package func unset(_ key: String) async throws(ClusterError) -> SettingChange {
    try await self.change(try self.declaration(key), to: nil)
  }

  private func change(
    _ declaration: SettingDeclaration, to text: String?
  ) async throws(ClusterError) -> SettingChange {
    let key = Self.key(declaration.key)
    while true {
      let fact = try await clustered { () throws(FactsError) in try await self.facts.get(key) }
      let previous = self.value(declaration, fact)
      let setting = SettingValue(
        declaration: declaration, value: text ?? declaration.defaultText,
        source: text == nil ? .default : .cluster)
      guard fact?.value != text.map({ Array($0.utf8) }) else {
        return SettingChange(setting: setting, previous: previous, changed: false)
      }
      let change: FactTransaction.Change =
        text.map { .put(key, Array($0.utf8), lease: nil) } ?? .delete(key)
      let outcome = try await clustered { () throws(FactsError) in
        try await self.facts.commit(
          FactTransaction(if: [.isUnchanged(key, since: fact?.modifiedAt ?? .zero)], [change]))
      }
      guard let revision = outcome.revision else { continue }
      // Who has set a value reads it: for as long as the view takes, at most a second.
      await self.show(revision)
      return SettingChange(setting: setting, previous: previous, changed: true)
    }
  }

  private func show(_ revision: FactRevision) async {
    guard self.mirror.revision != nil else { return }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await self.mirror.wait(for: revision) }
      group.addTask { try? await self.mirror.time.sleep(for: .seconds(1)) }
      _ = await group.next()
      group.cancelAll()
    }
  }
}
