import Bytes
import KeyValue
import Values

/// Metadata files that the store answers for until they are durable.
extension EmbeddedStore {
  func heldFiles(
    after location: String?, limit: Int
  ) async throws(CatalogStoreError) -> [HeldFile] {
    let rows = try await self.page(
      [], after: location.map { Array($0.utf8) }, limit: limit, in: self.files
    ) { (key, value) throws(CatalogStoreError) in
      HeldFileRow(value.array).map { (key.lossyText, $0) }
    }
    var found: [HeldFile] = []
    for (location, row) in rows {
      var document: StoredDocument?
      if row.document.isEmpty {
        document = try await self.document(row.id)
      } else {
        document = StoredDocument(row: row.document)
      }
      // Of an object that is not there any more nobody misses the file.
      guard let document, document.metadataLocation == location else { continue }
      found.append(HeldFile(location: location, warehouse: row.warehouse, document: document))
    }
    return found
  }

  func release(_ locations: [String]) async throws(CatalogStoreError) {
    var batch = WriteBatch()
    for location in locations { batch.delete(Array(location.utf8), in: self.files) }
    do throws(StoreError) {
      // A row that comes back after a power cut is looked at once more.
      try await self.store.commit(batch, .logged)
    } catch {
      throw CatalogStoreError(error, whileChanging: false)
    }
  }
}

/// The row of a metadata file that may not be durable: id (16 bytes), byte count of the warehouse's name
/// (u32 LE), the name; then nothing while its document is the present one, else that document's row.
struct HeldFileRow {
  var id: ObjectID
  var warehouse: String
  var document: [UInt8] = []

  init(_ id: ObjectID, _ warehouse: String) {
    self.id = id
    self.warehouse = warehouse
  }

  init?(_ bytes: [UInt8]) {
    guard let id = StoreKeys.id(bytes.prefix(16)) else { return nil }
    var reader = ByteReader(bytes.rawBytes.extracting(16..<bytes.count))
    guard let warehouse = DocumentHeader.text(&reader) else { return nil }
    self.init(id, warehouse)
    self.document = Array(bytes[(16 + reader.offset)...])
  }

  var bytes: [UInt8] {
    var row = ByteWriter(capacity: 64 + self.document.count)
    self.id.append(to: &row)
    row.append(littleEndian: UInt32(self.warehouse.utf8.count))
    row.append(self.warehouse)
    row.append(self.document)
    return row.bytes.array
  }
}
