import Bytes
import Iceberg
import JSON
import Postgres
import Values

extension PostgresStore {
  static let objectColumns = """
    id, levels, name, kind, uuid, version, metadata_location, location, created_at_ms, \
    updated_at_ms, is_protected, size, dropped_at_ms, purge_at_ms, purges
    """
  static let documentColumns = "uuid, version, metadata_location, location, document"
  /// The same, but null for a document that is known: its object, version and file are $3, $4 and $5.
  private static let unknownColumns = """
    uuid, version, metadata_location, location, \
    CASE WHEN id = $3 AND version = $4 AND metadata_location = $5 THEN NULL ELSE document END
    """

  func warehouses() async throws(CatalogStoreError) -> [WarehouseRecord] {
    let rows = try await self.read(
      PostgresStatement("SELECT record FROM lake_catalog.warehouses ORDER BY name"))
    var found: [WarehouseRecord] = []
    for row in 0..<rows.count { found.append(try rows.record(row, 0)) }
    return found
  }

  func namespace(
    _ namespace: Namespace, in warehouse: String
  ) async throws(CatalogStoreError) -> NamespaceRecord? {
    let rows = try await self.read(
      PostgresStatement(
        "SELECT record FROM lake_catalog.namespaces WHERE id = $1",
        PostgresNames.id(of: namespace, in: warehouse)))
    return rows.count == 0 ? nil : try rows.record(0, 0)
  }

  func namespaces(
    below parent: Namespace?, in warehouse: String, after name: String?, limit: Int
  ) async throws(CatalogStoreError) -> [Namespace] {
    let (place, value) =
      parent.map { ("parent = $1", PostgresNames.id(of: $0, in: warehouse)) }
      ?? ("parent IS NULL AND warehouse = $1", .text(warehouse))
    let rows = try await self.read(
      PostgresStatement(
        "SELECT name FROM lake_catalog.namespaces WHERE \(place) AND name > $2 "
          + "ORDER BY name LIMIT $3", value, .text(name ?? ""), Self.limit(limit)))
    let levels = parent?.levels ?? []
    return (0..<rows.count).map { Namespace(levels + [rows.text($0, 0) ?? ""]) }
  }

  static func limit(_ limit: Int) -> PostgresValue { .integer(Int64(limit)) }

  func entry(
    _ identifier: TableIdentifier, in warehouse: String
  ) async throws(CatalogStoreError) -> ObjectEntry? {
    let rows = try await self.read(
      PostgresStatement(
        "SELECT id, kind FROM lake_catalog.objects WHERE namespace = $1 AND name = $2",
        PostgresNames.id(of: identifier.namespace, in: warehouse), .text(identifier.name)))
    return try Self.entry(identifier, rows, 0)
  }

  private static func entry(
    _ identifier: TableIdentifier, _ rows: PostgresRows, _ column: Int
  ) throws(CatalogStoreError) -> ObjectEntry? {
    guard rows.count > 0 else { return nil }
    guard let id = rows.id(0, column),
      let kind = rows.integer(0, column + 1).flatMap({ ObjectKind(rawValue: UInt8(clamping: $0)) })
    else { throw PostgresRows.damaged }
    return ObjectEntry(identifier: identifier, kind: kind, id: id)
  }

  func load(
    _ identifier: TableIdentifier, in warehouse: String
  ) async throws(CatalogStoreError) -> LoadedEntry? {
    let key = KnownDocuments.Key(warehouse: warehouse, identifier: identifier)
    let known = self.known.find(key)
    let rows = try await self.read(
      Self.reading("\(Self.unknownColumns), id, kind", key, known))
    guard let entry = try Self.entry(identifier, rows, 5) else { return nil }
    return LoadedEntry(
      entry: entry, document: try self.document(rows, from: 0, of: entry.id, key, known))
  }

  /// The row of a name, without the document that is known.
  private static func reading(
    _ columns: String, _ key: KnownDocuments.Key, _ known: KnownDocuments.Known?
  ) -> PostgresStatement {
    PostgresStatement(
      "SELECT \(columns) FROM lake_catalog.objects WHERE namespace = $1 AND name = $2",
      PostgresNames.id(of: key.identifier.namespace, in: key.warehouse),
      .text(key.identifier.name), known.map { PostgresNames.value($0.id) } ?? .null,
      .integer(known?.document.version ?? 0), .text(known?.document.metadataLocation ?? ""))
  }

