import CommandTable
import JSON

/// A secret that a server tells once. It goes into a new file of mode 0600, or to the terminal, or, when
/// that is asked for by name, into the result; and never anywhere by accident.
struct SecretOnce {
  static let out = Option<FilePath>("out", "a new file for the secret, mode 0600")
  static let show = Flag("show-secret", "put the secret into the result")

  let file: OutputFile?
  private let shows: Bool

  /// Finds the place before the secret is made.
  init(_ call: Invocation) throws(CommandError) {
    self.shows = call[Self.show]
    guard !call.isDryRun else {
      self.file = nil
      return
    }
    self.file = try call[Self.out].map { (path) throws(CommandError) in
      guard !path.isStandardStream else {
        throw CommandError(
          .badValue, "--out names a file", why: "for standard output there is --show-secret")
      }
      return try OutputFile(path.text)
    }
    guard self.file != nil || self.shows || Self.hasTerminal(call) else {
      throw CommandError(
        .secretWouldBeLost, "the secret is shown once, and there is no place for it",
        why: "standard error is no terminal or the output is for programs, and neither --out nor"
          + " --show-secret is given; nothing was changed",
        try: ["lakectl \(call.path.joined(separator: " ")) --out FILE"])
    }
  }

  private static func hasTerminal(_ call: Invocation) -> Bool {
    call.terminal.isError && call.format.isForPeople
  }

  /// Puts the secret where it belongs and takes it out of the row unless it was asked for.
  ///
  /// - Parameter content: of the file.
  func place(
    _ row: inout Row, _ call: Invocation, content: (String) -> String
  ) throws(CommandError) {
    guard case .text(let secret) = row["secret"] else { return }
    guard !call.isDryRun else {
      row["secret"] = .null
      return
    }
    if let file {
      try file.append(Array(content(secret).utf8))
      try file.finish()
      call.note("the secret is in \(file.path.visible)")
    } else if !self.shows {
      call.surroundings.console.writeError("secret (shown once): \(secret.visible)\n")
    }
    if !self.shows { row["secret"] = .null }
  }
}

extension Call {
  /// A command that makes something with a secret.
  func tellingOnce(
    _ content: @escaping @Sendable (Row, _ secret: String) -> String
  ) -> Call {
    var call = self
    call.parameters += [SecretOnce.out.parameter, SecretOnce.show.parameter]
    let make = self.run
    call.run = { call async throws(CommandError) in
      let secret = try SecretOnce(call)
      var outcome = try await make(call)
      guard case .change(let changed, var row, let job) = outcome.body else { return outcome }
      let whole = row
      try secret.place(&row, call) { content(whole, $0) }
      outcome.body = .change(changed, row, job: job)
      return outcome
    }
    return call
  }
}
