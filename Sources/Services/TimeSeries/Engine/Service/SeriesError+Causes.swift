internal import Journal
internal import Runtime
internal import SeriesColumns

/// What becomes of the errors of what the engine stands on.
extension SeriesError {
  static func io(_ doing: String, _ failure: IOFailure) -> SeriesError {
    if failure.isOutOfSpace {
      return SeriesError(
        .diskFull, "cannot \(doing): \(failure)",
        hint: "free space on the device or shorten the ttl of a group", file: failure.subject,
        cause: failure)
    }
    return SeriesError(.io, "cannot \(doing): \(failure)", file: failure.subject, cause: failure)
  }

  static func damaged(_ file: String, _ what: String, cause: (any Error)? = nil) -> SeriesError {
    SeriesError(
      .damaged, "\(file) is damaged: \(what)",
      hint: "restore the file from a snapshot, a backup or a replica", file: file, cause: cause)
  }

  static func journal(_ error: JournalError) -> SeriesError {
    switch error.code {
    case .outOfSpace: SeriesError(.diskFull, error.message, hint: error.hint, cause: error)
    case .overloaded: SeriesError(.overloaded, error.message, hint: error.hint, cause: error)
    case .recordTooLarge: SeriesError(.tooLarge, error.message, hint: error.hint, cause: error)
    case .closed: SeriesError(.closed, error.message, hint: error.hint, cause: error)
    case .damaged, .notAuthentic:
      SeriesError(
        .damaged, error.message, hint: error.hint, file: error.file, cause: error)
    default: SeriesError(.failed, error.message, hint: error.hint, cause: error)
    }
  }
}
