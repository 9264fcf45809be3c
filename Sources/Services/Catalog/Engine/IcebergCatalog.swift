import Bytes
import Crypto
import Iceberg
import Observability
import Runtime
import Synchronization
import Values

/// What the catalog does, without HTTP: names, pointers, commits.
///
/// It keeps nothing that is not in its store: any process with the same store answers the same.
final class IcebergCatalog: Sendable {
  let store: any CatalogStore
  let options: CatalogOptions
  let access: CatalogAccess
  /// Nil where no store asks for a secret of its own.
  let secrets: WarehouseSecrets?
  /// Nil where there is no column engine.
  let compactor: FileCompactor?
  let warehouses: WarehouseSet
  let time: any TimeSource
  let random: any RandomSource
  let metrics: CatalogMetrics
  let log: Logger
  let gate = ObjectGate()
  let reports = ReportMemory()
  let activity = TableActivity()
  let parsed = ParsedMetadata()
  let settling = FileSettling()
  let bell = EventBell()
  /// Rings when something was dropped whose time may come soon.
  let dropBell = EventBell()
  /// Changes answer 503, reads go on.
  let isReadOnly = Atomic<Bool>(false)

  init(
    store: any CatalogStore, options: CatalogOptions, access: CatalogAccess,
    secrets: WarehouseSecrets? = nil, compactor: FileCompactor? = nil,
    time: any TimeSource, random: any RandomSource, metrics: MetricRegistry, log: Logger,
    opening open: @escaping @Sendable (WarehouseRecord) throws -> any TableStorage
  ) {
    self.store = store
    self.options = options
    self.access = access
    self.secrets = secrets
    self.compactor = compactor
    self.time = time
    self.random = random
    self.metrics = CatalogMetrics(metrics)
    self.log = log
    self.warehouses = WarehouseSet(opening: open)
  }

  var nowMS: Int64 { self.time.wallNow.nanoseconds / 1_000_000 }

  func newID() -> ObjectID {
    var bits = RandomBits(source: self.random)
    return ObjectID(UUID.version4(random: &bits))
  }

  private struct RandomBits: RandomNumberGenerator {
    let source: any RandomSource
    mutating func next() -> UInt64 { self.source.next() }
  }

  // MARK: Warehouses

  /// Reads the warehouses anew.
  func refreshWarehouses() async throws {
    try self.warehouses.update(try await self.store.warehouses())
  }

  /// - Parameter name: nil for the default one.
  func warehouse(_ name: String?) throws -> Warehouse {
    let name = name ?? self.options.defaultWarehouse
    guard let warehouse = self.warehouses[name], warehouse.record.isActive else {
      throw ErrorResponse.noSuchWarehouse(name)
    }
    return warehouse
  }

  // MARK: Changes

  /// Throws 503 when a request has taken longer than it may. Called where it has had no effect yet.
  func checkTime(_ caller: Caller) throws {
    guard self.time.now < caller.deadline else {
      throw ErrorResponse.unavailable("The request took longer than it may; nothing was changed")
    }
  }

  /// Makes a change that must not be refused for the request's own reasons, and tells listeners.
  func apply(_ change: CatalogChange) async throws -> ChangeOutcome {
    let outcome = try await self.store.apply(change)
    if case .applied = outcome, !change.events.isEmpty { self.bell.ring() }
    return outcome
  }

  func event(
    _ kind: CatalogEvent.Kind, by caller: Caller, in warehouse: Warehouse,
    _ namespace: Namespace? = nil, _ name: String? = nil, _ details: Properties = [:]
  ) -> CatalogEvent {
    CatalogEvent(
      id: self.newID(), kind, atMS: self.nowMS, warehouse: warehouse.name,
      namespace: namespace, name: name, actor: caller.name, details: details)
  }

  func require(
    _ caller: Caller, _ right: CatalogRight, on resource: CatalogResource, in warehouse: Warehouse,
    orElse missing: ErrorResponse
  ) throws {
    try self.access.require(
      caller, right, on: resource, in: warehouse.name, orElse: missing)
  }

  func allows(
    _ caller: Caller, _ right: CatalogRight, on resource: CatalogResource, in warehouse: Warehouse
  ) -> Bool {
    self.access.allows(caller, right, on: resource, in: warehouse.name)
  }
}
