import Bytes
import Crypto
import Iceberg
import JSON
import Postgres
import Values

/// How names, places and records stand in the tables.
enum PostgresNames {
  /// What stands for a namespace wherever it is looked up.
  static func id(of namespace: Namespace, in warehouse: String) -> PostgresValue {
    let text = "\(warehouse)\u{0}\(self.levels(namespace))"
    let digest = SHA256.digest(of: Array(text.utf8).rawBytes)
    var reader = ByteReader(digest.bytes)
    let (high, low) = (reader.bigEndian(UInt64.self) ?? 0, reader.bigEndian(UInt64.self) ?? 0)
    return self.value(ObjectID(high: high, low: low))
  }

  static func value(_ id: ObjectID) -> PostgresValue { .text(id.description) }

  static func levels(_ namespace: Namespace) -> String {
    namespace.levels.joined(separator: "\u{1F}")
  }

  static func namespace(_ levels: String) -> Namespace {
    Namespace(levels.split(separator: "\u{1F}", omittingEmptySubsequences: false).map(String.init))
  }

  static func place(_ location: Location) -> String { "\(location.folded)/" }

  /// From the top.
  static func above(_ location: Location) -> [String] {
    location.ancestors.reversed().map { self.place($0) }
  }

  static func text(_ record: some JSONEncodable) -> PostgresValue {
    .text(String(decoding: StoreRecords.bytes(record), as: UTF8.self))
  }
}

extension PostgresRows {
  func id(_ row: Int, _ column: Int) -> ObjectID? {
    self.bytes(row, column).flatMap { StoreKeys.id(Array($0)) }
  }

  func record<T: JSONDecodable>(
    _ row: Int, _ column: Int, as type: T.Type = T.self
  ) throws(CatalogStoreError) -> T {
    guard let bytes = self.bytes(row, column) else { throw Self.damaged }
    return try StoreRecords.decode(bytes.bytes)
  }

  static var damaged: CatalogStoreError {
    CatalogStoreError(.damaged, "a row of the catalog's tables is not what was written")
  }

  /// The columns of an object, in the order of `PostgresStore.objectColumns`.
  func object(_ row: Int) throws(CatalogStoreError) -> ObjectRecord {
    guard let id = self.id(row, 0), let levels = self.text(row, 1), let name = self.text(row, 2),
      let kind = self.integer(row, 3).flatMap({ ObjectKind(rawValue: UInt8(clamping: $0)) }),
      let uuid = self.id(row, 4), let version = self.integer(row, 5),
      let metadataLocation = self.text(row, 6), let location = self.text(row, 7),
      let created = self.integer(row, 8), let updated = self.integer(row, 9)
    else { throw Self.damaged }
    var record = ObjectRecord(
      id: id, kind, TableIdentifier(PostgresNames.namespace(levels), name), uuid: uuid,
      metadataLocation: metadataLocation, location: location, createdAtMS: created)
    record.version = version
    record.updatedAtMS = updated
    record.isProtected = self.flag(row, 10) ?? false
    if let size = self.bytes(row, 11) { record.size = try StoreRecords.decode(size.bytes) }
    if let at = self.integer(row, 12) {
      record.dropped = ObjectRecord.Dropped(
        atMS: at, purgeAtMS: self.integer(row, 13) ?? at, purges: self.flag(row, 14) ?? false)
    }
    return record
  }
}
