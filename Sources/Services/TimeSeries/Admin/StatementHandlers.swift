import Admin
import AdminServing
import Runtime
import SeriesServing
import Values

/// `series statements`: texts of BydbQL that cost more than they should, at this liaison.
struct StatementHandlers: Sendable {
  let sources: SeriesAdminSources

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(SeriesAPI.statements) { _, context in
      let front = try await seriesWork { try self.sources.front }
      let rows = front.queryLog?.statements.rows(at: self.sources.time.wallNow) ?? []
      return context.paging.page(rows.map(self.record), by: Self.key)
    }
  }

  private static func key(_ record: SeriesStatementRecord) -> String {
    "\(record.reason)\u{0}\(record.statement)"
  }

  private func record(_ row: HotStatements.Row) -> SeriesStatementRecord {
    var record = SeriesStatementRecord()
    record.statement = row.text
    record.reason =
      switch row.reason {
      case .slow: .slow
      case .reparsed: .reparsed
      }
    record.node = self.sources.node
    record.count = Int64(row.count)
    record.longest = Double(row.longest.nanosecondsClamped) / 1e6
    record.lastAt = Timestamp(row.lastAt)
    record.parameters = row.parameters
    return record
  }
}
