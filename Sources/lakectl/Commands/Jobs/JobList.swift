import Admin
import CommandTable
import Values

/// `lakectl job list`
enum JobList {
  static let state = Option<PlainName>(
    "state", source: .words(["active"] + JobState.allCases.map(\.rawValue)),
    placeholder: "STATE", "only in this state; active: all that are not over")
  static let kind = Option<PlainName>("kind", placeholder: "KIND", "only of this kind")
  static let actor = Option<PlainName>(
    "actor", source: .resources("user"), placeholder: "USER", "only those this user asked for")

  static let command = Command(
    name: "list", summary: "list jobs of the last 7 days",
    call: .listing(
      JobColumns.all, JobsAPI.list,
      parameters: [state.parameter, kind.parameter, actor.parameter],
      examples: [
        Example(text: "What runs or waits", line: "lakectl job list --state active"),
        Example(
          text: "The newest first", line: "lakectl job list --sort started_at:desc --limit 20"),
      ],
      input: { call throws(CommandError) in
        var input = JobsInput()
        input.state = call[state]?.text
        input.kindOfJob = call[kind]?.text
        input.actor = call[actor]?.text
        return input
      }))
}

/// `lakectl job show`
enum JobShow {
  static let command = Command(
    name: "show", summary: "show one job",
    call: .showing(
      JobColumns.all, JobsAPI.show, parameters: [JobArgument.one.parameter],
      exits: [.notFound: "there is no such job, or it ended over 7 days ago"],
      examples: [Example(text: "The newest of mine", line: "lakectl job show last")],
      input: { call throws(CommandError) in JobInput(job: call[JobArgument.one].text) }))
}

enum JobArgument {
  static let one = Argument<PlainName>(
    "job", "the id, or last for the newest of mine", source: .resources("job"))
}
