import Bytes
import Fuzzing
import SeriesModel
import SeriesQL

extension FuzzTarget {
  /// A text is a query or an error, whatever it is, and the same each time.
  static let bydbQL = FuzzTarget(
    "bydbql",
    texts: [
      """
      SELECT trace_id, http.method::TAG FROM STREAM sw IN (default, b) ON (warm) STAGES TIME BETWEEN '-1h'
      AND 'now' WHERE a = 'x' AND (b NOT IN (1, ?) OR c MATCH(('a', 'b'), 'standard', 'AND'))
      ORDER BY d DESC WITH QUERY_TRACE LIMIT ? OFFSET 3
      """,
      "SELECT TOP ? value ASC, id, MEAN(value) FROM MEASURE m IN g TIME > ? GROUP BY id, value::FIELD",
      "SHOW TOP 3 FROM MEASURE t IN g TIME = 'now' WHERE a = NULL AGGREGATE BY MAX ORDER BY DESC",
      "SELECT () FROM TRACE t IN g WHERE a HAVING ('x') AND \"order\" NOT HAVING -7",
    ],
    words: ["::", "?", "((((", " AND ", " OR ", "'\\", "\"", "NULL", "9999999999999999999999", "é"]
  ) { input in
    let text = String(decoding: input.array, as: UTF8.self)
    let first = try? BydbQL.placeholderCount(of: text)
    let second = try? BydbQL.placeholderCount(of: text)
    try Fuzzer.require(first == second, text)
  }

  /// Keys of series that read back are written as the same bytes.
  static let seriesKeys = FuzzTarget(
    "series-keys", texts: ["m|\u{1}a\\|b|\u{2}\0\0\0\0\0\0\0\u{2}|\0|"],
    words: ["|", "\\", "\\|", "\u{7}"]
  ) { input in
    var reader = SeriesKeyReader(input.array)
    guard let name = reader.name() else { return }
    var key = ByteWriter()
    SeriesKey.append(name: name, to: &key)
    while !reader.isAtEnd {
      guard let value = reader.value() else { return }
      try Fuzzer.require(SeriesKey.append(value, to: &key), "\(value) cannot stand in a key")
    }
    // Texts that were no UTF-8 and escapes that were not needed are written otherwise: read both.
    var again = SeriesKeyReader(key.bytes.array)
    try Fuzzer.require(again.name() == name, name)
  }
}
