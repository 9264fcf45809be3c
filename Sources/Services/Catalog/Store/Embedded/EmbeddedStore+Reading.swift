import Bytes
import Iceberg
import JSON
import KeyValue
import Values

extension EmbeddedStore {
  func warehouses() async throws(CatalogStoreError) -> [WarehouseRecord] {
    try await self.page(
      StoreKeys.warehouse(""), after: nil, limit: .max, in: self.names
    ) { (_, value) throws(CatalogStoreError) in try StoreRecords.decode(value) }
  }

  func namespace(
    _ namespace: Namespace, in warehouse: String
  ) async throws(CatalogStoreError) -> NamespaceRecord? {
    try await self.record(StoreKeys.namespace(namespace, in: warehouse))
  }

  func namespaces(
    below parent: Namespace?, in warehouse: String, after name: String?, limit: Int
  ) async throws(CatalogStoreError) -> [Namespace] {
    let prefix = StoreKeys.namespaces(below: parent, in: warehouse)
    let levels = parent?.levels ?? []
    return try await self.page(
      prefix, after: name.map { Array($0.utf8) }, limit: limit, in: self.names, onlyKeys: true
    ) { (key, _) throws(CatalogStoreError) in
      Namespace(levels + [key.extracting(prefix.count..<key.byteCount).lossyText])
    }
  }

  func entry(
    _ identifier: TableIdentifier, in warehouse: String
  ) async throws(CatalogStoreError) -> ObjectEntry? {
    guard let bytes = try await self.get(StoreKeys.name(identifier, in: warehouse)) else {
      return nil
    }
    let row = try NameRow(bytes)
    return ObjectEntry(identifier: identifier, kind: row.kind, id: row.id)
  }

  func entries(
    of kind: ObjectKind, in namespace: Namespace, of warehouse: String, after name: String?,
    limit: Int
  ) async throws(CatalogStoreError) -> [ObjectEntry] {
    let prefix = StoreKeys.names(in: namespace, of: warehouse)
    return try await self.page(
      prefix, after: name.map { Array($0.utf8) }, limit: limit, in: self.names
    ) { (key, value) throws(CatalogStoreError) in
      let row = try NameRow(value.array)
      guard row.kind == kind else { return nil }
      let name = key.extracting(prefix.count..<key.byteCount).lossyText
      return ObjectEntry(
        identifier: TableIdentifier(namespace, name), kind: kind, id: row.id)
    }
  }

  func objects(
    of kind: ObjectKind, in namespace: Namespace, of warehouse: String, after name: String?,
    limit: Int
  ) async throws(CatalogStoreError) -> [ObjectRecord] {
    var found: [ObjectRecord] = []
    var last = name
    while found.count < limit {
      let wanted = limit - found.count
      let page = try await self.entries(
        of: kind, in: namespace, of: warehouse, after: last, limit: wanted)
      for entry in page {
        // One that went meanwhile is left out.
        guard let object = try await self.object(entry.id), object.dropped == nil else { continue }
        found.append(object)
      }
      guard page.count == wanted else { break }
      last = page.last?.identifier.name
    }
    return found
  }

  func object(_ id: ObjectID) async throws(CatalogStoreError) -> ObjectRecord? {
    try await self.record(StoreKeys.object(id))
  }

  func document(_ id: ObjectID) async throws(CatalogStoreError) -> StoredDocument? {
    do throws(StoreError) {
      guard let value = try await self.store.read(StoreKeys.document(id), in: self.documents)
      else { return nil }
      if let document = StoredDocument(HeldValue(value)) { return document }
    } catch {
      throw CatalogStoreError(error, whileChanging: false)
    }
    throw CatalogStoreError(.damaged, "the row of document \(id) has no header")
  }

  func load(
    _ identifier: TableIdentifier, in warehouse: String
  ) async throws(CatalogStoreError) -> LoadedEntry? {
    guard let entry = try await self.entry(identifier, in: warehouse),
      let document = try await self.document(entry.id)
    else { return nil }
    return LoadedEntry(entry: entry, document: document)
  }

  func state(_ id: ObjectID) async throws(CatalogStoreError) -> ObjectState? {
    guard var record = try await self.object(id), let document = try await self.document(id)
    else { return nil }
    // The two rows were read one after the other; the document says which version it is.
    record.version = document.version
    record.metadataLocation = document.metadataLocation
    record.location = document.location
    return ObjectState(record: record, document: document)
  }

  func state(
    of identifier: TableIdentifier, in warehouse: String
  ) async throws(CatalogStoreError) -> ObjectState? {
    guard let entry = try await self.entry(identifier, in: warehouse) else { return nil }
    return try await self.state(entry.id)
  }

  func lastEvent() async throws(CatalogStoreError) -> Int64 {
    try await self.get(StoreKeys.lastEvent).flatMap { StoreKeys.number($0) } ?? 0
  }

  func dropped(
    in warehouse: String, after id: ObjectID?, limit: Int
  ) async throws(CatalogStoreError) -> [ObjectRecord] {
    let prefix = StoreKeys.dropped(in: warehouse)
    let ids: [ObjectID] = try await self.page(
      prefix, after: id.map { StoreKeys.bytes($0) }, limit: limit, in: self.names
    ) { (key, _) throws(CatalogStoreError) in
      StoreKeys.id(key.extracting(prefix.count..<key.byteCount).array)
    }
    var records: [ObjectRecord] = []
    for id in ids {
      // One that was restored meanwhile is not dropped any more.
      if let record = try await self.object(id), record.dropped != nil { records.append(record) }
    }
    return records
  }

