import Iceberg
import Postgres
import Values

/// A change as the statements that make it.
struct PostgresSteps {
  private(set) var statements: [PostgresStatement] = []
  /// The step that a statement belongs to.
  private(set) var steps: [Int] = []
  private let warehouse: String

  init(_ change: CatalogChange) throws(CatalogStoreError) {
    self.warehouse = change.warehouse
    self.lock(change.steps)
    if let request = change.request {
      self.add(
        0,
        PostgresStatement(
          """
          INSERT INTO lake_catalog.requests (key, warehouse, principal, created_at_ms, record)
            VALUES ($1, $2, $3, $4, $5)
          """, PostgresNames.value(request.key.key), .text(request.key.warehouse),
          .text(request.key.principal), .integer(request.createdAtMS),
          PostgresNames.text(request)))
    }
    for (position, step) in change.steps.enumerated() {
      do throws(IcebergError) {
        self.add(position, try self.statement(step))
      } catch {
        throw CatalogStoreError(.damaged, error.message)
      }
      if let size = change.newSize(of: step) { self.add(position, size) }
    }
    for event in change.events {
      self.add(
        change.steps.count,
        PostgresStatement(
          "INSERT INTO lake_catalog.events (at_ms, record) VALUES ($1, $2)",
          .integer(event.atMS), PostgresNames.text(event)))
    }
  }

  private mutating func add(_ step: Int, _ record: ObjectRecord) {
    guard let size = record.size else { return }
    self.add(
      step,
      PostgresStatement(
        """
        INSERT INTO lake_catalog.statistics (object, at_ms, record) VALUES ($1, $2, $3)
          ON CONFLICT (object, at_ms) DO UPDATE SET record = excluded.record
        """, PostgresNames.value(record.id), .integer(record.updatedAtMS),
        PostgresNames.text(size)))
  }

  private mutating func add(_ step: Int, _ statement: PostgresStatement) {
    self.statements.append(statement)
    self.steps.append(step)
  }

  /// Several pointers are locked in one order, so that two changes never wait for each other.
  private mutating func lock(_ steps: [ChangeStep]) {
    let ids = steps.compactMap { step in
      if case .replace(let record, _, _) = step { record.id } else { nil }
    }
    guard ids.count > 1 else { return }
    self.add(
      0,
      PostgresStatement(
        "SELECT lake_catalog.lock_objects($1)", .texts(ids.map { $0.description })))
  }

  private func statement(_ step: ChangeStep) throws(IcebergError) -> PostgresStatement {
    switch step {
    case .createWarehouse(let record):
      PostgresStatement(
        "INSERT INTO lake_catalog.warehouses VALUES ($1, $2, $3, $4)", .text(record.name),
        .integer(record.revision), .flag(record.isProtected), PostgresNames.text(record))
    case .replaceWarehouse(let record, let revision): self.replace(record, revision)
    case .dropWarehouse(let name):
      PostgresStatement("SELECT lake_catalog.drop_warehouse($1)", .text(name))
    case .createNamespace(let record):
      PostgresStatement(
        "SELECT lake_catalog.create_namespace($1, $2, $3, $4, $5, $6, $7)",
        self.id(record.namespace), .text(self.warehouse),
        record.namespace.parent.map { self.id($0) } ?? .null,
        .text(record.namespace.levels.last ?? ""), .integer(record.revision),
        .flag(record.isProtected), PostgresNames.text(record))
    case .replaceNamespace(let record, let revision): self.replace(record, revision)
    case .dropNamespace(let namespace):
      PostgresStatement("SELECT lake_catalog.drop_namespace($1)", self.id(namespace))
    case .create(let record, let document): try self.create(record, document)
    case .replace(let record, let document, let version):
      try self.replace(record, document, version)
    case .rename(let source, let target, let kind):
      PostgresStatement(
        "SELECT lake_catalog.rename_object($1, $2, $3, $4, $5, $6)", self.id(source.namespace),
        .text(source.name), Self.number(kind), self.id(target.namespace),
        .text(PostgresNames.levels(target.namespace)), .text(target.name))
    case .drop(let identifier, let kind, let id, let held):
      PostgresStatement(
        "SELECT lake_catalog.drop_object($1, $2, $3, $4, $5, $6, $7)",
        self.id(identifier.namespace), .text(identifier.name), Self.number(kind),
        PostgresNames.value(id), held.map { .integer($0.atMS) } ?? .null,
        held.map { .integer($0.purgeAtMS) } ?? .null, held.map { .flag($0.purges) } ?? .null)
    case .restore(let id, let identifier, let now):
      PostgresStatement(
        "SELECT lake_catalog.restore_object($1, $2, $3, $4, $5)", PostgresNames.value(id),
        self.id(identifier.namespace), .text(PostgresNames.levels(identifier.namespace)),
        .text(identifier.name), .integer(now))
    case .forget(let id):
      PostgresStatement("SELECT lake_catalog.forget_object($1)", PostgresNames.value(id))
    case .protect(let id, let isProtected):
      PostgresStatement(
        "SELECT lake_catalog.protect_object($1, $2)", PostgresNames.value(id), .flag(isProtected))
    }
  }

