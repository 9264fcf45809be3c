import Bytes
import CommandTable
import HTTP
import HTTPClient
import JSON

/// What an answer that is no success, or no answer at all, means to the person.
enum AnswerError {
  static func error(_ answer: HTTPClientAnswer, endpoint: String) -> CommandError {
    let id = answer.field("x-request-id")
    do {
      var error = try CommandError(parsing: answer.content.rawBytes)
      if error.requestID == nil { error.requestID = id }
      return error
    } catch {
      var error = Self.bare(answer.status.code, endpoint)
      error.requestID = id
      return error
    }
  }

  /// An answer without the errors of the admin API: a proxy's, or of something else altogether.
  private static func bare(_ status: UInt16, _ endpoint: String) -> CommandError {
    switch status {
    case 401, 403:
      CommandError(
        .notAuthenticated, "\(endpoint) did not accept the credential",
        why: "it answered with status \(status)", try: ["lakectl context test"])
    case 429:
      CommandError(
        .overLimit, "\(endpoint) is asked too often", why: "it answered with status 429",
        isRetryable: true)
    case 502, 503, 504:
      CommandError(
        .unreachable, "\(endpoint) cannot answer now", why: "it answered with status \(status)",
        try: ["lakectl context test"], isRetryable: true)
    default:
      CommandError(
        .badAnswer, "what answers at \(endpoint) is not the admin API",
        why: "status \(status) came without a reason that lakectl can read",
        try: ["lakectl context show", "lakectl context test"], changed: nil)
    }
  }

  static func error(_ error: HTTPClientError, endpoint: String) -> CommandError {
    switch error.code {
    case .cannotConnect, .nameUnknown:
      let isHere = ["//127.", "//localhost", "//[::1]"].contains { endpoint.contains($0) }
      return CommandError(
        .unreachable, "cannot reach \(endpoint)",
        why: error.code == .nameUnknown
          ? "the name of the host has no address" : "nobody accepts connections there",
        try: (isHere ? ["laked standalone --data DIR"] : [])
          + ["lakectl context test", "lakectl context show"], isRetryable: true)
    case .timedOut:
      return CommandError(
        .timedOut, "\(endpoint) did not answer in time", why: "the time of --timeout had passed",
        try: ["lakectl context test"], isRetryable: true)
    case .tls:
      return CommandError(
        .tlsFailed, "there is no trust between lakectl and \(endpoint)", why: error.message,
        try: ["lakectl context set NAME --ca-file FILE", "lakectl context test"])
    case .disconnected:
      return CommandError(
        .unreachable, "\(endpoint) ended the connection", why: error.message,
        try: ["lakectl context test"], isRetryable: true)
    case .answerTooLarge:
      return CommandError(
        .overLimit, "the answer of \(endpoint) is too large", why: error.message,
        try: ["--limit N"])
    case .badURL:
      return CommandError(
        .badValue, "\(endpoint) is not an address", why: error.message,
        try: ["lakectl context show"])
    default:
      return CommandError(
        .badAnswer, "\(endpoint) cannot be asked", why: error.message,
        try: ["lakectl context test"], changed: error.mayHaveArrived ? nil : false)
    }
  }
}
