import Iceberg
import KeyValue
import Values

/// What clients are told, in the words that they compare.
extension ErrorResponse {
  static func noSuchWarehouse(_ name: String) -> ErrorResponse {
    ErrorResponse(.noSuchWarehouse, "Warehouse does not exist: \(name.prefix(255))")
  }

  static func noSuch(_ namespace: Namespace) -> ErrorResponse {
    ErrorResponse(.noSuchNamespace, "Namespace does not exist: \(namespace)")
  }

  static func noSuch(_ kind: ObjectKind, _ identifier: TableIdentifier) -> ErrorResponse {
    kind == .table
      ? ErrorResponse(.noSuchTable, "Table does not exist: \(identifier)")
      : ErrorResponse(.noSuchView, "View does not exist: \(identifier)")
  }

  /// A name is taken that something of `kind` was to have.
  static func exists(
    _ taken: ObjectKind, _ identifier: TableIdentifier, for kind: ObjectKind
  ) -> ErrorResponse {
    switch (taken, kind) {
    case (.table, .table):
      ErrorResponse(.alreadyExists, "Table already exists: \(identifier)")
    case (.view, .view): ErrorResponse(.alreadyExists, "View already exists: \(identifier)")
    case (.view, .table):
      ErrorResponse(.alreadyExists, "View with same name already exists: \(identifier)")
    case (.table, .view):
      ErrorResponse(.alreadyExists, "Table with same name already exists: \(identifier)")
    }
  }

  static func cannotRename(
    _ source: TableIdentifier, _ target: TableIdentifier, _ taken: ObjectKind
  ) -> ErrorResponse {
    ErrorResponse(
      .alreadyExists,
      "Cannot rename \(source) to \(target). \(taken == .table ? "Table" : "View") already exists")
  }

  static let forbidden = ErrorResponse(.forbidden, "The caller may not do that")

  static func locationTaken(_ location: String) -> ErrorResponse {
    ErrorResponse(
      .validation, "the location \(location) is, holds or lies in that of another table or view")
  }

  static func unavailable(_ what: String) -> ErrorResponse {
    ErrorResponse(.serviceUnavailable, what)
  }

  static func conflict(_ why: String) -> ErrorResponse { ErrorResponse(.commitFailed, why) }

  /// What a store's error is to a client whose request changed nothing yet, or may have.
  init(_ error: CatalogStoreError) {
    switch error.code {
    case .unavailable: self.init(.serviceUnavailable, "The catalog's store does not answer")
    case .overloaded: self.init(.slowDown, "Too many changes wait for the catalog's store")
    case .unknownOutcome:
      self.init(
        .commitStateUnknown, "The outcome of the change is not known: the store failed meanwhile")
    case .damaged: self.init(.internalServerError, "A record of the catalog cannot be read")
    }
  }

  /// What a change was refused for, where nothing more is known about the request.
  init(_ refusal: ChangeRefusal) {
    switch refusal {
    case .warehouseExists(let name):
      self.init(.alreadyExists, "Warehouse already exists: \(name)")
    case .warehouseMissing(let name): self = .noSuchWarehouse(name)
    case .warehouseChanged(let name):
      self.init(.commitFailed, "Warehouse \(name) was changed by another request")
    case .warehouseNotEmpty(let name):
      self.init(.namespaceNotEmpty, "Warehouse \(name) is not empty")
    case .namespaceExists(let namespace):
      self.init(.alreadyExists, "Namespace already exists: \(namespace)")
    case .namespaceMissing(let namespace): self = .noSuch(namespace)
    case .namespaceChanged(let namespace):
      self.init(.commitFailed, "Namespace \(namespace) was changed by another request")
    case .namespaceNotEmpty(let namespace):
      self.init(.namespaceNotEmpty, "Namespace \(namespace) is not empty")
    case .objectMissing(let identifier, let kind): self = .noSuch(kind, identifier)
    case .heldObjectMissing(let id):
      self.init(.notFound, "No dropped table or view \(id) is held")
    case .nameTaken(let identifier, let kind): self = .exists(kind, identifier, for: kind)
    case .locationTaken(let location): self = .locationTaken(location)
    case .pointerMoved(let identifier):
      self.init(.commitFailed, "\(identifier) was changed by other requests again and again")
    case .isProtected(let what):
      self.init(.alreadyExists, "The \(what) is protected", status: 409)
    case .requestTaken:
      self.init(.unprocessableEntity, "The idempotency key was used for another request")
    }
  }
}