  private func id(_ namespace: Namespace) -> PostgresValue {
    PostgresNames.id(of: namespace, in: self.warehouse)
  }

  private static func number(_ kind: ObjectKind) -> PostgresValue {
    .integer(Int64(kind.rawValue))
  }

  private func replace(_ record: WarehouseRecord, _ revision: Int64) -> PostgresStatement {
    var next = record
    next.revision = revision + 1
    return PostgresStatement(
      "SELECT lake_catalog.replace_warehouse($1, $2, $3, $4)", .text(record.name),
      .integer(revision), .flag(record.isProtected), PostgresNames.text(next))
  }

  private func replace(_ record: NamespaceRecord, _ revision: Int64) -> PostgresStatement {
    var next = record
    next.revision = revision + 1
    return PostgresStatement(
      "SELECT lake_catalog.replace_namespace($1, $2, $3, $4)", self.id(record.namespace),
      .integer(revision), .flag(record.isProtected), PostgresNames.text(next))
  }

  private func create(
    _ record: ObjectRecord, _ document: [UInt8]
  ) throws(IcebergError) -> PostgresStatement {
    let location = try Location(parsing: record.location)
    return PostgresStatement(
      """
      SELECT lake_catalog.create_object(
        $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
      """,
      values: [
        PostgresNames.value(record.id), .text(self.warehouse),
        self.id(record.identifier.namespace),
        .text(PostgresNames.levels(record.identifier.namespace)), .text(record.identifier.name),
        Self.number(record.kind), PostgresNames.value(record.uuid), .integer(record.version),
        .text(record.metadataLocation), .text(record.location),
        .text(PostgresNames.place(location)), .texts(PostgresNames.above(location)),
        .integer(record.createdAtMS), .integer(record.updatedAtMS), .flag(record.isProtected),
        record.size.map { PostgresNames.text($0) } ?? .null, .bytes(document),
      ])
  }

  private func replace(
    _ record: ObjectRecord, _ document: [UInt8], _ version: Int64
  ) throws(IcebergError) -> PostgresStatement {
    let location = try Location(parsing: record.location)
    return PostgresStatement(
      """
      SELECT lake_catalog.replace_object($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
      """,
      values: [
        PostgresNames.value(record.id), .text(self.warehouse), .integer(version),
        PostgresNames.value(record.uuid), .integer(record.version),
        .text(record.metadataLocation), .text(record.location),
        .text(PostgresNames.place(location)), .texts(PostgresNames.above(location)),
        .integer(record.updatedAtMS), record.size.map { PostgresNames.text($0) } ?? .null,
        .bytes(document),
      ])
  }
}
