import Admin
import AdminServing
import Bytes
import Iceberg
import Values

/// A namespace that goes with everything in it, and lists of all that is below one.
struct NamespaceTreeHandlers: Sendable {
  let tables: TableHandlers
  /// Tables and views that go in one request; a larger tree goes by a job.
  static let objectsMax = 10_000
  private static let planLinesMax = 200

  var catalog: IcebergCatalog { get throws { try self.tables.catalog } }

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(CatalogShapeAPI.dropTree) { input, context in
      try await catalogWork { try await self.drop(input, context) }
    }
  }

  /// The namespaces below one, or all, parents first and in the order of their levels: those from
  /// `first` on.
  static func namespaces(
    below root: Namespace?, from first: Namespace?, in warehouse: String,
    of store: any CatalogStore,
    _ visit: (Namespace) async throws -> Bool
  ) async throws {
    var open: [[Namespace]] = [try await self.children(of: root, in: warehouse, of: store)]
    while let level = open.last {
      guard let next = level.first else {
        open.removeLast()
        continue
      }
      open[open.count - 1].removeFirst()
      if let first {
        // Neither it nor what is below it comes after `first`.
        let prefix = first.levels.prefix(next.levels.count)
        if self.isBefore(next.levels, Array(prefix)) { continue }
        let isVisited = !self.isBefore(next.levels, first.levels)
        if isVisited, try await !visit(next) { return }
      } else if try await !visit(next) {
        return
      }
      open.append(try await self.children(of: next, in: warehouse, of: store))
    }
  }

  private static func isBefore(_ left: [String], _ right: [String]) -> Bool {
    for (a, b) in zip(left, right) {
      if a.isSame(as: b) { continue }
      return a.utf8.lexicographicallyPrecedes(b.utf8)
    }
    return left.count < right.count
  }

  static func children(
    of parent: Namespace?, in warehouse: String, of store: any CatalogStore
  ) async throws -> [Namespace] {
    var found: [Namespace] = []
    while true {
      let page = try await store.namespaces(
        below: parent, in: warehouse, after: found.last?.levels.last, limit: 1000)
      found += page
      guard page.count == 1000 else { return found }
    }
  }

  // MARK: Dropping

  private struct Tree {
    var namespaces: [Namespace] = []
    var objects: [(kind: ObjectKind, entry: ObjectEntry)] = []
  }

  private func drop(
    _ input: CatalogNameInput, _ context: AdminContext
  ) async throws -> AdminChange<NamespaceTreeRecord> {
    let warehouse = try self.tables.handlers.warehouse(input.warehouse)
    let root = try QualifiedName.namespace(input.name)
    let caller = try self.tables.handlers.caller(context)
    let catalog = try self.catalog
    _ = try await catalog.loadNamespace(root, in: warehouse, by: caller)
    let (tree, record) = try await self.look(root, in: warehouse)
    guard !context.isDryRun else {
      return AdminChange(record, changed: false, plan: Self.plan(tree, of: record))
    }
    let count = record.tablesCount + record.viewsCount
    guard count <= Int64(Self.objectsMax) else {
      var record = record
      record.job = try await self.tables.handlers.service.submitTree(
        root, objects: count, in: warehouse, by: caller.name)
      return AdminChange(record, changed: true, job: record.job)
    }
    try await catalog.dropTree(root, in: warehouse, by: caller)
    return AdminChange(record, changed: true)
  }

  /// What would go: all of it is counted, and as much as a plan shows is named.
  private func look(
    _ root: Namespace, in warehouse: Warehouse
  ) async throws -> (Tree, NamespaceTreeRecord) {
    let catalog = try self.catalog
    var tree = Tree(namespaces: [root])
    try await Self.namespaces(below: root, from: nil, in: warehouse.name, of: catalog.store) {
      tree.namespaces.append($0)
      return true
    }
    var record = NamespaceTreeRecord()
    record.namespace = QualifiedName.text(root)
    record.namespacesCount = Int64(tree.namespaces.count)
    for namespace in tree.namespaces {
      let counts = try await catalog.store.counts(in: namespace, of: warehouse.name)
      record.tablesCount += counts.tables
      record.viewsCount += counts.views
      for kind in ObjectKind.allCases where tree.objects.count < Self.planLinesMax {
        let page = try await catalog.store.entries(
          of: kind, in: namespace, of: warehouse.name, after: nil, limit: Self.planLinesMax)
        tree.objects += page.map { (kind, $0) }
      }
    }
    let hold = warehouse.record.holdSeconds
    if hold > 0 { record.purgeAt = Timestamp(milliseconds: catalog.nowMS + hold * 1000) }
    return (tree, record)
  }

  private static func plan(_ tree: Tree, of record: NamespaceTreeRecord) -> [AdminPlanLine] {
    var lines = tree.objects.map { kind, entry in
      AdminPlanLine("drop \(kind.word)", QualifiedName.text(entry.identifier))
    }
    lines += tree.namespaces.map { AdminPlanLine("drop namespace", QualifiedName.text($0)) }
    let count = Int(record.tablesCount + record.viewsCount + record.namespacesCount)
    guard count > Self.planLinesMax else { return lines }
    return Array(lines.prefix(Self.planLinesMax)) + [
      AdminPlanLine("and", "\(count - Self.planLinesMax) more")
    ]
  }
}
