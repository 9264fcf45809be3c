import CommandTable
package import Values

/// Rows with a time, as numbers over a window.
extension RowSet {
  /// The window that ends at `end` in `count` parts of equal length: the mean of the rows `at` each, nil where
  /// there is none. A part that is shorter than the time between two rows holds the one before it.
  package func values(
    _ key: String, window: Duration, until end: WallTime, count: Int
  ) -> [Double?] {
    var values = [Double?](repeating: nil, count: max(0, count))
    guard count > 0, let time = self.index(of: "at"), let place = self.index(of: key) else {
      return values
    }
    var counts = [Int](repeating: 0, count: count)
    let length = window.nanosecondsClamped
    let step = max(1, length / Int64(count))
    for row in 0..<self.count {
      guard let value = self[row, place].number,
        let moment = try? WallTime(Timestamp(parsing: self[row, time].rawText))
      else { continue }
      let age = end.nanoseconds - moment.nanoseconds
      let part = count - 1 - Int(clamping: age / step)
      guard age >= 0, part >= 0 else { continue }
      values[part] = (values[part] ?? 0) + value
      counts[part] += 1
    }
    for part in 0..<count where counts[part] > 0 { values[part]? /= Double(counts[part]) }
    // The server cuts a window into 120 parts.
    let gapMax = Int(clamping: length / 120 / step)
    for part in stride(from: count - 1, to: 0, by: -1) where values[part] == nil {
      let before = (max(0, part - gapMax)..<part).last { counts[$0] > 0 }
      if let before { values[part] = values[before] }
    }
    return values
  }
}
