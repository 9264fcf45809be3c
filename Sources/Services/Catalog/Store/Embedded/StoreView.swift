import Bytes
import Iceberg
import JSON
import KeyValue
import Values

/// What the steps of one change see: the store as it is, and over it what the steps before have written.
struct StoreView {
  private let decision: Decision
  let families: StoreFamilies
  /// Rows of the family "names" that this change writes; nil: deletes.
  private var pending: [[UInt8]: [UInt8]?] = [:]
  private var documents: [ObjectID: [UInt8]?] = [:]

  init(_ decision: Decision, _ families: StoreFamilies) {
    self.decision = decision
    self.families = families
  }

  // MARK: Reading

  func get(_ key: [UInt8]) throws(StoreError) -> [UInt8]? {
    if let written = self.pending[key] { return written }
    return try self.decision.get(key, in: self.families.names)
  }

  /// Whether any key begins with `prefix`.
  func hasAny(_ prefix: [UInt8]) throws(StoreError) -> Bool {
    var deleted = 0
    for (key, value) in self.pending where key.starts(with: prefix) {
      if value != nil { return true }
      deleted += 1
    }
    let records = try self.decision.records(
      .prefix(prefix), in: self.families.names, countMax: deleted + 1)
    return records.contains { record in
      guard let written = self.pending[record.key] else { return true }
      return written != nil
    }
  }

  func record<T: JSONDecodable>(
    _ key: [UInt8], as type: T.Type = T.self
  ) throws -> T? {
    guard let bytes = try self.get(key) else { return nil }
    return try StoreRecords.decode(bytes.rawBytes)
  }

  func request(_ key: RequestKey) throws -> RequestRecord? {
    guard let bytes = try self.decision.get(StoreKeys.request(key), in: self.families.requests)
    else { return nil }
    return try StoreRecords.request(key, bytes)
  }

  // MARK: Writing

  mutating func put(_ value: [UInt8], for key: [UInt8]) { self.pending[key] = .some(value) }
  mutating func put(_ record: some JSONEncodable, for key: [UInt8]) {
    self.put(StoreRecords.bytes(record), for: key)
  }
  mutating func delete(_ key: [UInt8]) { self.pending[key] = .some(nil) }

  mutating func put(document: [UInt8], of record: ObjectRecord) {
    self.documents[record.id] = .some(DocumentRow.bytes(DocumentHeader(record), document))
  }

  /// The file of a document is not durable: a row says so until it is.
  func hold(_ location: String, of id: ObjectID, in warehouse: String) {
    self.decision.batch.put(
      HeldFileRow(id, warehouse).bytes, for: Array(location.utf8), in: self.families.files)
  }

  /// The file has gone: nobody writes it again.
  func release(_ location: String) {
    self.decision.batch.delete(Array(location.utf8), in: self.families.files)
  }

  /// The document under `location` is about to be replaced: it stays where its file is not durable.
  func keepHeld(_ location: String, of id: ObjectID) throws {
    let key = Array(location.utf8)
    guard let mark = try self.decision.get(key, in: self.families.files),
      var row = HeldFileRow(mark), row.document.isEmpty,
      let present = try self.decision.get(StoreKeys.document(id), in: self.families.documents)
    else { return }
    row.document = present
    self.decision.batch.put(row.bytes, for: key, in: self.families.files)
  }

  mutating func deleteDocument(_ id: ObjectID) { self.documents[id] = .some(nil) }

  /// Outcomes and events go straight into the batch: no step reads them.
  func put(_ request: RequestRecord) {
    self.decision.batch.put(
      StoreRecords.bytes(request), for: StoreKeys.request(request.key),
      in: self.families.requests)
  }

  func put(_ size: TableSize, of id: ObjectID, atMS: Int64) {
    self.decision.batch.put(
      StoreRecords.bytes(size), for: StoreKeys.statistics(id, atMS: atMS),
      in: self.families.statistics)
  }

  mutating func append(_ events: [CatalogEvent]) throws {
    guard !events.isEmpty else { return }
    var last = try self.get(StoreKeys.lastEvent).flatMap { StoreKeys.number($0) } ?? 0
    for event in events {
      last += 1
      self.decision.batch.put(
        StoreRecords.bytes(event), for: StoreKeys.event(last), in: self.families.events)
    }
    self.put(StoreKeys.bytes(last), for: StoreKeys.lastEvent)
  }

  /// Hands everything to the batch that is written.
  func write() {
    for (key, value) in self.pending {
      if let value {
        self.decision.batch.put(value, for: key, in: self.families.names)
      } else {
        self.decision.batch.delete(key, in: self.families.names)
      }
    }
    for (id, document) in self.documents {
      let key = StoreKeys.document(id)
      if let document {
        self.decision.batch.put(document, for: key, in: self.families.documents)
      } else {
        self.decision.batch.delete(key, in: self.families.documents)
      }
    }
  }
}

/// Records as rows.
enum StoreRecords {
  static func bytes(_ record: some JSONEncodable) -> [UInt8] {
    var writer = ByteWriter()
    writer.appendJSON(record)
    return writer.bytes.array
  }

  static func decode<T: JSONDecodable>(
    _ bytes: RawSpan, as type: T.Type = T.self
  ) throws(CatalogStoreError) -> T {
    do throws(JSONError) { return try T(parsing: bytes, limits: Self.limits) } catch {
      throw CatalogStoreError(.damaged, "a row of the catalog cannot be read: \(error)")
    }
  }

  static func request(
    _ key: RequestKey, _ bytes: [UInt8]
  ) throws(CatalogStoreError) -> RequestRecord {
    do throws(JSONError) {
      let document = try JSONDocument(parsing: bytes.rawBytes, limits: Self.limits)
      return try RequestRecord(key, json: document.root)
    } catch {
      throw CatalogStoreError(.damaged, "the outcome of a request cannot be read: \(error)")
    }
  }

  private static let limits = JSONLimits(byteCountMax: 64 << 20, depthMax: 64)
}