  /// The document of such a row.
  private func document(
    _ rows: PostgresRows, from column: Int, of id: ObjectID, _ key: KnownDocuments.Key,
    _ known: KnownDocuments.Known?
  ) throws(CatalogStoreError) -> StoredDocument {
    if let known, rows.bytes(0, column + 4) == nil { return known.document }
    let document = try StoredDocument(rows, from: column)
    self.known.keep(KnownDocuments.Known(id: id, document: document), key)
    return document
  }

  func entries(
    of kind: ObjectKind, in namespace: Namespace, of warehouse: String, after name: String?,
    limit: Int
  ) async throws(CatalogStoreError) -> [ObjectEntry] {
    let rows = try await self.read(
      PostgresStatement(
        "SELECT name, id FROM lake_catalog.objects WHERE namespace = $1 AND kind = $2 "
          + "AND name > $3 ORDER BY name LIMIT $4",
        PostgresNames.id(of: namespace, in: warehouse), .integer(Int64(kind.rawValue)),
        .text(name ?? ""), Self.limit(limit)))
    var found: [ObjectEntry] = []
    for row in 0..<rows.count {
      guard let name = rows.text(row, 0), let id = rows.id(row, 1) else {
        throw PostgresRows.damaged
      }
      found.append(
        ObjectEntry(identifier: TableIdentifier(namespace, name), kind: kind, id: id))
    }
    return found
  }

  func objects(
    of kind: ObjectKind, in namespace: Namespace, of warehouse: String, after name: String?,
    limit: Int
  ) async throws(CatalogStoreError) -> [ObjectRecord] {
    let rows = try await self.read(
      PostgresStatement(
        "SELECT \(Self.objectColumns) FROM lake_catalog.objects WHERE namespace = $1 "
          + "AND kind = $2 AND name > $3 ORDER BY name LIMIT $4",
        PostgresNames.id(of: namespace, in: warehouse), .integer(Int64(kind.rawValue)),
        .text(name ?? ""), Self.limit(limit)))
    var found: [ObjectRecord] = []
    for row in 0..<rows.count { found.append(try rows.object(row)) }
    return found
  }

  func object(_ id: ObjectID) async throws(CatalogStoreError) -> ObjectRecord? {
    let rows = try await self.read(
      PostgresStatement(
        "SELECT \(Self.objectColumns) FROM lake_catalog.objects WHERE id = $1",
        PostgresNames.value(id)))
    return rows.count == 0 ? nil : try rows.object(0)
  }

  private static let stateQuery =
    "SELECT \(objectColumns), \(documentColumns) FROM lake_catalog.objects WHERE "

  func state(_ id: ObjectID) async throws(CatalogStoreError) -> ObjectState? {
    try await self.state(
      PostgresStatement(Self.stateQuery + "id = $1", PostgresNames.value(id)))
  }

  func state(
    of identifier: TableIdentifier, in warehouse: String
  ) async throws(CatalogStoreError) -> ObjectState? {
    let key = KnownDocuments.Key(warehouse: warehouse, identifier: identifier)
    let known = self.known.find(key)
    let rows = try await self.read(
      Self.reading("\(Self.objectColumns), \(Self.unknownColumns)", key, known))
    guard rows.count > 0 else { return nil }
    let record = try rows.object(0)
    return ObjectState(
      record: record, document: try self.document(rows, from: 15, of: record.id, key, known))
  }

  private func state(
    _ statement: PostgresStatement
  ) async throws(CatalogStoreError) -> ObjectState? {
    let rows = try await self.read(statement)
    guard rows.count > 0 else { return nil }
    return ObjectState(
      record: try rows.object(0), document: try StoredDocument(rows, from: 15))
  }

  func document(_ id: ObjectID) async throws(CatalogStoreError) -> StoredDocument? {
    let rows = try await self.read(
      PostgresStatement(
        "SELECT \(Self.documentColumns) FROM lake_catalog.objects WHERE id = $1",
        PostgresNames.value(id)))
    return rows.count == 0 ? nil : try StoredDocument(rows, from: 0)
  }

