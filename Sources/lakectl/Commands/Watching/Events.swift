import Admin
import CommandTable
import JSON

/// `lakectl events`
enum Events {
  static let since = Option<Moment>("since", "not older than this: a time, or 15m")
  static let kind = Option<PlainName>("kind", placeholder: "KIND", "only about this kind of thing")
  static let actor = Option<PlainName>(
    "actor", source: .resources("user"), placeholder: "USER", "only what this one did")
  static let follow = Flag("follow", "go on as they come")

  static let columns = RecordColumns(
    EventRecord.self, ["at", "actor", "kind", "resource", "action", "result"],
    titles: ["event_id": "EVENT", "request_id": "REQUEST"])

  static let command = Command(
    name: "events", summary: "show who did what", heading: .look,
    call: Call(
      parameters: [since.parameter, kind.parameter, actor.parameter, follow.parameter],
      effect: .reads, output: RecordColumns.list(of: EventRecord.self, columns),
      examples: [
        Example(text: "Today's changes", line: "lakectl events --since 24h"),
        Example(text: "What ann did", line: "lakectl events --actor ann -o wide"),
      ],
      detail: "The audit trail: every change, and who asked for it; kept by the cluster.",
      run: { call async throws(CommandError) in try await run(call) }))

  static func run(_ call: Invocation) async throws(CommandError) -> Outcome {
    let isFollowing = call[self.follow]
    if isFollowing { try call.requireLines(flag: "--follow") }
    var input = EventsInput()
    input.since = call[self.since]?.timestamp(call.clock)
    input.kindOfEvent = call[self.kind]?.text
    input.actor = call[self.actor]?.text
    var paging = AdminPaging(limit: AdminPaging.limitMax)
    return try await call.follow(isFollowing) { (round) throws(CommandError) in
      let answer = try await round.ask(LogsAPI.events, input, paging: paging)
      paging.token = answer.next
      if answer.next == nil, let last = answer.items.last?["event_id"]?.string {
        input.after = last
      }
      return Following.Round(
        rows: answer.items.map(self.columns.row), warnings: answer.warnings,
        isCaughtUp: answer.next == nil, hasWaited: false)
    }
  }
}
