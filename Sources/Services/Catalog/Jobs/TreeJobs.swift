import Cluster
import Iceberg
import JSON
import Values

/// Dropping a namespace with all that is in it: a large one by a job that can be watched and begun anew.
extension CatalogService {
  static let treeKind = "catalog.drop_namespace"

  func makeTreeKind() -> JobKind {
    JobKind(Self.treeKind) { kind in
      kind.concurrentMax = 2
    } handler: { [self] run in
      try await self.dropTree(run)
    }
  }

  private func dropTree(_ run: JobRun) async throws -> JobResult {
    guard let catalog = self.catalog, let name = run.parameters["warehouse"]?.string,
      let text = run.parameters["namespace"]?.string,
      let namespace = try? QualifiedName.namespace(text)
    else {
      throw JobFailure("catalog.no_namespace", "the job names no namespace", isFinal: true)
    }
    guard let warehouse = catalog.warehouses[name] else {
      throw JobFailure("catalog.no_warehouse", "there is no warehouse \(name)", isFinal: true)
    }
    let total = run.parameters["objects"]?.int64
    do {
      let count = try await catalog.dropTree(
        namespace, in: warehouse, by: catalog.operatorCaller(run.parameters["by"]?.string)
      ) { count in
        try run.checkCancelled()
        run.report(JobProgress(phase: "dropping", doneCount: count, totalCount: total))
      }
      return JobResult(["objects_count": .integer(count)])
    } catch let error as CancellationError {
      throw error
    } catch {
      let response = CatalogServer.response(to: error)
      throw JobFailure(
        "catalog.drop_failed", response.message, isFinal: (400..<500).contains(response.status))
    }
  }

  func submitTree(
    _ namespace: Namespace, objects: Int64, in warehouse: Warehouse, by requester: String
  ) async throws -> String {
    let name = QualifiedName.text(namespace)
    let submitted = try await self.jobs.submit(
      JobRequest(
        Self.treeKind, what: "drop \(name) with all that is in it".cut(to: 400),
        parameters: [
          "warehouse": .string(warehouse.name), "namespace": .string(name),
          "objects": .integer(objects), "by": .string(requester),
        ], joinKey: "\(warehouse.name) \(name)", requester: requester))
    return submitted.job.id.description
  }
}

extension IcebergCatalog {
  /// Drops all tables and views of a namespace and of those below it, then the namespaces, those below
  /// first; how many tables and views went. What is there already when it is begun anew is done.
  @discardableResult
  func dropTree(
    _ root: Namespace, in warehouse: Warehouse, by caller: Caller,
    progress: (Int64) async throws -> Void = { _ in }
  ) async throws -> Int64 {
    guard try await self.store.namespace(root, in: warehouse.name) != nil else { return 0 }
    var namespaces = [root]
    try await NamespaceTreeHandlers.namespaces(
      below: root, from: nil, in: warehouse.name, of: self.store
    ) {
      namespaces.append($0)
      return true
    }
    var count: Int64 = 0
    for namespace in namespaces.reversed() {
      for kind in ObjectKind.allCases {
        // What was dropped is gone from the list.
        while true {
          let page = try await self.store.entries(
            of: kind, in: namespace, of: warehouse.name, after: nil, limit: 1000)
          for entry in page {
            try Task.checkCancellation()
            try await self.drop(kind, entry.identifier, purges: false, in: warehouse, by: caller)
            count += 1
          }
          try await progress(count)
          guard page.count == 1000 else { break }
        }
      }
      try await self.dropNamespace(namespace, in: warehouse, by: caller)
    }
    return count
  }
}
