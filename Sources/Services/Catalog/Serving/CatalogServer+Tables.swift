import HTTP
import HTTPServing
import Iceberg
import JSON

/// Tables and views.
extension CatalogServer {
  func list(_ kind: ObjectKind, _ request: CatalogRequest) async throws -> CatalogAnswer {
    let namespace = try request.namespace()
    let list = "\(kind.word)s \(request.warehouse.name) \(namespace.levels)"
    let page = try request.page(
      of: list, self.tokens, sizeMax: self.catalog.options.pageSizeMax)
    let found = try await self.catalog.list(
      kind, in: namespace, of: request.warehouse, by: request.caller, after: page.after,
      limit: page.limit)
    return CatalogAnswer(
      ListTablesResponse(
        found.identifiers, nextPageToken: found.next.map { self.tokens.text($0, of: list) }))
  }

  func head(_ kind: ObjectKind, _ request: CatalogRequest) async throws -> CatalogAnswer {
    try await self.catalog.checkExists(
      kind, try request.identifier(), in: request.warehouse, by: request.caller)
    return .noContent
  }

  func loadTable(_ request: CatalogRequest) async throws -> CatalogAnswer {
    let loaded = try await self.catalog.loadTable(
      try request.identifier(), in: request.warehouse, try request.loadMode(),
      by: request.caller)
    let answer = CatalogAnswer(loaded)
    // Credentials run out: a client that holds old ones must get fresh ones.
    guard loaded.access.credentials.isEmpty,
      request.exchange.evaluateConditions(
        against: Validators(entityTag: loaded.entityTag)) == .notModified
    else { return answer }
    var unchanged = CatalogAnswer(status: .notModified)
    unchanged.entityTag = loaded.entityTag
    return unchanged
  }

  func createTable(_ request: CatalogRequest) async throws -> CatalogAnswer {
    let create: CreateTableRequest = try request.decode()
    var request = request
    // Nothing of a staged table is stored, so there is nothing to be done once.
    if create.isStaged { request.caller.claim = nil }
    var mode = LoadMode()
    mode.delegation = request.delegation
    return CatalogAnswer(
      try await self.catalog.createTable(
        create, in: try request.namespace(), of: request.warehouse, mode, by: request.caller))
  }

  func commitTable(_ request: CatalogRequest) async throws -> CatalogAnswer {
    let commit: CommitTableRequest = try request.decode()
    return CatalogAnswer(
      commit: try await self.catalog.commitTable(
        try request.identifier(), commit, in: request.warehouse, by: request.caller))
  }

  func commitTransaction(_ request: CatalogRequest) async throws -> CatalogAnswer {
    let transaction: CommitTransactionRequest = try request.decode()
    try await self.catalog.commitTransaction(
      transaction, in: request.warehouse, by: request.caller)
    return .noContent
  }

  func dropTable(_ request: CatalogRequest) async throws -> CatalogAnswer {
    try await self.catalog.drop(
      .table, try request.identifier(), purges: try request.flag("purgeRequested"),
      in: request.warehouse, by: request.caller)
    return .noContent
  }

  func registerTable(_ request: CatalogRequest) async throws -> CatalogAnswer {
    let register: RegisterRequest = try request.decode()
    var mode = LoadMode()
    mode.delegation = request.delegation
    return CatalogAnswer(
      try await self.catalog.registerTable(
        register, in: try request.namespace(), of: request.warehouse, mode,
        by: request.caller))
  }

  func unregisterTable(_ request: CatalogRequest) async throws -> CatalogAnswer {
    CatalogAnswer(
      commit: try await self.catalog.unregister(
        try request.identifier(), in: request.warehouse, by: request.caller))
  }

  func rename(_ kind: ObjectKind, _ request: CatalogRequest) async throws -> CatalogAnswer {
    let rename: RenameRequest = try request.decode()
    try await self.catalog.rename(
      kind, rename.source, to: rename.destination, in: request.warehouse, by: request.caller)
    return .noContent
  }

  func loadCredentials(_ request: CatalogRequest) async throws -> CatalogAnswer {
    var mode = LoadMode()
    mode.delegation = .vended
    let loaded = try await self.catalog.loadTable(
      try request.identifier(), in: request.warehouse, mode, by: request.caller)
    var answer = CatalogAnswer(LoadCredentialsResponse(loaded.access.credentials))
    answer.cacheControl = "no-store"
    return answer
  }

  func sign(_ request: CatalogRequest) async throws -> CatalogAnswer {
    let sign: SignRequest = try request.decode()
    var answer = CatalogAnswer(
      try await self.catalog.sign(
        sign, try request.identifier(), in: request.warehouse, by: request.caller))
    let reads = ["GET", "HEAD"].contains(sign.method.uppercased())
    answer.cacheControl = reads ? "private" : "no-cache"
    return answer
  }

  func plan(_ request: CatalogRequest) async throws -> CatalogAnswer {
    let plan: PlanTableScanRequest = try request.decode()
    var mode = LoadMode()
    mode.delegation = request.delegation
    return CatalogAnswer(
      try await self.catalog.plan(
        plan, try request.identifier(), in: request.warehouse, mode, by: request.caller))
  }

  /// Reports are counted; what they hold is for the log of whoever wants it.
  func reportMetrics(_ request: CatalogRequest) async throws -> CatalogAnswer {
    let identifier = try request.identifier()
    let report: MetricsReport = try request.decode()
    try await self.catalog.checkExists(
      .table, identifier, in: request.warehouse, by: request.caller)
    self.catalog.keep(report, of: identifier, in: request.warehouse)
    return .noContent
  }

  // MARK: Views

  func loadView(_ request: CatalogRequest) async throws -> CatalogAnswer {
    _ = try request.loadMode()
    return CatalogAnswer(
      try await self.catalog.loadView(
        try request.identifier(), in: request.warehouse, by: request.caller))
  }

  func createView(_ request: CatalogRequest) async throws -> CatalogAnswer {
    let create: CreateViewRequest = try request.decode()
    return CatalogAnswer(
      try await self.catalog.createView(
        create, in: try request.namespace(), of: request.warehouse, by: request.caller))
  }

  func replaceView(_ request: CatalogRequest) async throws -> CatalogAnswer {
    let commit: CommitViewRequest = try request.decode()
    return CatalogAnswer(
      try await self.catalog.replaceView(
        try request.identifier(), commit, in: request.warehouse, by: request.caller))
  }

  func dropView(_ request: CatalogRequest) async throws -> CatalogAnswer {
    try await self.catalog.drop(
      .view, try request.identifier(), purges: false, in: request.warehouse,
      by: request.caller)
    return .noContent
  }

  func registerView(_ request: CatalogRequest) async throws -> CatalogAnswer {
    let register: RegisterRequest = try request.decode()
    return CatalogAnswer(
      try await self.catalog.registerView(
        register, in: try request.namespace(), of: request.warehouse, by: request.caller))
  }
}
