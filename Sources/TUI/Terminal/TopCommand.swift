package import CommandTable
private import Dashboard
private import Glibc
private import JSON
package import Screen
package import Values

/// `lakectl top`. The table of lakectl takes `TopCommand.command(table:)` as it is.
package enum TopCommand {
  package static let screen = Option<ScreenName>("screen", "begin on this screen")
  package static let interval = Option<Duration>("interval", "how often to ask; + and - change it")
  package static let readOnly = Flag("read-only", "switch actions off")
  package static let once = Flag("once", "print one picture and leave")
  package static let size = Option<SizeText>("size", "of the picture of --once")
  package static let ascii = Flag("ascii", "draw with ASCII only")
  package static let record = Option<FilePath>("record", "write every answer to this file")
  package static let replay = Option<FilePath>("replay", "play a recording instead of a cluster")

  package static let parameters: [Parameter] = [
    screen.parameter, interval.parameter, readOnly.parameter, once.parameter, size.parameter,
    ascii.parameter, record.parameter, replay.parameter,
  ]

  /// - Parameter table: the whole command line, for the palette and for actions.
  package static func command(
    table: @escaping @Sendable () -> Command
  ) -> Command {
    Command(
      name: "top", summary: "watch and operate the cluster full screen", heading: .look,
      call: Call(
        parameters: self.parameters, effect: .reads, output: .document,
        examples: [
          Example(text: "Watch the cluster", line: "lakectl top"),
          Example(
            text: "One picture, for a report",
            line: "lakectl top --once --screen nodes --size 80x24 --ascii"),
        ],
        detail: """
          The keys of a screen are shown on it, and all of them by the question mark.
          Nothing is destroyed by one key: actions are in a menu, and ask as the command line does.
          Without a terminal --once is required.

          """ + KeyTable.prose,
        run: { call async throws(CommandError) in
          try await self.run(call, table: table())
        }))
  }

  static func run(_ call: Invocation, table: Command) async throws(CommandError) -> Outcome {
    guard call[self.once] || (call.terminal.isInput && call.terminal.isOutput) else {
      throw CommandError(
        .missingValue, "the dashboard needs a terminal",
        why: "standard input and output are none", try: ["lakectl top --once --size 80x24"])
    }
    var options = self.options(call)
    if let path = call[self.replay]?.text {
      let recording = try RecordingFile.read(path)
      options.context = recording.context
      let client = ReplayClient(recording, now: TopClock.process.now)
      let clock = TopClock(now: TopClock.process.now, wall: { client.wall })
      let source = self.source(call, table, client, options.context)
      return try await self.show(
        TopProgram(options, source: source, table: table, clock: clock, step: { client.step() }),
        call)
    }
    var client: any AdminClient = try await call.client()
    var file: RecordingFile?
    if let path = call[self.record]?.text {
      let opened = try RecordingFile(
        path, head: Recording(context: options.context, startedAt: TopClock.process.wall()).head)
      client = RecordingClient(
        client, startedAt: TopClock.process.now(), now: TopClock.process.now,
        write: { opened.write($0) })
      file = opened
    }
    let source = self.source(call, table, client, options.context)
    let outcome = try await self.show(TopProgram(options, source: source, table: table), call)
    try file?.close()
    return outcome
  }

  private static func options(_ call: Invocation) -> TopOptions {
    var options = TopOptions()
    options.screen = call[self.screen]?.text
    options.interval = min(
      max(call[self.interval] ?? .seconds(2), .milliseconds(500)), .seconds(60))
    options.isReadOnly = call[self.readOnly]
    options.isASCII = call[self.ascii] || !call.surroundings.isUTF8
    options.hasColor =
      Style.decide(
        call.settings.color, isTerminal: call.terminal.isOutput, environment: call.environment
      ).hasColor
    options.isOnce = call[self.once]
    options.size = call[self.size]?.size
    options.context = ContextFacts(
      name: call.settings.contextName ?? "", isProtected: call.settings.isProtected,
      endpoint: call.values.given(GlobalFlags.endpoint)?.text)
    options.contextNames = call.configuration.contextNames
    if !call[GlobalFlags.utc], call.settings.text("utc") != "true" {
      options.localOffset = call.clock.localOffset(call.clock.now().nanoseconds / 1_000_000_000)
    }
    return options
  }

  private static func source(
    _ call: Invocation, _ table: Command, _ client: any AdminClient, _ context: ContextFacts
  ) -> AdminSource {
    AdminSource(
      client: client, context: context,
      desk: CommandDesk(root: table, surroundings: call.surroundings),
      now: TopClock.process.now,
      connect: { name async throws(CommandError) in
        var values = ParsedValues()
        values.append(
          try PlainName.checked(name), for: GlobalFlags.context.parameter)
        let settings = try Settings(
          values, environment: call.environment, configuration: call.configuration)
        let client = try await call.surroundings.client.make(settings, .off)
        return (client, ContextFacts(name: name, isProtected: settings.isProtected))
      })
  }

  private static func show(
    _ program: TopProgram, _ call: Invocation
  ) async throws(CommandError) -> Outcome {
    if program.options.isOnce { return Outcome(.document(await program.once())) }
    let exit = try await program.run()
    return Outcome(.document(""), exit: exit)
  }
}

extension PlainName {
  static func checked(_ text: String) throws(CommandError) -> PlainName {
    do {
      return try PlainName(argument: text)
    } catch {
      throw CommandError(
        .badValue, "a context cannot be \(text.visible.shortened.quoted)", why: error.message)
    }
  }
}

/// The name of a screen.
package struct ScreenName: ArgumentValue {
  package let text: String
  package static let placeholder = "NAME"
  private static let names = StandardScreens.all.map(\.name)
  package static var source: ValueSource { .words(self.names) }

  package init(argument text: String) throws(ValueError) {
    guard Self.names.contains(text) else {
      throw ValueError(
        .outOfRange,
        "there is no such screen; the screens are \(Self.names.joined(separator: ", "))")
    }
    self.text = text
  }
}

/// `80x24` on the command line.
package struct SizeText: ArgumentValue {
  package let size: Size
  package static let placeholder = "WxH"

  package init(argument text: String) throws(ValueError) {
    guard let size = Size(parsing: text) else {
      throw ValueError(
        .malformed, "a size is COLUMNSxLINES, each from 1 to \(Size.sideMax)")
    }
    self.size = size
  }
}
