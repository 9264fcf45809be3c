import SeriesModel

/// A row that may be answered: where it is, and what of it decides the order.
struct RowReference: Sendable {
  var timestamp: Int64
  /// What decides last: of points the series, of elements the id.
  var tie: UInt64
  var block: UInt32
  var row: UInt32
  var run: UInt32
  /// Of the value that orders, where one does.
  var slot: UInt32
}

/// Rows in their order, and the columns that they lie in.
struct SelectedRows: Sendable {
  var blocks: [AnswerBlock] = []
  var rows: ArraySlice<RowReference> = []
  /// By slot: values of the index that orders.
  var orders: [SeriesValue] = []

  var count: Int { self.rows.count }
  var isEmpty: Bool { self.rows.isEmpty }

  /// As objects: for other nodes.
  var results: [ResultRow] {
    self.rows.map { row in
      let block = self.blocks[Int(row.block)]
      let (run, place) = (Int(row.run), Int(row.row))
      return ResultRow(
        timestamp: row.timestamp, seriesID: block.seriesIDs[run], version: block.versions[place],
        order: self.orders.isEmpty ? .null : self.orders[Int(row.slot)], group: block.group,
        values: block.cells.map { $0.value(run: run, row: place) })
    }
  }
}

extension SelectedRows {
  /// Rows that are in order.
  init(_ results: some Sequence<ResultRow>) {
    var places: [Int: UInt32] = [:]
    var groups: [[ResultRow]] = []
    var rows: [RowReference] = []
    for result in results {
      let block = places[result.group] ?? UInt32(groups.count)
      if Int(block) == groups.count {
        places[result.group] = block
        groups.append([])
      }
      let row = UInt32(groups[Int(block)].count)
      groups[Int(block)].append(result)
      rows.append(
        RowReference(
          timestamp: result.timestamp, tie: result.seriesID, block: block, row: row, run: row,
          slot: 0))
    }
    self.rows = rows[...]
    self.blocks = groups.map { AnswerBlock($0, group: $0[0].group) }
  }
}
