import Protobuf
package import SeriesWire

/// The schema at a moment: a value that does not change under its reader.
package struct SchemaState: Sendable {
  struct Entry: Sendable {
    var item: SchemaItem
    var revision: Int64
    var deletedAt: Int64
  }

  private(set) var entries: [SchemaKey: Entry] = [:]
  /// Living objects by group, those of a kind in the order of their names.
  private var names: [String: [SchemaKind: Set<String>]] = [:]
  /// The highest revision or deletion that is applied.
  package private(set) var appliedRevision: Int64 = 0
  /// Grows with every change: for what is derived and kept beside.
  package private(set) var generation: UInt64 = 0
  /// Groups whose deletion is under way.
  package internal(set) var deleting: Set<String> = []

  package init() {}

  mutating func apply(_ record: SchemaRecord, _ key: SchemaKey) {
    self.generation &+= 1
    self.appliedRevision = max(self.appliedRevision, record.revision, record.deletedAt)
    self.entries[key] = Entry(
      item: record.item, revision: record.revision, deletedAt: record.deletedAt)
    if record.deletedAt == 0 {
      self.names[key.group, default: [:]][key.kind, default: []].insert(key.name)
    } else {
      self.names[key.group]?[key.kind]?.remove(key.name)
    }
  }

  mutating func remove(_ key: SchemaKey) {
    self.generation &+= 1
    self.entries[key] = nil
    self.names[key.group]?[key.kind]?.remove(key.name)
  }

  mutating func setDeleting(_ groups: Set<String>) {
    guard groups != self.deleting else { return }
    self.generation &+= 1
    self.deleting = groups
  }

  /// The object, unless it was deleted.
  package func item(_ key: SchemaKey) -> SchemaItem? {
    guard let entry = self.entries[key], entry.deletedAt == 0 else { return nil }
    return entry.item
  }

  /// The group was there and was deleted.
  package func isGone(_ group: String) -> Bool {
    self.entries[.group(group)].map { $0.deletedAt != 0 } ?? false
  }

  package func revision(_ key: SchemaKey) -> Int64? {
    guard let entry = self.entries[key], entry.deletedAt == 0 else { return nil }
    return entry.revision
  }

  package func object<Object: SchemaObject>(_: Object.Type, _ key: SchemaKey) -> Object? {
    self.item(key)?.object as? Object
  }

  package func group(_ name: String) -> CommonWire.Group? {
    guard case .group(let group)? = self.item(.group(name)) else { return nil }
    return group
  }

  /// Names of living objects, sorted by their bytes.
  package func names(_ kind: SchemaKind, in group: String) -> [String] {
    (self.names[group]?[kind] ?? []).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  package func objects<Object: SchemaObject>(_: Object.Type, in group: String) -> [Object] {
    self.names(Object.kind, in: group).compactMap {
      self.object(Object.self, SchemaKey(Object.kind, group, $0))
    }
  }

  package var groups: [CommonWire.Group] {
    self.names.filter { !($0.value[.group] ?? []).isEmpty }.keys
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.compactMap(self.group)
  }

  /// The inventory of a group.
  package func inventory(of group: String) -> DatabaseWire.SchemaInfo {
    DatabaseWire.SchemaInfo {
      $0.streams = self.names(.stream, in: group)
      $0.measures = self.names(.measure, in: group)
      $0.traces = self.names(.trace, in: group)
      $0.properties = self.names(.property, in: group)
      $0.indexRules = self.names(.indexRule, in: group)
      $0.indexRuleBindings = self.names(.indexRuleBinding, in: group)
      $0.topnAggregations = self.names(.topN, in: group)
    }
  }
}
