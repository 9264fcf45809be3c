import Admin
import CommandTable
import JSON
import Values

/// `lakectl object upload`
enum ObjectUploads {
  static let columns = RecordColumns(
    UploadRecord.self, ["upload_id", "key", "started_at", "parts_count", "size_bytes"])
  static let place = Argument<BucketPlace>("bucket", "BUCKET, or BUCKET/PREFIX")
  static let upload = OptionalArgument<PlainName>("upload", "the id of the upload")
  static let older = Option<Duration>("older-than", "all that were begun so long ago")

  static let list = Command(
    name: "list", summary: "list uploads in parts that are under way",
    call: .listing(
      columns, ObjectAPI.uploads, parameters: [place.parameter],
      exits: [.notFound: "there is no such bucket"],
      examples: [
        Example(
          text: "Those that were forgotten",
          line: "lakectl object upload list raw --filter started_at:under:-7d")
      ],
      input: { call throws(CommandError) in
        BucketPrefixInput(call[place].bucket, prefix: call[place].prefix)
      }))

  static let abort = Command(
    name: "abort", summary: "give uploads up; their parts go",
    call: Call(
      parameters: [place.parameter, upload.parameter, older.parameter], effect: .hardToUndo,
      output: RecordColumns.list(of: UploadRecord.self, columns),
      exits: [.notFound: "there is no such bucket or upload"],
      examples: [
        Example(
          text: "All of last week",
          line: "lakectl object upload abort raw --older-than 7d --yes")
      ],
      detail: "Either the id of one upload, or --older-than for all that are as old.",
      plan: { call async throws(CommandError) in
        let rows = try await abort(call, isPlan: true)
        let bytes = rows.reduce(0) { $0 + ($1["size_bytes"].number ?? 0) }
        return Plan(
          action: "abort uploads of \(call[place].text)", name: call[place].bucket,
          facts: [
            ("uploads", "\(rows.count)"), ("parts", "\(ByteCount(Int64(bytes)))"),
          ], matchCount: rows.count)
      },
      run: { call async throws(CommandError) in
        var outcome = Outcome.list(try await abort(call, isPlan: call.isDryRun))
        if call.isDryRun { outcome.notes = ["dry run: nothing was changed"] }
        return outcome
      }))

  private static func abort(
    _ call: Invocation, isPlan: Bool
  ) async throws(CommandError) -> [Row] {
    if let id = call[self.upload]?.text {
      guard call[self.older] == nil else {
        throw CommandError(
          .conflictingFlags, "an upload and --older-than do not go together",
          why: "one names an upload, the other chooses by age")
      }
      var input = UploadInput()
      input.bucket = call[self.place].bucket
      input.upload = id
      let answer = try await call.ask(ObjectAPI.abortUpload, input, isPlan: isPlan)
      return [self.columns.row(answer.item)]
    }
    guard let older = call[self.older] else {
      throw CommandError(
        .missingValue, "no upload was named",
        why: "give the id of an upload, or --older-than for all that are as old",
        try: ["lakectl object upload list \(call[self.place].bucket.visible.shellQuoted)"])
    }
    var input = UploadsAbortInput()
    input.bucket = call[self.place].bucket
    input.prefix = call[self.place].prefix
    input.olderMilliseconds = older.milliseconds
    let paging = AdminPaging(limit: AdminPaging.limitMax)
    let answer = try await call.ask(
      ObjectAPI.abortUploads, input, paging: paging, isPlan: isPlan)
    return answer.items.map(self.columns.row)
  }
}
