package import AdminServing
internal import Values

/// The operator's side of the object store: its part of the admin API.
///
/// ```swift
/// let admin = ObjectAdmin(sources)
/// try admin.register(in: &routes)
/// ```
///
/// It keeps nothing: everything is asked of control, the namespace and the reports when it is asked for.
package struct ObjectAdmin: Sendable {
  let sources: ObjectAdminSources
  private let window: OperationWindow

  package init(_ sources: ObjectAdminSources) {
    self.sources = sources
    self.window = OperationWindow()
  }

  package func register(in routes: inout AdminRoutes) throws {
    try BucketHandlers(sources: self.sources).register(in: &routes)
    try DocumentHandlers(sources: self.sources).register(in: &routes)
    try UploadHandlers(sources: self.sources).register(in: &routes)
    try ObjectHandlers(sources: self.sources).register(in: &routes)
    try DeleteHandlers(sources: self.sources).register(in: &routes)
    try MoveHandlers(sources: self.sources).register(in: &routes)
    try PresignHandlers(sources: self.sources, gate: routes.gate).register(in: &routes)
    try StoreHandlers(sources: self.sources).register(in: &routes)
    try WatchHandlers(sources: self.sources, window: self.window).register(in: &routes)
  }
}
