import Iceberg
import Postgres

/// What a failed statement says about the step that it belongs to.
enum PostgresRefusal: Equatable {
  case refused(ChangeRefusal)
  /// The row of the request was there: what it says is to be read.
  case requestTaken
  /// The name was taken by a transaction at the same time: by what is to be read.
  case nameTaken(TableIdentifier)
  /// Another transaction was in the way; the same may succeed now.
  case again
  case unexpected

  init(_ error: PostgresError, _ step: ChangeStep?, in warehouse: String) {
    switch error.state {
    case "LK001": self = Self.refused(error, step, in: warehouse)
    case "23505" where error.constraint == "requests_key": self = .requestTaken
    case "23503", "23505":
      self = Self.constraint(error.constraint, step, in: warehouse)
    // Serialisation failure, deadlock, lock not had in time.
    case "40001", "40P01", "55P03": self = .again
    default: self = .unexpected
    }
  }

  private static func refused(
    _ error: PostgresError, _ step: ChangeStep?, in warehouse: String
  ) -> PostgresRefusal {
    let subject = Subject(step, in: warehouse)
    let refusal: ChangeRefusal? =
      switch error.message {
      case "warehouseMissing": .warehouseMissing(subject.warehouse)
      case "warehouseChanged": .warehouseChanged(subject.warehouse)
      case "namespaceMissing": subject.needed.map { .namespaceMissing($0) }
      case "namespaceChanged": subject.needed.map { .namespaceChanged($0) }
      case "nameTaken":
        subject.target.flatMap { target in
          UInt8(error.detail).flatMap { ObjectKind(rawValue: $0) }
            .map { .nameTaken(target, $0) }
        }
      case "locationTaken": subject.location.map { .locationTaken($0) }
      case "pointerMoved": subject.source.map { .pointerMoved($0) }
      case "objectMissing":
        subject.source.flatMap { source in subject.kind.map { .objectMissing(source, $0) } }
      case "heldObjectMissing": subject.id.map { .heldObjectMissing($0) }
      case "isProtected": .isProtected(subject.name)
      default: nil
      }
    return refusal.map { .refused($0) } ?? .unexpected
  }

  private static func constraint(
    _ name: String, _ step: ChangeStep?, in warehouse: String
  ) -> PostgresRefusal {
    let subject = Subject(step, in: warehouse)
    switch (name, step) {
    case ("warehouses_name", _): return .refused(.warehouseExists(subject.warehouse))
    case (_, .dropWarehouse): return .refused(.warehouseNotEmpty(subject.warehouse))
    case (_, .dropNamespace(let namespace)): return .refused(.namespaceNotEmpty(namespace))
    case ("namespaces_id", _):
      return subject.namespace.map { .refused(.namespaceExists($0)) } ?? .unexpected
    case ("namespaces_warehouse", _), ("objects_warehouse", _):
      return .refused(.warehouseMissing(subject.warehouse))
    case ("namespaces_parent", _), ("objects_namespace", _):
      return subject.needed.map { .refused(.namespaceMissing($0)) } ?? .unexpected
    case ("objects_name", _): return subject.target.map { .nameTaken($0) } ?? .unexpected
    default: return .unexpected
    }
  }
}

/// What a step is about, for the words of its refusal.
private struct Subject {
  var warehouse: String
  var namespace: Namespace?
  /// The namespace that must be there.
  var needed: Namespace?
  var source: TableIdentifier?
  /// The name that must be free.
  var target: TableIdentifier?
  var kind: ObjectKind?
  var id: ObjectID?
  var location: String?
  var name = ""

  init(_ step: ChangeStep?, in warehouse: String) {
    self.warehouse = warehouse
    switch step {
    case .createWarehouse(let record), .replaceWarehouse(let record, _):
      self.warehouse = record.name
    case .dropWarehouse(let name):
      self.warehouse = name
      self.name = "warehouse \(name)"
    case .createNamespace(let record):
      self.namespace = record.namespace
      self.needed = record.namespace.parent
    case .replaceNamespace(let record, _): self.needed = record.namespace
    case .dropNamespace(let namespace):
      self.needed = namespace
      self.name = "namespace \(namespace)"
    case .create(let record, _), .replace(let record, _, _): self.take(record)
    case .rename(let source, let target, let kind):
      (self.source, self.target, self.kind) = (source, target, kind)
      self.needed = target.namespace
    case .drop(let identifier, let kind, let id, _):
      (self.source, self.kind, self.id) = (identifier, kind, id)
      self.name = "\(kind.word) \(identifier)"
    case .restore(let id, let identifier, _):
      (self.id, self.target, self.needed) = (id, identifier, identifier.namespace)
    case .forget(let id), .protect(let id, _): self.id = id
    case nil: break
    }
  }

  private mutating func take(_ record: ObjectRecord) {
    self.source = record.identifier
    self.target = record.identifier
    self.needed = record.identifier.namespace
    self.kind = record.kind
    self.id = record.id
    self.location = record.location
  }
}
