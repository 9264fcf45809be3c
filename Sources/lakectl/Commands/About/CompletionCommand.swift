import CommandTable

/// `lakectl completion`
enum CompletionCommand {
  static let shell = Argument<Shell>("shell", "the shell that loads it")

  static let command = Command(
    name: "completion", summary: "print the completion script of a shell", heading: .operate,
    call: Call(
      parameters: [shell.parameter], effect: .reads, output: .document, needs: .nothing,
      examples: [
        Example(text: "Try it in this shell", line: "lakectl completion bash"),
        Example(
          text: "Keep it for fish",
          line: "lakectl completion fish > ~/.config/fish/completions/lakectl.fish"),
      ],
      detail: "The script asks lakectl itself what can stand next.",
      run: { call async throws(CommandError) in
        Outcome(.document(CompletionScripts.script(for: call[shell])))
      }))
}
