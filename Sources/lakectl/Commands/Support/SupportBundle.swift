import Admin
import CommandTable
import JSON
import Values

/// `lakectl support bundle`
enum SupportBundle {
  static let out = Option<FilePath>(
    "out", "the new archive, mode 0600; named by the time if left out")
  static let list = Flag("list", "only list what it would hold")
  static let since = Option<Moment>("since", "logs not older than this: a time, or 1h")
  static let logs = Option<ByteCount>("logs-limit", default: "1MiB", "at most this much of logs")

  static let columns = RecordColumns(
    SupportPartRecord.self, ["part", "node", "size_bytes", "redacted_count", "state"],
    hidden: ["text"], titles: ["redacted_count": "MASKED"])

  static let command = Command(
    name: "bundle", summary: "gather what is needed to look into a problem",
    call: Call(
      parameters: [
        out.parameter, list.parameter, Shared.node.parameter, since.parameter, logs.parameter,
      ], effect: .reads, output: RecordColumns.list(of: SupportPartRecord.self, columns),
      exits: [.partlyDone: "some parts could not be had"],
      examples: [
        Example(text: "What would be in it", line: "lakectl support bundle --list"),
        Example(text: "Into a file of one's own", line: "lakectl support bundle --out bundle.tar"),
      ],
      detail: """
        One tar archive with a folder and a manifest.json in it.
        Secrets are masked by the daemon: what it does not know to be harmless is not told.
        It stays on this machine; lakectl never sends it anywhere.
        """,
      run: { call async throws(CommandError) in try await run(call) }))

  static func run(_ call: Invocation) async throws(CommandError) -> Outcome {
    var parts = try await call.all(LogsAPI.supportParts, AdminNothing())
    if let node = call[Shared.node]?.text { parts = parts.filter { $0["node"]?.string == node } }
    guard !call[self.list] else {
      return .list(parts.map(self.columns.row))
    }
    let seconds = Timestamp(call.clock.now()).seconds
    let folder = "lake-support-\(seconds)"
    let file = try OutputFile(call[self.out]?.text ?? folder + ".tar")
    var rows: [Row] = []
    var isWhole = true
    for part in parts {
      var input = SupportInput()
      input.part = part["part"]?.string ?? ""
      input.logBytesMax = call[self.logs]?.bytes ?? 1 << 20
      input.since = call[self.since]?.timestamp(call.clock)
      var row = self.columns.row(part)
      let limit = Invocation(call, deadline: call.clock.monotonic() + call.settings.timeout)
      do throws(CommandError) {
        let item = try await limit.ask(LogsAPI.supportPart, input).item
        row = self.columns.row(item)
        let content = Array((item["text"]?.string ?? "").utf8)
        row["size_bytes"] = .integer(Int64(content.count))
        let name = TarArchive.safe("\(folder)/\(input.part)")
        try self.add(content, named: name, at: seconds, to: file)
      } catch {
        // What is missing is part of the finding; a file that cannot be written is the end.
        guard error.code != .fileNotWritten, error.code != .unreachable else { throw error }
        row["state"] = .text("missing: \(error.message)")
        isWhole = false
      }
      rows.append(row)
    }
    let manifest = Array((self.manifest(rows, call).text(layout: .pretty) + "\n").utf8)
    try self.add(manifest, named: "\(folder)/manifest.json", at: seconds, to: file)
    try file.append(TarArchive.end)
    try file.finish()
    var outcome = Outcome.list(rows)
    outcome.notes = ["written to \(file.path); look through it before you give it away"]
    if !isWhole { outcome.exit = .partlyDone }
    return outcome
  }

  private static func add(
    _ content: [UInt8], named name: String, at seconds: Int64, to file: OutputFile
  ) throws(CommandError) {
    try file.append(
      TarArchive.header(name: name, byteCount: content.count, modified: seconds))
    try file.append(content)
    try file.append(TarArchive.padding(after: content.count))
  }

  private static func manifest(_ rows: [Row], _ call: Invocation) -> JSONValue {
    [
      "kind": "SupportBundle", "version": 1,
      "made_at": .string(Timestamp(call.clock.now()).description),
      "lakectl": .string(Release.version),
      "parts": .array(
        rows.map { row in
          [
            "part": .string(row["part"].rawText), "node": .string(row["node"].rawText),
            "size_bytes": .integer(row["size_bytes"].number.map { Int64($0) } ?? 0),
            "redacted_count": .integer(row["redacted_count"].number.map { Int64($0) } ?? 0),
            "state": .string(row["state"].rawText),
          ]
        }),
    ]
  }
}
