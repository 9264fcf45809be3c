/// How lakectl ends. Declared once, here; a code is never given a second meaning.
package struct ExitCode: Hashable, Comparable, Sendable {
  package let rawValue: Int32
  package let name: String
  package let summary: String

  private init(_ rawValue: Int32, _ name: String, _ summary: String) {
    self.rawValue = rawValue
    self.name = name
    self.summary = summary
  }

  package static let ok = ExitCode(
    0, "ok", "done; an empty list; an --if-... that had nothing to do; help")
  package static let failed = ExitCode(
    1, "failed", "the operation failed for a reason not below")
  package static let usage = ExitCode(
    2, "usage", "bad command line or input file; nothing was sent")
  package static let notFound = ExitCode(3, "not found", "the named thing does not exist")
  package static let conflict = ExitCode(
    4, "conflict", "exists already, wrong state, commit conflict, precondition or --if-match failed"
  )
  package static let denied = ExitCode(5, "denied", "not authenticated or not allowed")
  package static let unavailable = ExitCode(
    6, "unavailable", "cannot connect, no leader, timed out before the request was accepted")
  package static let stillRunning = ExitCode(
    7, "still running", "--timeout passed; the job goes on")
  package static let checkFailed = ExitCode(
    8, "check failed", "doctor, --check, diff or verify answered no")
  package static let refused = ExitCode(
    9, "refused", "confirmation missing or declined; nothing was changed")
  package static let partlyDone = ExitCode(
    10, "partly done", "some of several items failed; the output lists each")
  package static let overLimit = ExitCode(
    11, "over a limit", "quota, rate, disk or connection limit; may work later")
  package static let ourBug = ExitCode(
    70, "our bug", "broken invariant in lakectl; prints how to report it")
  package static let interrupted = ExitCode(130, "interrupted", "SIGINT")
  package static let terminated = ExitCode(143, "terminated", "SIGTERM")

  package static let all: [ExitCode] = [
    ok, failed, usage, notFound, conflict, denied, unavailable, stillRunning, checkFailed, refused,
    partlyDone, overLimit, ourBug, interrupted, terminated,
  ]

  package init?(rawValue: Int32) {
    guard let known = Self.all.first(where: { $0.rawValue == rawValue }) else { return nil }
    self = known
  }

  package static func == (left: Self, right: Self) -> Bool { left.rawValue == right.rawValue }
  package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
  package func hash(into hasher: inout Hasher) { hasher.combine(self.rawValue) }
}
