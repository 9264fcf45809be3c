import Iceberg
import Values

/// Steps that happen together, in their order, or not at all; with the outcome that a repeat of the
/// request is told, and what listeners are told.
struct CatalogChange: Sendable {
  var warehouse: String
  var steps: [ChangeStep]
  var request: RequestRecord?
  var events: [CatalogEvent]
  /// Metadata files of these steps that are not durable yet: the store can write them again until it is
  /// told that they are. Only of one that `holdsFiles`.
  var unsynced: Set<String> = []
  /// Tables that have another current snapshot than before.
  var resized: Set<ObjectID> = []

  init(
    in warehouse: String, _ steps: [ChangeStep], request: RequestRecord? = nil,
    events: [CatalogEvent] = []
  ) {
    self.warehouse = warehouse
    self.steps = steps
    self.request = request
    self.events = events
  }
}

extension CatalogChange {
  /// The table of a step that gets a new size by it.
  func newSize(of step: ChangeStep) -> ObjectRecord? {
    switch step {
    case .create(let record, _): record.size == nil ? nil : record
    case .replace(let record, _, _): self.resized.contains(record.id) ? record : nil
    default: nil
    }
  }
}

enum ChangeStep: Sendable {
  case createWarehouse(WarehouseRecord)
  /// The record as it shall be, made from the one with this revision.
  case replaceWarehouse(WarehouseRecord, revision: Int64)
  /// Refused while there is anything in it.
  case dropWarehouse(String)

  /// Its parent must be there.
  case createNamespace(NamespaceRecord)
  case replaceNamespace(NamespaceRecord, revision: Int64)
  /// Refused while there is anything in it.
  case dropNamespace(Namespace)

  /// Needs the namespace, a free name and a free location.
  case create(ObjectRecord, document: [UInt8])
  /// Moves a pointer that is still where it was seen: the compare-and-set of every commit.
  case replace(ObjectRecord, document: [UInt8], version: Int64)
  case rename(TableIdentifier, to: TableIdentifier, ObjectKind)
  /// Takes the name away. With `held` the object stays, and its location stays taken.
  ///
  /// - Parameter id: the entry that was seen under the name.
  case drop(TableIdentifier, ObjectKind, id: ObjectID, held: ObjectRecord.Dropped?)
  /// Gives a held object a name again.
  case restore(ObjectID, as: TableIdentifier, atMS: Int64)
  /// Forgets a held object; its files are somebody else's work.
  case forget(ObjectID)
  case protect(ObjectID, Bool)
}

enum ChangeOutcome: Hashable, Sendable {
  /// Durable.
  case applied
  /// Nothing was changed.
  ///
  /// - Parameter step: which one could not be made; the first.
  case refused(ChangeRefusal, step: Int)
}

enum ChangeRefusal: Hashable, Sendable {
  case warehouseExists(String)
  case warehouseMissing(String)
  case warehouseChanged(String)
  case warehouseNotEmpty(String)
  case namespaceExists(Namespace)
  case namespaceMissing(Namespace)
  case namespaceChanged(Namespace)
  case namespaceNotEmpty(Namespace)
  case objectMissing(TableIdentifier, ObjectKind)
  case heldObjectMissing(ObjectID)
  /// By an object of the kind.
  case nameTaken(TableIdentifier, ObjectKind)
  case locationTaken(String)
  /// The pointer is not where it was seen.
  case pointerMoved(TableIdentifier)
  case isProtected(String)
  /// Another request with the key has come to something.
  case requestTaken(RequestRecord)
}
