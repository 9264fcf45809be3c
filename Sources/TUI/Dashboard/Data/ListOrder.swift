private import CommandTable

/// Which rows are shown, and in which order.
package struct ListOrder: Sendable {
  package struct Sort: Hashable, Sendable {
    package var key: String
    package var isDescending: Bool

    package init(key: String, isDescending: Bool) {
      self.key = key
      self.isDescending = isDescending
    }
  }

  /// Rows whose cell is one of the words come first, in the order of the words.
  package struct Precedence: Hashable, Sendable {
    package var key: String
    package var words: [String]

    package init(key: String, words: [String]) {
      self.key = key
      self.words = words
    }
  }

  /// A row and what it is sorted by.
  private struct Ranked {
    var weight: UInt64
    var position: Int32
  }

  /// All rows, so that those that compare equal keep their order; what is unknown comes last.
  ///
  /// Numbers are compared as numbers. Texts are compared by the eight bytes after the start that
  /// all of them share, and whole only where those are equal: most of a hundred thousand names
  /// differ there.
  static func sorted(_ set: RowSet, by sort: Sort) -> [Int32] {
    guard let key = set.index(of: sort.key), set.count > 1 else { return self.all(set) }
    var known: [Ranked] = []
    var unknown: [Int32] = []
    known.reserveCapacity(set.count)
    let isNumber = (0..<set.count).contains { set[$0, key].number != nil }
    guard !isNumber else {
      for row in 0..<set.count {
        if let number = set[row, key].number {
          known.append(Ranked(weight: Self.weight(number), position: Int32(row)))
        } else {
          unknown.append(Int32(row))
        }
      }
      Self.rank(&known, isDescending: sort.isDescending)
      return known.map(\.position) + unknown
    }
    let texts = (0..<set.count).map { row in
      let cell = set[row, key].current
      return cell == .null ? nil : cell.rawText
    }
    let skipped = Self.sharedCount(texts)
    for (row, text) in texts.enumerated() {
      guard let text else {
        unknown.append(Int32(row))
        continue
      }
      known.append(Ranked(weight: Self.weight(text, skipping: skipped), position: Int32(row)))
    }
    Self.rank(&known, isDescending: sort.isDescending)
    Self.settle(&known, texts, isDescending: sort.isDescending)
    return known.map(\.position) + unknown
  }

  /// By numbers that are worked out of several samples, such as rates; what has none comes last.
  static func sorted(_ numbers: [Double?], isDescending: Bool) -> [Int32] {
    var known: [Ranked] = []
    var unknown: [Int32] = []
    for (row, number) in numbers.enumerated() {
      if let number {
        known.append(Ranked(weight: Self.weight(number), position: Int32(row)))
      } else {
        unknown.append(Int32(row))
      }
    }
    Self.rank(&known, isDescending: isDescending)
    return known.map(\.position) + unknown
  }

  static func all(_ set: RowSet) -> [Int32] { Array(0..<Int32(clamping: set.count)) }

  private static func rank(_ rows: inout [Ranked], isDescending: Bool) {
    if isDescending { for index in rows.indices { rows[index].weight = ~rows[index].weight } }
    rows.sort { left, right in
      left.weight == right.weight ? left.position < right.position : left.weight < right.weight
    }
  }

  /// Orders the rows whose eight bytes are alike by their whole texts.
  private static func settle(_ rows: inout [Ranked], _ texts: [String?], isDescending: Bool) {
    var start = 0
    while start < rows.count {
      var end = start + 1
      while end < rows.count, rows[end].weight == rows[start].weight { end += 1 }
      if end - start > 1 {
        rows[start..<end].sort { left, right in
          let (first, second) = (
            texts[Int(left.position)] ?? "", texts[Int(right.position)] ?? ""
          )
          if first == second { return left.position < right.position }
          return isDescending ? first > second : first < second
        }
      }
      start = end
    }
  }

  private static func weight(_ text: String, skipping count: Int) -> UInt64 {
    var weight: UInt64 = 0
    var taken = 0
    for byte in text.utf8.dropFirst(count).prefix(8) {
      weight = weight << 8 | UInt64(byte)
      taken += 1
    }
    return taken == 0 ? 0 : weight << UInt64(8 * (8 - taken))
  }

  /// How many bytes all texts begin with.
  private static func sharedCount(_ texts: [String?]) -> Int {
    guard let first = texts.lazy.compactMap({ $0 }).first else { return 0 }
    let bytes = Array(first.utf8)
    var count = bytes.count
    for case let text? in texts where count > 0 {
      var at = 0
      for byte in text.utf8 {
        guard at < count, byte == bytes[at] else { break }
        at += 1
      }
      count = at
    }
    return count
  }

  /// Bits that compare as the numbers do.
  private static func weight(_ number: Double) -> UInt64 {
    let bits = number.bitPattern
    return bits >> 63 == 1 ? ~bits : bits | 1 << 63
  }

  static func preferring(_ rows: [Int32], of set: RowSet, _ precedence: Precedence) -> [Int32] {
    guard let key = set.index(of: precedence.key) else { return rows }
    var groups = [[Int32]](repeating: [], count: precedence.words.count + 1)
    for row in rows {
      let text = set[Int(row), key].rawText
      groups[precedence.words.firstIndex(of: text) ?? precedence.words.count].append(row)
    }
    return groups.flatMap { $0 }
  }
}
