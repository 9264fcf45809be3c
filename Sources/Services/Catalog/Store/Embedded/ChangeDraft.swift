import Iceberg
import JSON
import KeyValue
import Values

/// Takes the steps of a change one after the other, on what the steps before have left.
struct ChangeDraft {
  var view: StoreView
  private let change: CatalogChange

  init(_ view: StoreView, _ change: CatalogChange) {
    self.view = view
    self.change = change
  }

  /// Nil when all steps could be taken; else the first that could not, and why.
  mutating func take() throws -> (ChangeRefusal, Int)? {
    if let request = self.change.request, let taken = try self.view.request(request.key) {
      return (.requestTaken(taken), 0)
    }
    for (position, step) in self.change.steps.enumerated() {
      if let refusal = try self.take(step) { return (refusal, position) }
    }
    if let request = self.change.request { self.view.put(request) }
    try self.view.append(self.change.events)
    return nil
  }

  private var warehouse: String { self.change.warehouse }

  private mutating func take(_ step: ChangeStep) throws -> ChangeRefusal? {
    switch step {
    case .createWarehouse(let record):
      let key = StoreKeys.warehouse(record.name)
      guard try self.view.get(key) == nil else { return .warehouseExists(record.name) }
      self.view.put(record, for: key)
    case .replaceWarehouse(let record, let revision):
      let key = StoreKeys.warehouse(record.name)
      guard let present: WarehouseRecord = try self.view.record(key) else {
        return .warehouseMissing(record.name)
      }
      guard present.revision == revision else { return .warehouseChanged(record.name) }
      var next = record
      next.revision = revision + 1
      self.view.put(next, for: key)
    case .dropWarehouse(let name): return try self.dropWarehouse(name)
    case .createNamespace(let record): return try self.create(record)
    case .replaceNamespace(let record, let revision): return try self.replace(record, revision)
    case .dropNamespace(let namespace): return try self.drop(namespace)
    case .create(let record, let document): return try self.create(record, document)
    case .replace(let record, let document, let version):
      return try self.replace(record, document, version)
    case .rename(let source, let target, let kind):
      return try self.rename(source, target, kind)
    case .drop(let identifier, let kind, let id, let held):
      return try self.drop(identifier, kind, id, held)
    case .restore(let id, let identifier, let now):
      return try self.restore(id, identifier, now)
    case .forget(let id): return try self.forget(id)
    case .protect(let id, let isProtected):
      guard var record: ObjectRecord = try self.view.record(StoreKeys.object(id)) else {
        return .heldObjectMissing(id)
      }
      record.isProtected = isProtected
      self.view.put(record, for: StoreKeys.object(id))
    }
    return nil
  }

  // MARK: Warehouses

  private mutating func dropWarehouse(_ name: String) throws -> ChangeRefusal? {
    guard let record: WarehouseRecord = try self.view.record(StoreKeys.warehouse(name)) else {
      return .warehouseMissing(name)
    }
    guard !record.isProtected else { return .isProtected("warehouse \(name)") }
    for prefix in [
      StoreKeys.namespaces(below: nil, in: name), StoreKeys.dropped(in: name),
    ] {
      guard try !self.view.hasAny(prefix) else { return .warehouseNotEmpty(name) }
    }
    self.view.delete(StoreKeys.warehouse(name))
    return nil
  }

  // MARK: Namespaces

  private mutating func create(_ record: NamespaceRecord) throws -> ChangeRefusal? {
    guard try self.view.get(StoreKeys.warehouse(self.warehouse)) != nil else {
      return .warehouseMissing(self.warehouse)
    }
    if let parent = record.namespace.parent {
      guard try self.has(parent) else { return .namespaceMissing(parent) }
    }
    guard try !self.has(record.namespace) else { return .namespaceExists(record.namespace) }
    self.view.put(record, for: StoreKeys.namespace(record.namespace, in: self.warehouse))
    return nil
  }

  private func has(_ namespace: Namespace) throws -> Bool {
    try self.view.get(StoreKeys.namespace(namespace, in: self.warehouse)) != nil
  }

  private mutating func replace(
    _ record: NamespaceRecord, _ revision: Int64
  ) throws -> ChangeRefusal? {
    let key = StoreKeys.namespace(record.namespace, in: self.warehouse)
    guard let present: NamespaceRecord = try self.view.record(key) else {
      return .namespaceMissing(record.namespace)
    }
    guard present.revision == revision else { return .namespaceChanged(record.namespace) }
    var next = record
    next.revision = revision + 1
    self.view.put(next, for: key)
    return nil
  }

  private mutating func drop(_ namespace: Namespace) throws -> ChangeRefusal? {
    let key = StoreKeys.namespace(namespace, in: self.warehouse)
    guard let record: NamespaceRecord = try self.view.record(key) else {
      return .namespaceMissing(namespace)
    }
    guard !record.isProtected else { return .isProtected("namespace \(namespace)") }
    for prefix in [
      StoreKeys.namespaces(below: namespace, in: self.warehouse),
      StoreKeys.names(in: namespace, of: self.warehouse),
    ] {
      guard try !self.view.hasAny(prefix) else { return .namespaceNotEmpty(namespace) }
    }
    self.view.delete(key)
    return nil
  }
}

/// Tables and views.
extension ChangeDraft {
  private mutating func create(
    _ record: ObjectRecord, _ document: [UInt8]
  ) throws -> ChangeRefusal? {
    if let refusal = try self.checkFree(record.identifier) { return refusal }
    if let refusal = try self.occupy(record) { return refusal }
    let key = StoreKeys.name(record.identifier, in: self.warehouse)
    self.view.put(NameRow(record.kind, record.id).bytes, for: key)
    self.view.put(record, for: StoreKeys.object(record.id))
    self.put(document, of: record)
    if let size = record.size { self.view.put(size, of: record.id, atMS: record.updatedAtMS) }
    return nil
  }

