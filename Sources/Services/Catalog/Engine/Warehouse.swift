import Iceberg
import S3
import Values
import Synchronization

/// A warehouse with its storage, ready for use.
final class Warehouse: Sendable {
  let record: WarehouseRecord
  let location: Location
  let storage: any TableStorage

  init(_ record: WarehouseRecord, storage: any TableStorage) throws(IcebergError) {
    self.record = record
    self.location = try Location(parsing: record.location)
    self.storage = storage
  }

  var name: String { self.record.name }

  /// How a client reaches the files; none of it is secret.
  var clientConfig: Properties {
    guard let endpoint = (self.storage as? S3Storage)?.endpoint else { return [:] }
    return [
      "s3.path-style-access": "\(endpoint.usesPathStyle)", "s3.endpoint": endpoint.text,
      "s3.region": endpoint.region, "client.region": endpoint.region,
    ]
  }
}

/// The warehouses that are known, by name.
final class WarehouseSet: Sendable {
  typealias Opening = @Sendable (WarehouseRecord) throws -> any TableStorage

  private let known = Mutex<[String: Warehouse]>([:])
  private let open: Opening

  init(opening open: @escaping Opening) { self.open = open }

  subscript(name: String) -> Warehouse? { self.known.withLock { $0[name] } }
  var all: [Warehouse] {
    self.known.withLock {
      $0.values.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }
  }

  /// The warehouse that a client means: a name, an id, or a location.
  func find(_ text: String) -> Warehouse? {
    if let named = self[text] { return named }
    let location = try? Location(parsing: text).folded
    return self.all.first { warehouse in
      warehouse.record.id.description == text.lowercased()
        || location.map { $0 == warehouse.location.folded } ?? false
    }
  }

  /// A warehouse that is not among the known ones.
  func opened(_ record: WarehouseRecord) throws -> Warehouse {
    try Warehouse(record, storage: try self.open(record))
  }

  /// Takes over what the store says; storages of records that did not change stay as they are.
  func update(_ records: [WarehouseRecord]) throws {
    var next: [String: Warehouse] = [:]
    for record in records {
      if let present = self[record.name], present.record == record {
        next[record.name] = present
      } else {
        next[record.name] = try Warehouse(record, storage: try self.open(record))
      }
    }
    self.known.withLock { $0 = next }
  }
}