  func owner(
    of location: Location, in warehouse: String
  ) async throws(CatalogStoreError) -> ObjectID? {
    for place in [location] + location.ancestors {
      if let bytes = try await self.get(StoreKeys.location(place, in: warehouse)) {
        return StoreKeys.id(bytes)
      }
    }
    return nil
  }

  func request(
    _ key: RequestKey
  ) async throws(CatalogStoreError) -> RequestRecord? {
    do throws(StoreError) {
      guard let bytes = try await self.store.get(StoreKeys.request(key), in: self.requests)
      else { return nil }
      return try Self.decode(key, bytes).get()
    } catch {
      throw CatalogStoreError(error, whileChanging: false)
    }
  }

  private static func decode(
    _ key: RequestKey, _ bytes: [UInt8]
  ) -> Result<RequestRecord, StoreError> {
    do throws(CatalogStoreError) {
      return .success(try StoreRecords.request(key, bytes))
    } catch {
      return .failure(StoreError(.corruption, error.message))
    }
  }

  func events(
    after number: Int64, limit: Int
  ) async throws(CatalogStoreError) -> [NumberedEvent] {
    try await self.page([], after: StoreKeys.bytes(number), limit: limit, in: self.eventLog) {
      (key, value) throws(CatalogStoreError) in
      guard let number = StoreKeys.number(key.array) else { return nil }
      return NumberedEvent(number: number, event: try StoreRecords.decode(value))
    }
  }

  func eventRange() async throws(CatalogStoreError) -> ClosedRange<Int64>? {
    guard let first = try await self.events(after: 0, limit: 1).first?.number,
      let last = try await self.get(StoreKeys.lastEvent).flatMap({ StoreKeys.number($0) })
    else { return nil }
    return first...max(first, last)
  }

  func forget(
    requestsBefore requestMS: Int64, eventsBefore eventMS: Int64
  ) async throws(CatalogStoreError) -> (requests: Int, events: Int) {
    let requests = try await self.sweep(self.requests) { value in
      value["created-at-ms"]?.int64.map { $0 < requestMS } ?? false
    }
    let events = try await self.sweep(self.eventLog) { value in
      value["at-ms"]?.int64.map { $0 < eventMS } ?? false
    }
    return (requests, events)
  }

  /// Deletes the rows that are over, some at a time.
  private func sweep(
    _ family: Family, _ isOver: (JSONValue) -> Bool
  ) async throws(CatalogStoreError) -> Int {
    var count = 0
    do throws(StoreError) {
      let scan = try self.store.scan(.all, in: family, ScanOptions { $0.fillsCache = false })
      while let batch = try await scan.next(recordsMax: 1000) {
        var over: [[UInt8]] = []
        batch.forEach { key, value in
          if let value = try? JSONValue(parsing: value), isOver(value) { over.append(key.array) }
        }
        guard !over.isEmpty else { continue }
        var deletions = WriteBatch()
        for key in over { deletions.delete(key, in: family) }
        try await self.store.commit(deletions, .logged)
        count += over.count
      }
    } catch {
      throw CatalogStoreError(error, whileChanging: false)
    }
    return count
  }

  // MARK: Rows

  private func get(_ key: [UInt8]) async throws(CatalogStoreError) -> [UInt8]? {
    do throws(StoreError) { return try await self.store.get(key, in: self.names) } catch {
      throw CatalogStoreError(error, whileChanging: false)
    }
  }

  private func record<T: JSONDecodable>(
    _ key: [UInt8], as type: T.Type = T.self
  ) async throws(CatalogStoreError) -> T? {
    guard let bytes = try await self.get(key) else { return nil }
    return try StoreRecords.decode(bytes.rawBytes)
  }

  /// At most `limit` rows whose keys begin with `prefix` and come after `prefix` and `rest`; `read`
  /// leaves a row out by nil.
  func page<T>(
    _ prefix: [UInt8], after rest: [UInt8]?, limit: Int, in family: Family,
    onlyKeys: Bool = false,
    _ read: (RawSpan, RawSpan) throws(CatalogStoreError) -> T?
  ) async throws(CatalogStoreError) -> [T] {
    var range = KeyRange.prefix(prefix)
    // The next key after a key is that key with a zero byte behind it.
    if let rest { range.lower = prefix + rest + [0] }
    var found: [T] = []
    var failure: CatalogStoreError?
    do throws(StoreError) {
      let scan = try self.store.scan(range, in: family, ScanOptions { $0.onlyKeys = onlyKeys })
      while found.count < limit,
        let batch = try await scan.next(recordsMax: min(4096, max(16, limit - found.count)))
      {
        batch.forEach { key, value in
          guard found.count < limit, failure == nil else { return }
          do throws(CatalogStoreError) {
            if let row = try read(key, value) { found.append(row) }
          } catch {
            failure = error
          }
        }
        if failure != nil { break }
      }
    } catch {
      throw CatalogStoreError(error, whileChanging: false)
    }
    if let failure { throw failure }
    return found
  }
}
