import HTTP
import Iceberg
import JSON

/// Kinds of things of which there are none here.
extension CatalogServer {
  func noPlan(_ request: CatalogRequest) async throws -> CatalogAnswer {
    try await self.catalog.checkExists(
      .table, try request.identifier(), in: request.warehouse, by: request.caller)
    throw ErrorResponse(
      .noSuchPlanID, "Plan does not exist: \(request.parameter(2).prefix(200))")
  }

  func noPlanTask(_ request: CatalogRequest) async throws -> CatalogAnswer {
    let identifier = try request.identifier()
    let task: PlanTaskRequest = try request.decode()
    try await self.catalog.checkExists(
      .table, identifier, in: request.warehouse, by: request.caller)
    throw ErrorResponse(.noSuchPlanTask, "Plan task does not exist: \(task.task.prefix(200))")
  }

  func listFunctions(_ request: CatalogRequest) async throws -> CatalogAnswer {
    _ = try await self.catalog.loadNamespace(
      try request.namespace(), in: request.warehouse, by: request.caller)
    return CatalogAnswer(
      status: .ok, body: .json(Array(#"{"identifiers":[],"next-page-token":null}"#.utf8)))
  }

  func noFunction(_ request: CatalogRequest) async throws -> CatalogAnswer {
    let namespace = try request.namespace()
    _ = try await self.catalog.loadNamespace(
      namespace, in: request.warehouse, by: request.caller)
    throw ErrorResponse(
      .noSuchFunction,
      "Function does not exist: \(namespace).\(request.parameter(1).prefix(200))")
  }
}

private struct PlanTaskRequest: JSONDecodable {
  var task: String
  init(json: JSONCursor) throws(JSONError) { self.task = try json.decode("plan-task") }
}
