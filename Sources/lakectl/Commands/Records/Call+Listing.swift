import Admin
import CommandTable
import JSON
import Values

extension Call {
  /// A command that lists what a call answers, all pages of it.
  static func listing<Input, Record>(
    _ columns: @escaping @autoclosure @Sendable () -> RecordColumns,
    _ api: AdminCall<Input, AdminList<Record>>, parameters: [Parameter] = [],
    exits: [ExitCode: String] = [:], examples: [Example],
    detail: String = "",
    input: @escaping @Sendable (Invocation) throws(CommandError) -> Input
  ) -> Call {
    Call(
      parameters: parameters, effect: .reads,
      output: RecordColumns.list(of: Record.self, columns()), exits: exits,
      examples: examples, detail: detail,
      run: { call async throws(CommandError) in
        try await call.list(api, try input(call), columns())
      })
  }

  /// A command that shows one thing.
  static func showing<Input, Record>(
    _ columns: @escaping @autoclosure @Sendable () -> RecordColumns,
    _ api: AdminCall<Input, AdminItem<Record>>, parameters: [Parameter] = [],
    exits: [ExitCode: String] = [:], examples: [Example],
    detail: String = "",
    input: @escaping @Sendable (Invocation) throws(CommandError) -> Input
  ) -> Call {
    Call(
      parameters: parameters, effect: .reads, output: RecordColumns.one(of: Record.self, columns()),
      exits: parameters.isEmpty
        ? exits : [.notFound: "there is no such thing"].merging(exits) { $1 },
      examples: examples, detail: detail,
      run: { call async throws(CommandError) in
        let answer = try await call.ask(api, try input(call))
        return Outcome(.record(columns().row(answer.item)), warnings: answer.warnings)
      })
  }
}

extension Invocation {
  /// Rows of all pages. What fits one page is sorted as `--sort` says, by name otherwise; more goes out
  /// page by page, in the order of the server, unless a sort was asked for.
  func list<Input, Record>(
    _ api: AdminCall<Input, AdminList<Record>>, _ input: Input, _ columns: RecordColumns
  ) async throws(CommandError) -> Outcome {
    let limit = self.values[GlobalFlags.limit]
    let isFiltered =
      !self.values[GlobalFlags.filter].isEmpty || !self.values[GlobalFlags.exclude].isEmpty
      || self.values[GlobalFlags.sort] != nil
    // Without filters the server can stop where we do, and says how to go on from there.
    let isExact = !isFiltered && limit.map { (1...AdminPaging.limitMax).contains($0) } ?? false
    var paging = AdminPaging(
      limit: isExact ? limit ?? 1 : AdminPaging.limitMax, token: self.values[GlobalFlags.pageToken])
    var answer = try await self.ask(api, input, paging: paging)
    var warnings = answer.warnings
    var rows = answer.items.map(columns.row)
    guard !isExact, let first = answer.next else {
      return Outcome(.rows(rows, next: answer.next), warnings: warnings)
    }
    let isWhole = self.values[GlobalFlags.sort] != nil || self.values[GlobalFlags.watch]
    if !isWhole, !(try self.rows.emit(rows)) { return Outcome(.streamed, warnings: warnings) }
    var next: String? = first
    while let token = next {
      paging.token = token
      answer = try await Invocation(self, deadline: self.deadlineOfPage).ask(
        api, input, paging: paging)
      guard answer.next != token else {
        throw CommandError(
          .badAnswer, "the list of \(api.route.id) does not end",
          why: "a page says that it is followed by itself", try: ["lakectl version --server"])
      }
      warnings += answer.warnings
      next = answer.next
      let page = answer.items.map(columns.row)
      if isWhole {
        rows += page
        guard rows.count <= RowSink.keptCountMax else {
          throw CommandError(
            .overLimit, "there are more than \(RowSink.keptCountMax) rows to sort",
            why: "rows that are sorted are kept in memory", try: ["leave --sort out"])
        }
      } else if !(try self.rows.emit(page)) {
        next = nil
      }
    }
    return Outcome(isWhole ? .rows(rows, next: nil) : .streamed, warnings: warnings)
  }

  /// A long list may take longer than one call; each of its pages may not, unless `--timeout` was given
  /// for the whole.
  private var deadlineOfPage: MonotonicTime {
    self.settings.isTimeoutGiven
      ? self.deadline : self.clock.monotonic() + self.settings.timeout
  }
}
