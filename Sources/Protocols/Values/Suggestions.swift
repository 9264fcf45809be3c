/// "Did you mean": the words nearest to one that is not known.
public enum Suggestions {
  /// The nearest of `words`, nearest first: at most `limit`, and none that differs in more than a
  /// third of its letters (one letter for short words).
  public static func nearest(
    to word: String, in words: some Sequence<String>, limit: Int = 3
  ) -> [String] {
    // What is longer is no slip of the finger, and comparing takes the product of both lengths.
    guard word.utf8.count <= 100 else { return [] }
    let letters = Array(word.lowercased().unicodeScalars)
    let scored = words.compactMap { candidate -> (distance: Int, word: String)? in
      let other = Array(candidate.lowercased().unicodeScalars)
      let allowed = max(1, max(letters.count, other.count) / 3)
      let distance = self.distance(letters, other)
      return distance <= allowed ? (distance, candidate) : nil
    }
    return scored.sorted { ($0.distance, $0.word) < ($1.distance, $1.word) }
      .prefix(limit).map(\.word)
  }

  /// How many letters must be put in, taken out, replaced, or swapped with their neighbour.
  public static func distance(_ left: String, _ right: String) -> Int {
    self.distance(Array(left.unicodeScalars), Array(right.unicodeScalars))
  }

  private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
    var beforePrevious = [Int](repeating: 0, count: right.count + 1)
    var previous = Array(0...right.count)
    var current = previous
    for (row, letter) in left.enumerated() {
      current[0] = row + 1
      for (column, other) in right.enumerated() {
        var best = min(
          previous[column] + (letter == other ? 0 : 1), previous[column + 1] + 1,
          current[column] + 1)
        if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
          best = min(best, beforePrevious[column - 1] + 1)
        }
        current[column + 1] = best
      }
      (beforePrevious, previous, current) = (previous, current, beforePrevious)
    }
    return previous[right.count]
  }
}