  private mutating func put(_ document: [UInt8], of record: ObjectRecord) {
    self.view.put(document: document, of: record)
    guard self.change.unsynced.contains(record.metadataLocation) else { return }
    self.view.hold(record.metadataLocation, of: record.id, in: self.warehouse)
  }

  /// The namespace is there and the name is not taken.
  private func checkFree(_ identifier: TableIdentifier) throws -> ChangeRefusal? {
    guard try self.has(identifier.namespace) else { return .namespaceMissing(identifier.namespace) }
    guard let row = try self.view.get(StoreKeys.name(identifier, in: self.warehouse)) else {
      return nil
    }
    return .nameTaken(identifier, try NameRow(row).kind)
  }

  /// Takes a location that neither lies in that of another object nor holds one.
  private mutating func occupy(_ record: ObjectRecord) throws -> ChangeRefusal? {
    let location = try Location(parsing: record.location)
    for place in [location] + location.ancestors {
      let owner = try self.view.get(StoreKeys.location(place, in: self.warehouse))
      guard owner == nil || owner.flatMap({ StoreKeys.id($0) }) == record.id else {
        return .locationTaken(record.location)
      }
    }
    let key = StoreKeys.location(location, in: self.warehouse)
    let isOwn = try self.view.get(key) != nil
    if !isOwn, try self.view.hasAny(key) { return .locationTaken(record.location) }
    self.view.put(StoreKeys.bytes(record.id), for: key)
    return nil
  }

  private mutating func leave(_ location: String) throws {
    self.view.delete(
      StoreKeys.location(try Location(parsing: location), in: self.warehouse))
  }

  private mutating func replace(
    _ record: ObjectRecord, _ document: [UInt8], _ version: Int64
  ) throws -> ChangeRefusal? {
    let key = StoreKeys.object(record.id)
    guard let present: ObjectRecord = try self.view.record(key), present.dropped == nil else {
      return .objectMissing(record.identifier, record.kind)
    }
    guard present.version == version else { return .pointerMoved(record.identifier) }
    var next = record
    // A rename or a protection that came meanwhile is not taken back.
    next.identifier = present.identifier
    next.isProtected = present.isProtected
    if present.location != next.location {
      try self.leave(present.location)
      if let refusal = try self.occupy(next) { return refusal }
    }
    self.view.put(next, for: key)
    try self.view.keepHeld(present.metadataLocation, of: record.id)
    self.put(document, of: next)
    if let size = next.size, size.snapshotID != present.size?.snapshotID {
      self.view.put(size, of: next.id, atMS: next.updatedAtMS)
    }
    return nil
  }

  private mutating func rename(
    _ source: TableIdentifier, _ target: TableIdentifier, _ kind: ObjectKind
  ) throws -> ChangeRefusal? {
    let key = StoreKeys.name(source, in: self.warehouse)
    guard let row = try self.view.get(key), try NameRow(row).kind == kind,
      var record: ObjectRecord = try self.view.record(StoreKeys.object(try NameRow(row).id))
    else { return .objectMissing(source, kind) }
    if source == target { return nil }
    if let refusal = try self.checkFree(target) { return refusal }
    self.view.delete(key)
    self.view.put(row, for: StoreKeys.name(target, in: self.warehouse))
    record.identifier = target
    self.view.put(record, for: StoreKeys.object(record.id))
    return nil
  }

  private mutating func drop(
    _ identifier: TableIdentifier, _ kind: ObjectKind, _ id: ObjectID, _ held: ObjectRecord.Dropped?
  ) throws -> ChangeRefusal? {
    let key = StoreKeys.name(identifier, in: self.warehouse)
    guard let row = try self.view.get(key), try NameRow(row).kind == kind,
      try NameRow(row).id == id,
      var record: ObjectRecord = try self.view.record(StoreKeys.object(id))
    else { return .objectMissing(identifier, kind) }
    guard !record.isProtected else { return .isProtected("\(kind.word) \(identifier)") }
    self.view.delete(key)
    guard let held else {
      // Its files stay for others.
      try self.view.keepHeld(record.metadataLocation, of: id)
      try self.erase(record)
      return nil
    }
    record.dropped = held
    self.view.put(record, for: StoreKeys.object(id))
    self.view.put([], for: StoreKeys.dropped(id, in: self.warehouse))
    return nil
  }

  private mutating func erase(_ record: ObjectRecord) throws {
    try self.leave(record.location)
    self.view.delete(StoreKeys.object(record.id))
    self.view.deleteDocument(record.id)
  }

  private mutating func restore(
    _ id: ObjectID, _ identifier: TableIdentifier, _ now: Int64
  ) throws -> ChangeRefusal? {
    let key = StoreKeys.object(id)
    guard var record: ObjectRecord = try self.view.record(key), record.dropped != nil else {
      return .heldObjectMissing(id)
    }
    if let refusal = try self.checkFree(identifier) { return refusal }
    record.dropped = nil
    record.identifier = identifier
    record.updatedAtMS = now
    self.view.put(record, for: key)
    self.view.put(
      NameRow(record.kind, id).bytes, for: StoreKeys.name(identifier, in: self.warehouse))
    self.view.delete(StoreKeys.dropped(id, in: self.warehouse))
    return nil
  }

  private mutating func forget(_ id: ObjectID) throws -> ChangeRefusal? {
    guard let record: ObjectRecord = try self.view.record(StoreKeys.object(id)),
      record.dropped != nil
    else { return .heldObjectMissing(id) }
    self.view.delete(StoreKeys.dropped(id, in: self.warehouse))
    self.view.release(record.metadataLocation)
    try self.erase(record)
    return nil
  }
}
