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

  /// Sorts `rows` so that rows that compare equal keep their order; what is unknown comes last.
  ///
  /// Numbers are compared as numbers. Texts are compared by the eight bytes after the start that all
  /// of them share, and whole only where those are equal: most of a hundred thousand names differ there.
  static func sorted(_ rows: [Int32], of set: RowSet, by sort: Sort) -> [Int32] {
    guard let key = set.index(of: sort.key), rows.count > 1 else { return rows }
    let cells = rows.map { set[Int($0), key].current }
    let isNumber = cells.contains { $0.number != nil }
    var known: [(weight: UInt64, position: Int32)] = []
    var unknown: [Int32] = []
    known.reserveCapacity(rows.count)
    var shared: [UInt8]?
    var texts = [String](repeating: "", count: isNumber ? 0 : rows.count)
    for (position, cell) in cells.enumerated() {
      if isNumber, let number = cell.number {
        known.append((Self.weight(number), Int32(position)))
      } else if isNumber || cell == .null {
        unknown.append(rows[position])
      } else {
        texts[position] = cell.rawText
        Self.shorten(&shared, to: texts[position])
        known.append((0, Int32(position)))
      }
    }
    if !isNumber {
      let skipped = shared?.count ?? 0
      for index in known.indices {
        known[index].weight = Self.weight(texts[Int(known[index].position)], skipping: skipped)
      }
    }
    known.sort { left, right in
      if left.weight != right.weight {
        return sort.isDescending ? left.weight > right.weight : left.weight < right.weight
      }
      if !isNumber {
        let (first, second) = (texts[Int(left.position)], texts[Int(right.position)])
        if first != second { return sort.isDescending ? first > second : first < second }
      }
      return left.position < right.position
    }
    return known.map { rows[Int($0.position)] } + unknown
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

  private static func shorten(_ shared: inout [UInt8]?, to text: String) {
    guard let before = shared else {
      shared = Array(text.utf8)
      return
    }
    var count = 0
    for (left, right) in zip(before, text.utf8) {
      guard left == right else { break }
      count += 1
    }
    if count < before.count { shared = Array(before.prefix(count)) }
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
