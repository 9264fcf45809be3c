import Iceberg
import Values

/// Where the catalog keeps everything it knows: names, pointers, documents, outcomes of requests, events.
///
/// Reads see the last committed state and wait for nobody. `apply` is the one way to change anything: all
/// steps of a change happen, or none. An embedded store and a shared one pass the same tests.
protocol CatalogStore: AnyObject, Sendable {
  /// Sorted by name.
  func warehouses() async throws(CatalogStoreError) -> [WarehouseRecord]

  func namespace(
    _ namespace: Namespace, in warehouse: String
  ) async throws(CatalogStoreError) -> NamespaceRecord?
  /// The direct children of `parent`, or the top level, by the bytes of their last level.
  ///
  /// - Parameter name: the last level behind which the page begins.
  func namespaces(
    below parent: Namespace?, in warehouse: String, after name: String?, limit: Int
  ) async throws(CatalogStoreError) -> [Namespace]

  func entry(
    _ identifier: TableIdentifier, in warehouse: String
  ) async throws(CatalogStoreError) -> ObjectEntry?
  /// What a name stands for, with its document, in one look.
  func load(
    _ identifier: TableIdentifier, in warehouse: String
  ) async throws(CatalogStoreError) -> LoadedEntry?
  /// What a name stands for, with its pointer and document, in one look.
  func state(
    of identifier: TableIdentifier, in warehouse: String
  ) async throws(CatalogStoreError) -> ObjectState?
  /// Objects of one kind, by the bytes of their names.
  func entries(
    of kind: ObjectKind, in namespace: Namespace, of warehouse: String, after name: String?,
    limit: Int
  ) async throws(CatalogStoreError) -> [ObjectEntry]
  /// The same with their pointers.
  func objects(
    of kind: ObjectKind, in namespace: Namespace, of warehouse: String, after name: String?,
    limit: Int
  ) async throws(CatalogStoreError) -> [ObjectRecord]
  /// Also of one that was dropped and is held.
  func object(_ id: ObjectID) async throws(CatalogStoreError) -> ObjectRecord?
  func document(_ id: ObjectID) async throws(CatalogStoreError) -> StoredDocument?
  /// A pointer and its document, of one version.
  func state(_ id: ObjectID) async throws(CatalogStoreError) -> ObjectState?
  /// Dropped objects that are held, the oldest id first.
  func dropped(
    in warehouse: String, after id: ObjectID?, limit: Int
  ) async throws(CatalogStoreError) -> [ObjectRecord]
  /// The object whose location is `location` or lies above it.
  func owner(of location: Location, in warehouse: String) async throws(CatalogStoreError)
    -> ObjectID?

  /// How many tables and views are in a namespace, not below it.
  func counts(
    in namespace: Namespace, of warehouse: String
  ) async throws(CatalogStoreError) -> ObjectCounts
  /// Sizes of a table, one for each commit that made a snapshot, the newest first.
  ///
  /// - Parameters:
  ///   - since: of that time and later.
  ///   - before: earlier than that.
  func statistics(
    of id: ObjectID, since: Int64, before: Int64, limit: Int
  ) async throws(CatalogStoreError) -> [TablePoint]
  /// Keeps fewer of those that are older, and none of tables that are gone; how many went.
  func thinStatistics(atMS now: Int64) async throws(CatalogStoreError) -> Int

  func request(_ key: RequestKey) async throws(CatalogStoreError) -> RequestRecord?
  /// Events with larger numbers than `number`, in their order.
  func events(
    after number: Int64, limit: Int
  ) async throws(CatalogStoreError) -> [NumberedEvent]
  /// The number of the first event that is kept and of the last one; nil when there is none.
  func eventRange() async throws(CatalogStoreError) -> ClosedRange<Int64>?
  /// The number of the last event that was written, kept or not; 0 when there was none.
  func lastEvent() async throws(CatalogStoreError) -> Int64

  /// Makes a change, durably, or says which step cannot be made.
  func apply(_ change: CatalogChange) async throws(CatalogStoreError) -> ChangeOutcome

  /// Forgets outcomes of requests older than a time, and events; how many of each went.
  func forget(
    requestsBefore requestMS: Int64, eventsBefore eventMS: Int64
  ) async throws(CatalogStoreError) -> (requests: Int, events: Int)

  /// Whether a commit may be acknowledged before its metadata file is durable, because the store is
  /// and writes the file again after a power cut.
  var holdsFiles: Bool { get }
  /// Files that may not be durable, in the order of their locations, with what is in them.
  func heldFiles(after location: String?, limit: Int) async throws(CatalogStoreError) -> [HeldFile]
  /// Lets go of files that are durable.
  func release(_ locations: [String]) async throws(CatalogStoreError)

  /// Something that all processes with this store share: what was given first stays.
  func setting(_ name: String, orElse value: [UInt8]) async throws(CatalogStoreError) -> [UInt8]

  /// Whether other processes change it, too.
  var isShared: Bool { get }
  /// Whether it answers.
  func ping() async throws(CatalogStoreError)
  func close() async
}

/// A metadata file that may not be durable.
struct HeldFile: Sendable {
  var location: String
  var warehouse: String
  var document: StoredDocument
}

/// What a name stands for.
struct ObjectEntry: Hashable, Sendable {
  var identifier: TableIdentifier
  var kind: ObjectKind
  var id: ObjectID
}

/// What a name stands for, and its document.
struct LoadedEntry: Sendable {
  var entry: ObjectEntry
  var document: StoredDocument
}

/// A pointer, and the document that it points at.
struct ObjectState: Sendable {
  var record: ObjectRecord
  var document: StoredDocument
}
