import CommandTable

/// Which rows are seen, and which of them is selected: the selection follows the row, not the line.
extension State {
  /// Makes the listings of the visible panes again where something of them has changed.
  mutating func relist() {
    for index in self.level.visible where self.level.panes[index].definition.isList {
      self.relist(pane: index)
    }
  }

  private mutating func relist(pane index: Int) {
    var pane = self.level.panes[index]
    guard let request = pane.request, let resource = self.resources[request] else {
      pane.listing = Listing()
      self.level.panes[index] = pane
      return
    }
    let key = Listing.Key(
      request: request, version: resource.version, filter: pane.filter?.text, sort: pane.sort)
    guard key != pane.listing.key else { return }
    self.order(&pane, resource, key)
    pane.listing.key = key
    Self.reselect(&pane, resource.rows)
    self.level.panes[index] = pane
  }

  private func order(_ pane: inout PaneState, _ resource: Resource, _ key: Listing.Key) {
    let before = pane.listing
    let rows = resource.rows
    if let frozen = pane.frozen, !pane.marks.isEmpty || self.isDialogOpen,
      before.key.filter == key.filter, before.key.sort == key.sort,
      before.key.request == key.request
    {
      pane.listing.order = Self.thawed(frozen, rows)
      return
    }
    // Filters are typed: the sorted rows stay, and are only gone through again.
    var sortKey = key
    sortKey.filter = nil
    if pane.listing.sortedKey != sortKey {
      pane.listing.sorted =
        pane.sort.map { Self.sorted(resource, pane.definition, by: $0) } ?? ListOrder.all(rows)
      if let precedence = pane.definition.precedence, pane.sort == pane.definition.sort {
        pane.listing.sorted = ListOrder.preferring(pane.listing.sorted, of: rows, precedence)
      }
      pane.listing.sortedKey = sortKey
    }
    guard let filter = pane.filter, !filter.isEmpty else {
      pane.listing.order = pane.listing.sorted
      return
    }
    // A letter more narrows what was found before.
    var beforeKey = before.key
    beforeKey.filter = key.filter
    let isNarrower =
      beforeKey == key && before.key.filter.map { filter.narrows($0) } ?? false
    pane.listing.order = filter.rows(
      of: rows, among: isNarrower ? before.order : pane.listing.sorted)
  }

  private static func sorted(
    _ resource: Resource, _ pane: PaneDefinition, by sort: ListOrder.Sort
  ) -> [Int32] {
    let rows = resource.rows
    guard rows.index(of: sort.key) == nil,
      case .rate(let counter)? = pane.columns.first(where: { $0.key == sort.key })?.form
    else { return ListOrder.sorted(rows, by: sort) }
    return ListOrder.sorted(
      rows.names.map { resource.rates[$0, counter] }, isDescending: sort.isDescending)
  }

  /// While rows are marked nothing moves: rows that went away go, new ones come last.
  private static func thawed(_ frozen: PaneState.Frozen, _ rows: RowSet) -> [Int32] {
    var places: [String: Int32] = [:]
    places.reserveCapacity(rows.count)
    for (index, name) in rows.names.enumerated() { places[name] = Int32(index) }
    var order: [Int32] = []
    for row in frozen.order {
      if let place = places.removeValue(forKey: frozen.names[Int(row)]) { order.append(place) }
    }
    return order + places.values.sorted()
  }

  private static func reselect(_ pane: inout PaneState, _ rows: RowSet) {
    let order = pane.listing.order
    defer {
      pane.selectedName = pane.listing.row(at: pane.selectedIndex).map { rows.names[$0] }
      pane.frozen = PaneState.Frozen(order: order, names: rows.names)
    }
    guard !order.isEmpty else {
      pane.selectedIndex = 0
      return
    }
    if pane.followsEnd {
      pane.selectedIndex = order.count - 1
      return
    }
    if let name = pane.selectedName {
      // Most often it is where it was.
      if let row = pane.listing.row(at: pane.selectedIndex), rows.names[row] == name { return }
      if let row = rows.firstIndex(named: name), let index = order.firstIndex(of: Int32(row)) {
        pane.selectedIndex = index
        return
      }
    }
    pane.selectedIndex = min(max(0, pane.selectedIndex), order.count - 1)
  }

  var isDialogOpen: Bool {
    if case .dialog = self.overlay { true } else { false }
  }

  // MARK: The selected row

  /// The row the keys act on: the selected one, or the one that was opened where there is no list.
  var selectedRow: (name: String, row: Row, pane: PaneDefinition, request: ResourceRequest)? {
    let pane = self.pane
    if pane.definition.isList {
      guard let request = pane.request, let resource = self.resources[request],
        let row = pane.listing.row(at: pane.selectedIndex), row < resource.rows.count
      else { return nil }
      return (
        resource.rows.names[row], resource.row(row, pane.definition.columns), pane.definition,
        request
      )
    }
    guard let subject = self.level.subject else { return nil }
    return (subject.name, subject.row, subject.pane, subject.request)
  }
}
