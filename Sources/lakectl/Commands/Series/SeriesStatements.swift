import Admin
import CommandTable

/// `lakectl series statements`
enum SeriesStatements {
  private static let columns = RecordColumns(
    SeriesStatementRecord.self,
    ["reason", "use_count", "longest_ms", "last_at", "statement"],
    titles: ["use_count": "COUNT", "longest_ms": "LONGEST"])

  static let list = Command(
    name: "statements", summary: "list texts of BydbQL that cost much",
    call: .listing(
      columns, SeriesAPI.statements,
      examples: [
        Example(
          text: "The slowest first", line: "lakectl series statements --sort longest_ms:desc"),
        Example(
          text: "With their last parameters", line: "lakectl series statements -o wide"),
      ],
      detail: """
        Slow are texts that took longer than series.slow_text; reparsed those that the cache of parsed
        texts did not have when they came again: series.statement_cache may be too small.
        Each liaison counts for itself, from its start on.
        """,
      input: { _ in AdminNothing() }))
}
