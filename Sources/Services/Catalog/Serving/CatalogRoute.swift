import HTTP
import Iceberg

/// A route below a warehouse: served with its prefix and, for the default warehouse, without.
struct CatalogRoute: Sendable {
  let method: Method
  /// Behind the prefix: `/namespaces/{namespace}`.
  let path: String
  /// What its requests are counted as.
  let group: String
  let style: CatalogServer.Style
  let handler: CatalogServer.Handler

  init(
    _ method: Method, _ path: String, _ group: String, _ style: CatalogServer.Style = .plain,
    _ handler: @escaping CatalogServer.Handler
  ) {
    self.method = method
    self.path = path
    self.group = group
    self.style = style
    self.handler = handler
  }

  var parameterCount: Int { self.path.count { $0 == "{" } }

  /// As clients look for it in the list of endpoints.
  var endpoint: String { "\(self.method.text) /v1/{prefix}\(self.path)" }

  /// Everything that this service does, and nothing else: the list of endpoints is made of it.
  static let all: [CatalogRoute] =
    namespaceRoutes + tableRoutes + tableChanges + viewRoutes

  /// What clients may ask for although there is nothing of the kind: plans are finished when they are
  /// answered, so that none is kept, and there are no functions. Not in the list of endpoints.
  static let empty: [CatalogRoute] = [
    CatalogRoute(.get, table + "/plan/{plan}", "get_plan") { try await $0.noPlan($1) },
    CatalogRoute(.delete, table + "/plan/{plan}", "cancel_plan") { try await $0.noPlan($1) },
    CatalogRoute(.post, table + "/tasks", "plan_tasks", .body) { try await $0.noPlanTask($1) },
    CatalogRoute(.get, namespace + "/functions", "list_functions") {
      try await $0.listFunctions($1)
    },
    CatalogRoute(.get, namespace + "/functions/{function}", "load_function") {
      try await $0.noFunction($1)
    },
  ]

  private static let namespace = "/namespaces/{namespace}"
  private static let table = "/namespaces/{namespace}/tables/{table}"
  private static let view = "/namespaces/{namespace}/views/{view}"

  private static let namespaceRoutes: [CatalogRoute] = [
    CatalogRoute(.get, "/namespaces", "list_namespaces") { try await $0.listNamespaces($1) },
    CatalogRoute(.post, "/namespaces", "create_namespace", .change) {
      try await $0.createNamespace($1)
    },
    CatalogRoute(.get, namespace, "load_namespace") { try await $0.loadNamespace($1) },
    CatalogRoute(.head, namespace, "head_namespace") { try await $0.headNamespace($1) },
    CatalogRoute(.delete, namespace, "drop_namespace", .change) {
      try await $0.dropNamespace($1)
    },
    CatalogRoute(.post, namespace + "/properties", "update_namespace", .change) {
      try await $0.updateNamespace($1)
    },
  ]

  private static let tableRoutes: [CatalogRoute] = [
    CatalogRoute(.get, namespace + "/tables", "list_tables") {
      try await $0.list(.table, $1)
    },
    CatalogRoute(.get, table, "load_table") { try await $0.loadTable($1) },
    CatalogRoute(.head, table, "head_table") { try await $0.head(.table, $1) },
    CatalogRoute(.post, table + "/metrics", "report_metrics", .body) {
      try await $0.reportMetrics($1)
    },
    CatalogRoute(.get, table + "/credentials", "load_credentials") {
      try await $0.loadCredentials($1)
    },
    CatalogRoute(.post, table + "/plan", "plan_scan", .body) { try await $0.plan($1) },
    CatalogRoute(.post, table + "/sign", "sign_request", .body) { try await $0.sign($1) },
  ]

  private static let tableChanges: [CatalogRoute] = [
    CatalogRoute(.post, namespace + "/tables", "create_table", .change) {
      try await $0.createTable($1)
    },
    CatalogRoute(.post, table, "commit_table", .change) { try await $0.commitTable($1) },
    CatalogRoute(.delete, table, "drop_table", .change) { try await $0.dropTable($1) },
    CatalogRoute(.post, namespace + "/register", "register_table", .change) {
      try await $0.registerTable($1)
    },
    CatalogRoute(.post, table + "/unregister", "unregister_table", .change) {
      try await $0.unregisterTable($1)
    },
    CatalogRoute(.post, "/tables/rename", "rename_table", .change) {
      try await $0.rename(.table, $1)
    },
    CatalogRoute(.post, "/transactions/commit", "commit_transaction", .change) {
      try await $0.commitTransaction($1)
    },
  ]

  private static let viewRoutes: [CatalogRoute] = [
    CatalogRoute(.get, namespace + "/views", "list_views") { try await $0.list(.view, $1) },
    CatalogRoute(.post, namespace + "/views", "create_view", .change) {
      try await $0.createView($1)
    },
    CatalogRoute(.get, view, "load_view") { try await $0.loadView($1) },
    CatalogRoute(.head, view, "head_view") { try await $0.head(.view, $1) },
    CatalogRoute(.post, view, "replace_view", .change) { try await $0.replaceView($1) },
    CatalogRoute(.delete, view, "drop_view", .change) { try await $0.dropView($1) },
    CatalogRoute(.post, "/views/rename", "rename_view", .change) {
      try await $0.rename(.view, $1)
    },
    CatalogRoute(.post, namespace + "/register-view", "register_view", .change) {
      try await $0.registerView($1)
    },
  ]
}
