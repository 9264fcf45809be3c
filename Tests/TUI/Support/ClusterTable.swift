package import CommandTable
private import LakectlTesting
private import Synchronization
private import Values

/// A command line with an action of each effect, for dialogs and the palette.
package enum ClusterTable {
  package static let root = Command(
    name: "lakectl", summary: "operate a sample",
    children: [
      Command(
        name: "job", summary: "look at and cancel jobs", heading: .operate,
        children: [jobList, change("cancel", "cancel a job", "job", .hardToUndo)]),
      Command(
        name: "user", summary: "look at and change users", heading: .access,
        children: [
          change("disable", "lock a user out", "user", .writes),
          change("enable", "let a user in again", "user", .writes),
          change("delete", "delete a user", "user", .destroys),
        ]),
      Command(
        name: "catalog", summary: "look at and change the catalog", heading: .operate,
        children: [
          Command(
            name: "namespace", summary: "look at and change namespaces",
            children: [
              change("create", "make a namespace", "namespace", .writes, below: "catalog ")
            ])
        ]),
      Command(
        name: "node", summary: "look at and change nodes", heading: .operate,
        children: [change("drain", "move the work of a node", "node", .hardToUndo)]),
    ])

  static let jobList = Command(
    name: "list", summary: "list jobs",
    call: Call(
      effect: .reads, output: .list("Job", [Column(key: "job_id"), Column(key: "state")]),
      examples: [Example(text: "All", line: "lakectl job list")],
      run: { _ in .list([["job_id": "01J9FZ7K2M", "state": "running"]]) }))

  private static func change(
    _ verb: String, _ summary: String, _ noun: String, _ effect: Effect, below group: String = ""
  ) -> Command {
    let name = Argument<PlainName>(noun, "which one", source: .resources(noun))
    return Command(
      name: verb, summary: summary,
      call: Call(
        parameters: [name.parameter], effect: effect,
        output: .change("Thing", [Column(key: noun, isNullable: false)]),
        examples: [Example(text: "One", line: "lakectl \(group)\(noun) \(verb) a")],
        plan: { call async throws(CommandError) in
          Plan(
            action: "\(verb) \(noun) \(call[name].text)", name: call[name].text,
            facts: [("affects", "3 running requests")],
            undo: effect == .destroys ? nil : "lakectl \(noun) undo \(call[name].text)")
        },
        run: { call async throws(CommandError) in
          guard call[name].text != "carol" else {
            throw CommandError(
              ErrorCode(serverCode: "identity.last_admin", exit: .conflict),
              "cannot \(verb) carol", why: "she is the last administrator",
              try: ["lakectl role assign admin --to ada"])
          }
          return .change(
            true, [noun: .text(call[name].text)], undo: "lakectl \(noun) undo \(call[name].text)")
        }))
  }

  package static var surroundings: Surroundings {
    Surroundings(
      environment: ["LANG": "C.UTF-8"], terminal: TerminalFacts(), console: MemoryConsole(),
      clock: CommandClock(
        now: { SampleCluster.startedAt }, monotonic: { MonotonicTime(nanoseconds: 1) }),
      files: MemoryContextFiles(
        user: """
          [context prod]
          endpoint = http://127.0.0.1:7300
          protected = true
          [context dev]
          endpoint = http://127.0.0.1:7301
          """ + "\n"),
      completers: [
        "user": { _, prefix in ["ada", "bob", "carol"].filter { $0.hasPrefix(prefix) } }
      ])
  }
}
