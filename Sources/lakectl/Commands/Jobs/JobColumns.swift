import Admin
import CommandTable

enum JobColumns {
  static let all = RecordColumns(
    JobRecord.self, ["job_id", "kind", "what", "state", "done_ratio", "started_at"],
    titles: [
      "job_id": "JOB", "done_ratio": "DONE", "error_code": "CODE", "done_count": "THINGS DONE",
      "total_count": "THINGS", "done_bytes": "BYTES DONE", "total_bytes": "BYTES",
    ])

  /// A change that goes on as a job: the job stands behind what it is about.
  static func started<Record: AdminRecord>(
    _ record: Record.Type, by columns: @escaping @autoclosure @Sendable () -> RecordColumns
  ) -> Output {
    .change(Record.kind, self.withJob(columns().columns))
  }

  private static func withJob(_ columns: [Column]) -> [Column] {
    guard !columns.contains(where: { $0.key == "job_id" }) else { return columns }
    return columns + [Column(key: "job_id", title: "JOB", .text, "the job that does it")]
  }
}
