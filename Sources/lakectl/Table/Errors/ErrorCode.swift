/// A stable identifier of what went wrong, `area.reason`. New ones may be added, none is renamed or
/// reused. Servers have codes of their own, which pass through unchanged.
package struct ErrorCode: Hashable, Sendable {
  package let rawValue: String
  package let exit: ExitCode
  package let summary: String

  private init(_ rawValue: String, _ exit: ExitCode, _ summary: String) {
    self.rawValue = rawValue
    self.exit = exit
    self.summary = summary
  }

  /// A code that a server sent.
  package init(serverCode: String, exit: ExitCode) {
    self.init(serverCode, exit, "")
  }

  package static let unknownCommand = ErrorCode(
    "usage.unknown_command", .usage, "a word is no command")
  package static let missingCommand = ErrorCode(
    "usage.missing_command", .usage, "a group was named without a verb")
  package static let unknownFlag = ErrorCode(
    "usage.unknown_flag", .usage, "the command has no such flag")
  package static let repeatedFlag = ErrorCode(
    "usage.repeated_flag", .usage, "a flag with one value was given twice")
  package static let missingValue = ErrorCode(
    "usage.missing_value", .usage, "a flag needs a value, or an argument is missing")
  package static let unexpectedValue = ErrorCode(
    "usage.unexpected_value", .usage, "a switch was given a value, or there are too many arguments")
  package static let badValue = ErrorCode(
    "usage.bad_value", .usage, "a value cannot be read or is out of its range")
  package static let conflictingFlags = ErrorCode(
    "usage.conflicting_flags", .usage, "two flags cannot be given together")
  package static let unknownColumn = ErrorCode(
    "usage.unknown_column", .usage, "--columns, --sort or --filter names a key that is not there")
  package static let badFilter = ErrorCode(
    "usage.bad_filter", .usage, "a filter expression cannot be read")

  package static let unreadableConfiguration = ErrorCode(
    "config.unreadable", .usage, "a file of contexts cannot be read")
  package static let configurationSyntax = ErrorCode(
    "config.syntax", .usage, "a line of a file of contexts cannot be understood")
  package static let exposedSecret = ErrorCode(
    "config.exposed_secret", .usage, "a file that others can read holds a secret")
  package static let configurationNotWritten = ErrorCode(
    "config.not_written", .failed, "a file of contexts cannot be written")
  package static let unknownKey = ErrorCode(
    "config.unknown_key", .notFound, "there is no such configuration key")
  package static let keyNotFound = ErrorCode(
    "config.not_set", .notFound, "the key is not set in the file")
  package static let configurationProblems = ErrorCode(
    "config.check_failed", .checkFailed, "config check found problems")

  package static let contextNotFound = ErrorCode(
    "context.not_found", .notFound, "there is no context of that name")
  package static let contextExists = ErrorCode(
    "context.exists", .conflict, "there is a context of that name with other settings")
  package static let noPreviousContext = ErrorCode(
    "context.no_previous", .notFound, "no context was used before this one")

  package static let noEndpoint = ErrorCode(
    "client.no_endpoint", .unavailable, "no context, no endpoint: nothing to connect to")
  package static let unreachable = ErrorCode(
    "client.unreachable", .unavailable, "nobody answers at the endpoint")
  package static let tlsFailed = ErrorCode(
    "client.tls_failed", .unavailable, "the endpoint is not trusted, or does not trust us")
  package static let outcomeUnknown = ErrorCode(
    "client.outcome_unknown", .unavailable,
    "a change was sent and not answered: it may have been made")
  package static let badAnswer = ErrorCode(
    "client.bad_answer", .failed, "what answers at the endpoint is not understood")
  package static let credentialFailed = ErrorCode(
    "client.credential_failed", .denied, "the token of the context cannot be read")
  package static let interrupted = ErrorCode(
    "client.interrupted", .interrupted, "SIGINT or SIGTERM came while lakectl waited")
  package static let waitEnded = ErrorCode(
    "client.wait_ended", .stillRunning, "--timeout passed before the condition was true")
  package static let notThere = ErrorCode(
    "client.not_there", .notFound, "what is waited for or asked for does not exist")
  package static let neverMet = ErrorCode(
    "client.never_met", .conflict, "what is waited for can no longer become true")
  package static let isDifferent = ErrorCode(
    "client.is_different", .conflict, "a thing is there, is different, and cannot be changed")
  package static let unreadableInput = ErrorCode(
    "input.unreadable", .usage, "an input file cannot be read")
  package static let badInput = ErrorCode(
    "input.malformed", .usage, "an input document cannot be understood")
  package static let fileNotWritten = ErrorCode(
    "client.file_not_written", .failed, "a file that was asked for cannot be written")
  package static let secretWouldBeLost = ErrorCode(
    "client.secret_would_be_lost", .usage, "a secret is shown once, and there is no place for it")
  package static let timedOut = ErrorCode(
    "client.timed_out", .unavailable, "--timeout passed before the answer")
  package static let jobStillRunning = ErrorCode(
    "client.still_running", .stillRunning, "--timeout passed before the job ended")
  package static let notAuthenticated = ErrorCode(
    "client.not_authenticated", .denied, "the context has no credential, or it was not accepted")
  package static let confirmationMissing = ErrorCode(
    "confirm.missing", .refused, "--yes or --confirm is needed without a terminal")
  package static let confirmationDeclined = ErrorCode(
    "confirm.declined", .refused, "the answer was no")
  package static let confirmationMismatch = ErrorCode(
    "confirm.mismatch", .refused, "the name given is not the name of what is to be changed")
  package static let partlyDone = ErrorCode(
    "client.partly_done", .partlyDone, "some of several items failed")
  package static let overLimit = ErrorCode(
    "client.over_limit", .overLimit, "something is larger than lakectl takes")
  package static let outputFailed = ErrorCode(
    "client.output_failed", .failed, "the result cannot be written to standard output")
  package static let brokenInvariant = ErrorCode(
    "client.bug", .ourBug, "lakectl found itself in a state that must not be")

  package static let all: [ErrorCode] = [
    unknownCommand, missingCommand, unknownFlag, repeatedFlag, missingValue, unexpectedValue,
    badValue, conflictingFlags, unknownColumn, badFilter, unreadableConfiguration,
    configurationSyntax, exposedSecret, configurationNotWritten, unknownKey, keyNotFound,
    configurationProblems, contextNotFound, contextExists, noPreviousContext, noEndpoint,
    unreachable,
    tlsFailed, outcomeUnknown, badAnswer, credentialFailed, interrupted, waitEnded, notThere,
    neverMet, isDifferent, unreadableInput, badInput, fileNotWritten, secretWouldBeLost, timedOut,
    jobStillRunning, notAuthenticated, confirmationMissing, confirmationDeclined,
    confirmationMismatch, partlyDone, overLimit, outputFailed, brokenInvariant,
  ]
}
