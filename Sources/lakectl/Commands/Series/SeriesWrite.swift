import Admin
import Bytes
import CommandTable
import JSON
import Values

/// `lakectl series write`
enum SeriesWrite {
  static let columns = RecordColumns(
    SeriesWrittenRecord.self, ["name", "written_rows", "refused_rows", "reasons"])
  static let file = Option<FilePath>(
    "file", .one, short: "f", placeholder: "PATH",
    "rows, a JSON object a line; - is standard input")
  static let byteCountMax = 256 << 20
  /// Of one request; the admin API takes a mebibyte.
  private static let rowsMax = 1000
  private static let bytesMax = 512 << 10

  static let command = Command(
    name: "write", summary: "write rows from lines of JSON",
    call: Call(
      parameters: [file.parameter], effect: .writes,
      output: RecordColumns.list(of: SeriesWrittenRecord.self, columns),
      exits: [
        .usage: "a line is no JSON; what stood before it was written",
        .partlyDone: "some rows were refused", .failed: "all rows were refused",
      ],
      examples: [
        Example(text: "From a file", line: "lakectl series write -f rows.ndjson"),
        Example(text: "Would they be taken?", line: "lakectl series write -f rows.ndjson -n"),
      ],
      detail: """
        A row names what it belongs to and gives values by tag and field:
        {"measure": "sw/cpm", "time": "2026-11-20T14:00:00Z", "tags": {"id": "a"}, "fields": {"value": 5}}
        stream has element_id instead of fields; trace has span in base64 and its times among its tags.
        For many points there are gRPC and the other doors for clients; this is for people and repairs.
        """,
      run: { call async throws(CommandError) in try await run(call) }))

  private static func run(_ call: Invocation) async throws(CommandError) -> Outcome {
    guard let file = call[self.file] else { return .list([]) }
    let bytes =
      file.isStandardStream
      ? try call.surroundings.console.readInput(byteCountMax: self.byteCountMax)
      : try InputFile.read(file.text, byteCountMax: self.byteCountMax)
    var sum: [String: SeriesWrittenRecord] = [:]
    var rows: [JSONValue] = []
    var size = 0
    var done = 0
    for (number, line) in bytes.split(separator: 10).enumerated() {
      let text = String(decoding: line, as: UTF8.self)
      guard !text.allSatisfy(\.isWhitespace) else { continue }
      do {
        rows.append(try JSONValue(parsing: text))
      } catch {
        throw CommandError(
          .badInput, "line \(number + 1) of \(file.text.visible) is no JSON", why: "\(error)",
          changed: done > 0)
      }
      size += line.count
      guard rows.count >= self.rowsMax || size >= self.bytesMax else { continue }
      try await self.send(rows, from: done, call, &sum)
      done += rows.count
      (rows, size) = ([], 0)
    }
    if !rows.isEmpty { try await self.send(rows, from: done, call, &sum) }
    return self.outcome(sum, call)
  }

  private static func send(
    _ rows: [JSONValue], from start: Int, _ call: Invocation,
    _ sum: inout [String: SeriesWrittenRecord]
  ) async throws(CommandError) {
    let each = Invocation(call, deadline: call.clock.monotonic() + call.settings.timeout)
    let answer = try await each.ask(
      SeriesAPI.writeRows, SeriesWriteInput(rows), part: "rows.\(start)")
    for item in answer.items {
      let name = item["name"]?.string ?? ""
      var record = sum[name] ?? SeriesWrittenRecord()
      record.name = name
      record.written += item["written_rows"]?.int64 ?? 0
      record.refused += item["refused_rows"]?.int64 ?? 0
      let reasons: [String] = (item["reasons"]?.array ?? []).compactMap { $0.string }
      if record.reasons.isEmpty {
        record.reasons = reasons.map { start == 0 ? $0 : "behind row \(start): \($0)" }
      }
      sum[name] = record
    }
  }

  private static func outcome(
    _ sum: [String: SeriesWrittenRecord], _ call: Invocation
  ) -> Outcome {
    let records = sum.values.sorted { $0.name < $1.name }
    let rows = records.map { record -> Row in
      [
        "name": .text(record.name), "written_rows": .integer(record.written),
        "refused_rows": .integer(record.refused), "reasons": .list(record.reasons),
      ]
    }
    var outcome = Outcome(.rows(rows, next: nil))
    let refused = records.reduce(0) { $0 + $1.refused }
    let written = records.reduce(0) { $0 + $1.written }
    if refused > 0 { outcome.exit = written > 0 ? .partlyDone : .failed }
    if call.isDryRun { outcome.planned = ["write \(written) rows, refuse \(refused)"] }
    return outcome
  }
}
