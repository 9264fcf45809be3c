import Iceberg
import Runtime
import Values

/// What locations an object may name: everything of its own, else only places of the warehouse that
/// belong to no other object. The first is known at once; the others are gathered, and the store is
/// asked when the metadata is made.
final class LocationRules: Sendable {
  private let warehouse: Location
  /// Where the object lies, or will.
  private let own: Location?
  private let foreign = Guarded<[String]>([])

  init(_ warehouse: Warehouse, own: String?) {
    self.warehouse = warehouse.location
    self.own = own.flatMap { try? Location(parsing: $0) }
  }

  /// Those to ask the store about.
  var gathered: [String] { self.foreign.withLock { $0 } }

  func check(_ use: CommitRules.LocationUse, _ text: String) throws(IcebergError) {
    let location = try Location(parsing: text)
    // Nothing here opens a file of statistics: one in a store of somebody else is its writer's affair.
    if case .statistics = use, location.scheme != "file", !location.isBeside(self.warehouse) {
      return
    }
    guard location.isInside(self.warehouse) else {
      throw IcebergError(
        .validation,
        "the \(Self.word(use)) location \(text.prefix(300)) is not in the warehouse "
          + "\(self.warehouse)")
    }
    if let own, location.isInside(own) { return }
    // A table's own location is checked where it is taken.
    guard case .table = use else {
      self.foreign.withLock { if $0.count < 10_000 { $0.append(text) } }
      return
    }
  }

  private static func word(_ use: CommitRules.LocationUse) -> String {
    switch use {
    case .table: "table"
    case .metadata: "metadata"
    case .data: "data"
    case .manifestList: "manifest list"
    case .statistics: "statistics"
    }
  }
}

extension IcebergCatalog {
  func rules(_ locations: LocationRules, in warehouse: Warehouse) -> CommitRules {
    var rules = CommitRules(nowMS: self.nowMS) { (use, text) throws(IcebergError) in
      try locations.check(use, text)
    }
    rules.formatVersionMax = warehouse.record.formatVersionMax
    rules.formatVersionDefault = min(
      self.options.defaultFormatVersion, warehouse.record.formatVersionMax)
    rules.enforcesSchemaEvolution = self.options.enforcesSchemaEvolution
    return rules
  }

  /// Throws when a gathered location is that of another object, or lies in it.
  func checkForeign(
    _ locations: LocationRules, of id: ObjectID?, location: String, in warehouse: Warehouse
  ) async throws {
    let gathered = locations.gathered
    guard !gathered.isEmpty else { return }
    let own = try Location(parsing: location)
    var seen: Set<Location> = []
    for text in gathered {
      let place = try Location(parsing: text)
      guard !place.isInside(own) else { continue }
      // Files of one folder have one owner.
      guard let folder = place.ancestors.first, seen.insert(folder).inserted else { continue }
      if let owner = try await self.store.owner(of: place, in: warehouse.name), owner != id {
        throw IcebergError(
          .validation, "the location \(text.prefix(300)) belongs to another table or view")
      }
    }
  }

  /// The location of a new object, checked: the one that was asked for, or one made of its name.
  func newLocation(
    _ requested: String?, for identifier: TableIdentifier, in namespace: NamespaceRecord,
    uuid: ObjectID, _ warehouse: Warehouse
  ) async throws -> String {
    guard let requested else {
      return try self.generatedLocation(
        for: identifier, in: namespace, uuid: uuid, warehouse
      ).description
    }
    let location = try Location(parsing: requested)
    guard location.isInside(warehouse.location), location != warehouse.location else {
      throw IcebergError(
        .validation,
        "the location \(requested.prefix(300)) is not in the warehouse \(warehouse.location)")
    }
    if try await self.store.owner(of: location, in: warehouse.name) != nil {
      throw ErrorResponse.locationTaken(location.description)
    }
    // As the client writes it, but for slashes at the end: it compares. Other clients, though, do not
    // take a bare path, or one with the name of this machine, for a file's.
    let isOdd =
      location.scheme == "file"
      && (!requested.hasPrefix("file:/") || requested.hasPrefix("file://localhost"))
    return isOdd ? location.description : TableMetadata.trimmed(requested)
  }

  private func generatedLocation(
    for identifier: TableIdentifier, in namespace: NamespaceRecord, uuid: ObjectID,
    _ warehouse: Warehouse
  ) throws -> Location {
    guard let stored = namespace.properties["location"] else {
      return self.options.layout.location(
        in: warehouse.location, namespace: identifier.namespace, name: identifier.name,
        uuid: uuid.uuid)
    }
    return self.options.layout.location(
      in: try Location(parsing: stored), namespace: Namespace([]), name: identifier.name,
      uuid: uuid.uuid)
  }
}

extension TableMetadata {
  static func trimmed(_ location: String) -> String {
    var text = Substring(location)
    while text.hasSuffix("/"), !text.hasSuffix("://") { text.removeLast() }
    return String(text)
  }
}
