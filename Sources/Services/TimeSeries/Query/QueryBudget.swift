import SeriesModel
import SeriesSchema

/// The memory that a query may hold. What is over is an error, never a shorter answer.
struct QueryBudget {
  let limitBytes: Int
  private(set) var usedBytes = 0

  init(limitBytes: Int) { self.limitBytes = limitBytes }

  mutating func take(_ bytes: Int) throws(SeriesFault) {
    self.usedBytes += bytes
    guard self.usedBytes <= self.limitBytes else {
      throw SeriesFault(
        .resourceExhausted,
        "the query needs more than its budget of \(self.limitBytes) bytes of memory:"
          + " narrow its time range, criteria or limit")
    }
  }

  mutating func give(_ bytes: Int) { self.usedBytes = max(0, self.usedBytes - bytes) }
}

extension SeriesValue {
  /// Roughly, as it lies in memory.
  var byteCount: Int {
    switch self {
    case .null, .int, .float, .timestamp: 17
    case .string(let text): 17 + (text.utf8.count > 15 ? text.utf8.count + 32 : 0)
    case .binary(let bytes): 17 + 32 + bytes.count
    case .strings(let texts): 17 + 32 + texts.reduce(0) { $0 + 16 + $1.utf8.count }
    case .ints(let numbers): 17 + 32 + numbers.count * 8
    }
  }
}
