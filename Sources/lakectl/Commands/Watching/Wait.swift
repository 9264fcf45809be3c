import Admin
import CommandTable
import JSON
import Values

/// `lakectl wait`
enum Wait {
  static let resource = Argument<WaitTarget>(
    "resource", "cluster, or KIND/NAME", source: .resources("waitable"))
  static let condition = Option<WaitCondition>(
    "for", .one, source: .words(WaitCondition.words), "what shall be true")

  static let command = Command(
    name: "wait", summary: "wait until something is so", heading: .operate, call: made)

  private static var made: Call {
    var call = Call(
      parameters: [resource.parameter, condition.parameter], effect: .reads,
      output: .record(
        "Wait",
        [
          Column(key: "resource", isNullable: false), Column(key: "condition", isNullable: false),
          Column(key: "met", .flag, isNullable: false),
          Column(key: "waited_ms", isNullable: false), Column(key: "state"),
        ]),
      exits: [
        .stillRunning: "--timeout passed first", .notFound: "it does not exist",
        .conflict: "it can no longer become true",
      ],
      examples: [
        Example(text: "At the start of a script", line: "lakectl wait cluster --for healthy"),
        Example(text: "Until it serves", line: "lakectl wait service/admin --for ready"),
        Example(text: "Until it is over", line: "lakectl wait job/01J9FZ7K2M --for done"),
        Example(text: "Until somebody made it", line: "lakectl wait user/etl --for exists"),
      ],
      detail: """
        Kinds are cluster, service, node, job, user, group, role, policy and key.
        Conditions are healthy, ready, done, exists, gone and state=WORD.
        What does not exist is waited for with exists and gone only.
        A daemon that cannot be reached is waited for.
        """,
      run: { call async throws(CommandError) in try await run(call) })
    call.isPatient = true
    return call
  }

  static func run(_ call: Invocation) async throws(CommandError) -> Outcome {
    let target = call[self.resource]
    // Required: the parser has seen to it.
    let condition = call[self.condition] ?? .exists
    try target.check(condition)
    let start = call.clock.monotonic()
    while true {
      var state: String?
      var failure: CommandError?
      do throws(CommandError) {
        state = try await target.state(call)
        if condition.isMet(by: state) { return self.met(call, target, condition, state, start) }
        try self.checkHope(target, condition, state)
      } catch {
        guard error.exit == .unavailable, error.code != .noEndpoint else { throw error }
        failure = error
      }
      guard call.clock.monotonic() + .milliseconds(500) < call.deadline,
        await call.clock.sleep(.milliseconds(500))
      else {
        throw CommandError(
          .waitEnded, "\(target.text.visible) is not \(condition.text.visible)",
          why: failure.map(\.message) ?? state.map { "it is \($0)" } ?? "it does not exist",
          try: ["lakectl status"], isRetryable: true)
      }
    }
  }

  private static func met(
    _ call: Invocation, _ target: WaitTarget, _ condition: WaitCondition, _ state: String?,
    _ start: MonotonicTime
  ) -> Outcome {
    .record([
      "resource": .text(target.text), "condition": .text(condition.text), "met": true,
      "waited_ms": .integer((call.clock.monotonic() - start).milliseconds),
      "state": .optional(state),
    ])
  }

  /// Some waits would never end.
  private static func checkHope(
    _ target: WaitTarget, _ condition: WaitCondition, _ state: String?
  ) throws(CommandError) {
    if state == nil, condition != .exists {
      throw CommandError(
        .notThere, "there is no \(target.text.visible)", why: "only exists waits for it to be made",
        try: ["lakectl wait \(target.text.visible.shellQuoted) --for exists"])
    }
    if target.kind == .job, let state, let word = JobState(rawValue: state), word.isOver {
      throw CommandError(
        .neverMet, "\(target.text.visible) will never be \(condition.text.visible)",
        why: "it is over: \(state)", try: ["lakectl job show \(target.name.visible.shellQuoted)"])
    }
  }
}

enum WaitCondition: ArgumentValue, Equatable {
  case healthy, ready, done, exists, gone
  case state(String)

  static let placeholder = "CONDITION"
  static let words = ["healthy", "ready", "done", "exists", "gone", "state="]

  init(argument: String) throws(ValueError) {
    switch argument {
    case "healthy": self = .healthy
    case "ready": self = .ready
    case "done": self = .done
    case "exists": self = .exists
    case "gone": self = .gone
    default:
      guard argument.hasPrefix("state="), argument.utf8.count > 6 else {
        throw ValueError(
          .malformed,
          "\(argument.visible.quoted) is not one of \(Self.words.joined(separator: ", "))WORD")
      }
      self = .state(String(argument.dropFirst(6)))
    }
  }

  var text: String {
    switch self {
    case .healthy: "healthy"
    case .ready: "ready"
    case .done: "done"
    case .exists: "exists"
    case .gone: "gone"
    case .state(let word): "state=\(word)"
    }
  }

  /// - Parameter state: nil when the thing does not exist.
  func isMet(by state: String?) -> Bool {
    switch self {
    case .exists: state != nil
    case .gone: state == nil
    case .healthy, .ready: state == "ok" || state == "up"
    case .done: state.flatMap(JobState.init(rawValue:))?.isOver ?? false
    case .state(let word): state == word
    }
  }
}
