import Admin
import CommandTable

/// `lakectl job cancel`
enum JobCancel {
  static let command = Command(
    name: "cancel", summary: "end a job before it is done",
    call: .changing(
      JobColumns.all, JobsAPI.cancel, parameters: [JobArgument.one.parameter],
      exits: [.notFound: "there is no such job", .conflict: "it is over already"],
      examples: [Example(text: "End it", line: "lakectl job cancel 01J9FZ7K2M --yes")],
      detail: "What the job has done stays done; the plan says what that is.",
      input: { call throws(CommandError) in JobChangeInput(job: call[JobArgument.one].text) }))
}

/// `lakectl job pause`
enum JobPause {
  static let command = Command(
    name: "pause", summary: "hold a job where it is",
    call: .changing(
      JobColumns.all, JobsAPI.pause, parameters: [JobArgument.one.parameter],
      exits: [.notFound: "there is no such job", .conflict: "it is over already"],
      examples: [Example(text: "Until the evening", line: "lakectl job pause last")],
      input: { call throws(CommandError) in JobChangeInput(job: call[JobArgument.one].text) }))
}

/// `lakectl job resume`
enum JobResume {
  static let command = Command(
    name: "resume", summary: "let a held job go on",
    call: .changing(
      JobColumns.all, JobsAPI.resume, parameters: [JobArgument.one.parameter],
      exits: [.notFound: "there is no such job", .conflict: "it is over already"],
      examples: [Example(text: "Now", line: "lakectl job resume last")],
      input: { call throws(CommandError) in JobChangeInput(job: call[JobArgument.one].text) }))
}