  func dropped(
    in warehouse: String, after id: ObjectID?, limit: Int
  ) async throws(CatalogStoreError) -> [ObjectRecord] {
    let rows = try await self.read(
      PostgresStatement(
        "SELECT \(Self.objectColumns) FROM lake_catalog.objects WHERE warehouse = $1 "
          + "AND namespace IS NULL AND id > $2 ORDER BY id LIMIT $3", .text(warehouse),
        PostgresNames.value(id ?? ObjectID(high: 0, low: 0)), Self.limit(limit)))
    var found: [ObjectRecord] = []
    for row in 0..<rows.count { found.append(try rows.object(row)) }
    return found
  }

  func owner(
    of location: Location, in warehouse: String
  ) async throws(CatalogStoreError) -> ObjectID? {
    let places = PostgresNames.above(location) + [PostgresNames.place(location)]
    let rows = try await self.read(
      PostgresStatement(
        """
        SELECT id FROM lake_catalog.objects WHERE warehouse = $1 AND place = ANY ($2)
          AND left(place, 512) = ANY (SELECT left(other, 512) FROM unnest($2::text[]) AS other)
        """, .text(warehouse), .texts(places)))
    return rows.count == 0 ? nil : rows.id(0, 0)
  }

  func counts(
    in namespace: Namespace, of warehouse: String
  ) async throws(CatalogStoreError) -> ObjectCounts {
    let rows = try await self.read(
      PostgresStatement(
        "SELECT count(*) FILTER (WHERE kind = 1), count(*) FILTER (WHERE kind = 2) "
          + "FROM lake_catalog.objects WHERE namespace = $1",
        PostgresNames.id(of: namespace, in: warehouse)))
    return ObjectCounts(tables: rows.integer(0, 0) ?? 0, views: rows.integer(0, 1) ?? 0)
  }

  func statistics(
    of id: ObjectID, since: Int64, before: Int64, limit: Int
  ) async throws(CatalogStoreError) -> [TablePoint] {
    let rows = try await self.read(
      PostgresStatement(
        "SELECT at_ms, record FROM lake_catalog.statistics WHERE object = $1 AND at_ms >= $2 "
          + "AND at_ms < $3 ORDER BY at_ms DESC LIMIT $4", PostgresNames.value(id),
        .integer(since), .integer(before), Self.limit(limit)))
    var found: [TablePoint] = []
    for row in 0..<rows.count {
      guard let atMS = rows.integer(row, 0) else { throw PostgresRows.damaged }
      found.append(TablePoint(atMS: atMS, size: try rows.record(row, 1)))
    }
    return found
  }

  func request(_ key: RequestKey) async throws(CatalogStoreError) -> RequestRecord? {
    let rows = try await self.read(
      PostgresStatement(
        "SELECT record FROM lake_catalog.requests WHERE key = $1 AND warehouse = $2 "
          + "AND principal = $3", PostgresNames.value(key.key), .text(key.warehouse),
        .text(key.principal)))
    guard let bytes = rows.count == 0 ? nil : rows.bytes(0, 0) else { return nil }
    return try StoreRecords.request(key, Array(bytes))
  }
}

/// Events: whoever reads them numbers those that are new.
extension PostgresStore {
  func events(
    after number: Int64, limit: Int
  ) async throws(CatalogStoreError) -> [NumberedEvent] {
    let rows = try await self.numbered(
      PostgresStatement(
        "SELECT number, record FROM lake_catalog.events WHERE number > $1 ORDER BY number LIMIT $2",
        .integer(number), Self.limit(limit)))
    var found: [NumberedEvent] = []
    for row in 0..<rows.count {
      guard let number = rows.integer(row, 0) else { throw PostgresRows.damaged }
      found.append(NumberedEvent(number: number, event: try rows.record(row, 1)))
    }
    return found
  }

  func eventRange() async throws(CatalogStoreError) -> ClosedRange<Int64>? {
    let rows = try await self.numbered(
      PostgresStatement(
        "SELECT min(number), max(number) FROM lake_catalog.events WHERE number IS NOT NULL"))
    guard rows.count > 0, let first = rows.integer(0, 0), let last = rows.integer(0, 1) else {
      return nil
    }
    return first...last
  }

  /// Numbers what is new, in a transaction of its own: numbers are durable before anybody sees them.
  private func numbered(
    _ statement: PostgresStatement
  ) async throws(CatalogStoreError) -> PostgresRows {
    _ = try await self.lastEvent()
    return try await self.read(statement)
  }

