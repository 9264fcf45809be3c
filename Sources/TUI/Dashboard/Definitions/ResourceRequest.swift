/// What is asked of the source for one pane. Two panes with the same request share the answer.
package struct ResourceRequest: Hashable, Sendable {
  package enum Shape: Hashable, Sendable {
    /// Rows of flat objects.
    case rows
    /// A metrics snapshot: a row for each family.
    case metricFamilies
    /// A metrics snapshot: a row for each series of this family.
    case metricSeries(String)
  }

  package struct Item: Hashable, Sendable {
    package var name: String
    package var value: String

    package init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  package var path: String
  package var query: [Item]
  package var shape: Shape
  /// The cells that make the name of a row.
  package var nameKeys: [String]
  /// The answer goes on where the last one ended: `after` carries its `next`.
  package var isTail: Bool
  /// Where a tail ended is the last row's cell under this key, when the answer has no `next` for
  /// it.
  package var tailKey: String?

  package init(
    _ path: String, query: [Item] = [], shape: Shape = .rows, nameKeys: [String],
    isTail: Bool = false, tailKey: String? = nil
  ) {
    self.path = path
    self.query = query
    self.shape = shape
    self.nameKeys = nameKeys
    self.isTail = isTail
    self.tailKey = tailKey
  }
}
