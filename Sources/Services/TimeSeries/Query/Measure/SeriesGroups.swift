import SeriesColumns

/// Groups of series by tags that each series has once, worked out for a shard and not for each of its
/// blocks.
final class SeriesGroups {
  /// Of each entry of a series the number of its group, and at the end that of series without an entry.
  private var numbers: [UInt32] = []
  /// Of each number its entry in the table of groups; -1 until there is one.
  var entries: [Int32] = []
  private var isMade = false

  /// Of each run of a block the number of its group; nil when lists group, which have no numbers.
  ///
  /// - Parameter places: the columns that make the groups, the same at each call.
  func numbers(ofRuns block: ScannedBlock, by places: [Int]) -> [UInt32]? {
    guard let rows = block.series?.rows, places.allSatisfy({ !rows.columns[$0].type.isList }) else {
      return nil
    }
    if !self.isMade { self.make(rows, places) }
    return block.entries.map { self.numbers[$0 < 0 ? rows.ids.count : $0] }
  }

  private func make(_ rows: SeriesRows, _ places: [Int]) {
    self.isMade = true
    var numbers: ValueNumbers?
    for place in places {
      let others = ValueNumbers(rows.columns[place])
      if numbers == nil { numbers = others } else { numbers?.split(by: others) }
    }
    let count = numbers?.count ?? 0
    self.numbers = (numbers?.rows ?? []) + [UInt32(count)]
    self.entries = Array(repeating: -1, count: count + 1)
  }
}
