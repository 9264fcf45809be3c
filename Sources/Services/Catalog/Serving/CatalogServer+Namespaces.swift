import Bytes
import HTTP
import HTTPServing
import Iceberg
import JSON

/// Configuration and namespaces.
extension CatalogServer {
  func config(_ exchange: HTTPExchange) async throws -> CatalogAnswer {
    // Whoever shows credentials must show good ones; who shows none may know where the catalog is.
    if exchange.field(.authorization) != nil { _ = try self.caller(exchange) }
    let named = try exchange.queryText("warehouse").flatMap { $0.isEmpty ? nil : $0 }
    let warehouse: Warehouse
    if let named {
      guard let found = self.catalog.warehouses.find(named), found.record.isActive else {
        throw ErrorResponse.noSuchWarehouse(named)
      }
      warehouse = found
    } else {
      warehouse = try self.catalog.warehouse(nil)
    }
    var response = ConfigResponse(
      endpoints: CatalogRoute.all.map(\.endpoint),
      idempotencyKeyLifetime: "PT\(self.catalog.options.requestLifetimeSeconds / 60)M")
    if warehouse.name != self.catalog.options.defaultWarehouse {
      response.overrides["prefix"] = warehouse.name
    }
    if let separator = self.catalog.options.namespaceSeparator {
      response.overrides["namespace-separator"] = separator.utf8.map { Self.escaped($0) }.joined()
    }
    response.defaults = warehouse.clientConfig
    // Spark and Flink pack Parquet by gzip where a new table says nothing.
    response.defaults["table-default.write.parquet.compression-codec"] = "zstd"
    return CatalogAnswer(response)
  }

  /// Dots, too: most encoders leave them.
  private static func escaped(_ byte: UInt8) -> String {
    "%" + Hexadecimal.text(of: [byte].rawBytes).uppercased()
  }

  func listNamespaces(_ request: CatalogRequest) async throws -> CatalogAnswer {
    let parent = try request.query("parent").flatMap { $0.isEmpty ? nil : $0 }
      .map { try request.namespace($0) }
    let list = "namespaces \(request.warehouse.name) \(parent?.levels ?? [])"
    let page = try request.page(
      of: list, self.tokens, sizeMax: self.catalog.options.pageSizeMax)
    let found = try await self.catalog.listNamespaces(
      below: parent, in: request.warehouse, by: request.caller, after: page.after,
      limit: page.limit)
    return CatalogAnswer(
      ListNamespacesResponse(
        found.namespaces, nextPageToken: found.next.map { self.tokens.text($0, of: list) }))
  }

  func createNamespace(_ request: CatalogRequest) async throws -> CatalogAnswer {
    let document: NamespaceDocument = try request.decode()
    return CatalogAnswer(
      try await self.catalog.createNamespace(
        document, in: request.warehouse, by: request.caller))
  }

  func loadNamespace(_ request: CatalogRequest) async throws -> CatalogAnswer {
    CatalogAnswer(
      try await self.catalog.loadNamespace(
        try request.namespace(), in: request.warehouse, by: request.caller))
  }

  func headNamespace(_ request: CatalogRequest) async throws -> CatalogAnswer {
    _ = try await self.catalog.loadNamespace(
      try request.namespace(), in: request.warehouse, by: request.caller)
    return .noContent
  }

  func dropNamespace(_ request: CatalogRequest) async throws -> CatalogAnswer {
    try await self.catalog.dropNamespace(
      try request.namespace(), in: request.warehouse, by: request.caller)
    return .noContent
  }

  func updateNamespace(_ request: CatalogRequest) async throws -> CatalogAnswer {
    if let body = request.body, Self.hasDuplicates(body) {
      throw ErrorResponse(.unprocessableEntity, "A member of the body is there twice")
    }
    let update: UpdateNamespacePropertiesRequest = try request.decode()
    return CatalogAnswer(
      try await self.catalog.updateProperties(
        of: try request.namespace(), update, in: request.warehouse, by: request.caller))
  }

  private static func hasDuplicates(_ body: [UInt8]) -> Bool {
    do throws(JSONError) {
      _ = try JSONDocument(parsing: body.rawBytes, limits: IcebergLimits.request)
      return false
    } catch {
      return error.code == .duplicateMember
    }
  }
}