  func lastEvent() async throws(CatalogStoreError) -> Int64 {
    // Like a change, so that no read waits behind its lock.
    do throws(CatalogStoreError) {
      let rows = try await self.change(PostgresStatement("SELECT lake_catalog.number_events()"))
      if rows.count > 0, let last = rows.integer(0, 0) { return last }
    } catch {
      // That some were numbered, or not, is the same to whoever asks.
      guard error.code == .unknownOutcome else { throw error }
      throw CatalogStoreError(.unavailable, error.message)
    }
    throw PostgresRows.damaged
  }

  func forget(
    requestsBefore requestMS: Int64, eventsBefore eventMS: Int64
  ) async throws(CatalogStoreError) -> (requests: Int, events: Int) {
    let requests = try await self.delete(
      """
      DELETE FROM lake_catalog.requests WHERE (key, warehouse, principal) IN (
        SELECT key, warehouse, principal FROM lake_catalog.requests WHERE created_at_ms < $1
          LIMIT 1000)
      """, requestMS)
    // The oldest have the smallest numbers, so that few rows are looked at.
    let events = try await self.delete(
      """
      DELETE FROM lake_catalog.events WHERE at_ms < $1 AND number IN (
        SELECT number FROM lake_catalog.events WHERE number IS NOT NULL ORDER BY number LIMIT 1000)
      """, eventMS)
    return (requests, events)
  }

  /// By the same ages as the embedded store; of a span the last one stays.
  func thinStatistics(atMS now: Int64) async throws(CatalogStoreError) -> Int {
    let rows = try await self.change(
      PostgresStatement(
        """
        WITH spans AS (
          SELECT object, at_ms, row_number() OVER (PARTITION BY object ORDER BY at_ms DESC) AS place,
            lead(CASE WHEN at_ms >= $1 THEN at_ms WHEN at_ms >= $2 THEN at_ms / 3600000 * 3600000
              ELSE at_ms / 86400000 * 86400000 END)
              OVER (PARTITION BY object ORDER BY at_ms) AS next,
            CASE WHEN at_ms >= $1 THEN at_ms WHEN at_ms >= $2 THEN at_ms / 3600000 * 3600000
              ELSE at_ms / 86400000 * 86400000 END AS span
            FROM lake_catalog.statistics),
        gone AS (
          DELETE FROM lake_catalog.statistics AS point USING spans
            WHERE point.object = spans.object AND point.at_ms = spans.at_ms
              AND (spans.at_ms < $3 OR spans.span = spans.next OR spans.place > $4)
            RETURNING 1)
        SELECT count(*) FROM gone
        """, .integer(now - StatisticsAges.allMS), .integer(now - StatisticsAges.hourlyMS),
        .integer(now - StatisticsAges.dailyMS), .integer(Int64(StatisticsAges.countMax))))
    return Int(rows.integer(0, 0) ?? 0)
  }

  /// In short transactions, so that nobody waits for a long one.
  private func delete(_ text: String, _ before: Int64) async throws(CatalogStoreError) -> Int {
    var count = 0
    while true {
      let rows = try await self.change(
        PostgresStatement(
          "WITH gone AS (\(text) RETURNING 1) SELECT count(*) FROM gone", .integer(before)))
      let gone = Int(rows.integer(0, 0) ?? 0)
      count += gone
      guard gone == 1000 else { return count }
    }
  }

  private func change(
    _ statement: PostgresStatement
  ) async throws(CatalogStoreError) -> PostgresRows {
    do throws(PostgresError) {
      let rows = try await self.pool.run(PostgresBatch([statement], isReading: false))
      guard let first = rows.first else { throw PostgresError(.unavailable, "no answer") }
      return first
    } catch {
      throw CatalogStoreError(error)
    }
  }

  func setting(
    _ name: String, orElse value: [UInt8]
  ) async throws(CatalogStoreError) -> [UInt8] {
    _ = try await self.change(
      PostgresStatement(
        "INSERT INTO lake_catalog.settings VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING name",
        .text(name), .bytes(value)))
    let rows = try await self.read(
      PostgresStatement("SELECT value FROM lake_catalog.settings WHERE name = $1", .text(name)))
    guard rows.count > 0, let bytes = rows.bytes(0, 0) else { throw PostgresRows.damaged }
    return Array(bytes)
  }
}
