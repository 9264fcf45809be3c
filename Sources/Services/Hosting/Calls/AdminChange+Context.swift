package import Admin
package import AdminServing

extension AdminChange {
  /// A change, or what a dry run found: nothing was changed then.
  package init(
    _ item: Item, changed: Bool, context: AdminContext, undo: String? = nil, plan: String
  ) {
    let lines =
      context.isDryRun
      ? [AdminPlanLine("would", changed ? plan : "change nothing: it is so already")] : []
    self.init(
      item, changed: changed && !context.isDryRun,
      undo: changed && !context.isDryRun ? undo : nil, plan: lines)
  }
}
