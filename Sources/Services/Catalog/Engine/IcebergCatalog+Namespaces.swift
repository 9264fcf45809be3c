import Iceberg
import JSON
import Values

/// Namespaces.
extension IcebergCatalog {
  func loadNamespace(
    _ namespace: Namespace, in warehouse: Warehouse, by caller: Caller
  ) async throws -> NamespaceDocument {
    try self.require(
      caller, .read, on: .namespace(namespace), in: warehouse, orElse: .noSuch(namespace))
    return self.document(try await self.record(of: namespace, in: warehouse), in: warehouse)
  }

  func record(
    of namespace: Namespace, in warehouse: Warehouse
  ) async throws -> NamespaceRecord {
    guard let record = try await self.store.namespace(namespace, in: warehouse.name) else {
      throw ErrorResponse.noSuch(namespace)
    }
    return record
  }

  /// With the computed location where none is stored, and no other property that nobody set.
  func document(_ record: NamespaceRecord, in warehouse: Warehouse) -> NamespaceDocument {
    var properties = record.properties
    if properties["location"] == nil {
      properties["location"] =
        LocationLayout.location(of: record.namespace, in: warehouse.location).description
    }
    return NamespaceDocument(record.namespace, properties: properties)
  }

  /// The direct children of a namespace that the caller may see, from `name` on.
  ///
  /// - Parameter limit: nil: all of them.
  func listNamespaces(
    below parent: Namespace?, in warehouse: Warehouse, by caller: Caller, after name: String?,
    limit: Int?
  ) async throws -> (namespaces: [Namespace], next: String?) {
    if let parent { _ = try await self.loadNamespace(parent, in: warehouse, by: caller) }
    let page = try await self.walk(
      after: name, limit: limit
    ) { name, count in
      try await self.store.namespaces(
        below: parent, in: warehouse.name, after: name, limit: count)
    } name: {
      $0.levels.last ?? ""
    } isVisible: {
      self.allows(caller, .read, on: .namespace($0), in: warehouse)
    }
    return (page.items, page.next)
  }

  /// Reads pages until `limit` things were found that may be shown; the name to go on behind comes with
  /// them when there may be more.
  func walk<Item>(
    after first: String?, limit: Int?, _ read: (String?, Int) async throws -> [Item],
    name: (Item) -> String, isVisible: (Item) -> Bool
  ) async throws -> (items: [Item], next: String?) {
    var found: [Item] = []
    var after = first
    let step = max(2, min(limit ?? Int.max, self.options.pageSizeMax)) + 1
    while true {
      let page = try await read(after, step)
      for item in page where isVisible(item) {
        if let limit, found.count == limit { return (found, found.last.map(name)) }
        found.append(item)
      }
      guard page.count == step, let last = page.last else { return (found, nil) }
      after = name(last)
    }
  }

  func createNamespace(
    _ document: NamespaceDocument, in warehouse: Warehouse, by caller: Caller
  ) async throws -> NamespaceDocument {
    let namespace = document.namespace
    try namespace.check()
    if let separator = self.options.namespaceSeparator,
      namespace.levels.contains(where: { $0.contains(separator) })
    {
      throw IcebergError(
        .badRequest, "a namespace level has no \(separator) here: it stands between levels")
    }
    let parent = namespace.parent
    try self.require(
      caller, .write, on: parent.map { .namespace($0) } ?? .warehouse, in: warehouse,
      orElse: parent.map { .noSuch($0) } ?? .forbidden)
    try self.check(document.properties, in: warehouse)
    let record = NamespaceRecord(
      namespace, properties: document.properties, createdAtMS: self.nowMS)
    var steps: [ChangeStep] = []
    if self.options.makesParents {
      for missing in try await self.missingParents(of: namespace, in: warehouse) {
        steps.append(.createNamespace(NamespaceRecord(missing, createdAtMS: self.nowMS)))
      }
    }
    steps.append(.createNamespace(record))
    let answer = self.document(record, in: warehouse)
    let outcome = try await self.apply(
      CatalogChange(
        in: warehouse.name, steps,
        request: caller.claim?.record(200, .body(answer.text()), atMS: self.nowMS),
        events: [self.event(.namespaceCreated, by: caller, in: warehouse, namespace)]))
    if case .refused(let refusal, _) = outcome { throw ErrorResponse(refusal) }
    return answer
  }

  private func missingParents(
    of namespace: Namespace, in warehouse: Warehouse
  ) async throws -> [Namespace] {
    var missing: [Namespace] = []
    var next = namespace.parent
    while let parent = next, try await self.store.namespace(parent, in: warehouse.name) == nil {
      missing.insert(parent, at: 0)
      next = parent.parent
    }
    return missing
  }

  private func check(_ properties: Properties, in warehouse: Warehouse) throws(IcebergError) {
    guard let location = properties["location"] else { return }
    guard try Location(parsing: location).isInside(warehouse.location) else {
      throw IcebergError(
        .validation,
        "the location \(location.prefix(300)) is not in the warehouse \(warehouse.location)")
    }
  }

  func dropNamespace(
    _ namespace: Namespace, in warehouse: Warehouse, by caller: Caller
  ) async throws {
    try self.require(
      caller, .manage, on: .namespace(namespace), in: warehouse, orElse: .noSuch(namespace))
    let outcome = try await self.apply(
      CatalogChange(
        in: warehouse.name, [.dropNamespace(namespace)],
        request: caller.claim?.record(204, .nothing, atMS: self.nowMS),
        events: [self.event(.namespaceDropped, by: caller, in: warehouse, namespace)]))
    if case .refused(let refusal, _) = outcome { throw ErrorResponse(refusal) }
  }

  func updateProperties(
    of namespace: Namespace, _ request: UpdateNamespacePropertiesRequest,
    in warehouse: Warehouse, by caller: Caller
  ) async throws -> UpdateNamespacePropertiesResponse {
    try self.require(
      caller, .manage, on: .namespace(namespace), in: warehouse, orElse: .noSuch(namespace))
    if let name = request.contradictions.first {
      throw ErrorResponse(
        .unprocessableEntity,
        "The property \(name.prefix(255).debugDescription) is to be both removed and set")
    }
    try self.check(request.updates, in: warehouse)
    for _ in 0..<self.options.commitAttemptsMax {
      var record = try await self.record(of: namespace, in: warehouse)
      let before = record.properties
      let response = request.apply(to: &record.properties)
      let claim = caller.claim?.record(200, .body(response.text()), atMS: self.nowMS)
      if record.properties == before, claim == nil { return response }
      let outcome = try await self.apply(
        CatalogChange(
          in: warehouse.name, [.replaceNamespace(record, revision: record.revision)],
          request: claim,
          events: [self.event(.namespaceUpdated, by: caller, in: warehouse, namespace)]))
      switch outcome {
      case .applied: return response
      case .refused(.namespaceChanged, _): continue
      case .refused(let refusal, _): throw ErrorResponse(refusal)
      }
    }
    throw ErrorResponse(.namespaceChanged(namespace))
  }
}
