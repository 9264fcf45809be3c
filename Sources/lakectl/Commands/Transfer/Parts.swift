import CommandTable
import Synchronization
import Values

/// How an object is cut for a transfer.
struct PartPlan: Sendable, Hashable {
  var size: Int64
  var partBytes: Int64

  static let partsMax: Int64 = 10_000
  static let partBytesMin: Int64 = 5 << 20

  /// Parts of `wanted`, or larger ones when there would be too many.
  init(size: Int64, wanted: Int64) {
    self.size = size
    var bytes = max(wanted, Self.partBytesMin)
    while (size + bytes - 1) / bytes > Self.partsMax { bytes *= 2 }
    self.partBytes = bytes
  }

  var count: Int { max(1, Int((self.size + self.partBytes - 1) / self.partBytes)) }

  /// - Parameter number: from 0.
  func range(_ number: Int) -> Range<Int64> {
    let start = Int64(number) * self.partBytes
    return start..<min(self.size, start + self.partBytes)
  }
}

/// Runs work on parts, some at a time, and ends with the first failure.
enum Parts {
  static func forEach(
    _ numbers: [Int], atOnce: Int,
    _ work: @escaping @Sendable (Int) async -> CommandError?
  ) async throws(CommandError) {
    let failure = await withTaskGroup(of: CommandError?.self) { group -> CommandError? in
      var rest = numbers[...]
      for number in rest.prefix(atOnce) { group.addTask { await work(number) } }
      rest = rest.dropFirst(atOnce)
      var failure: CommandError?
      for await outcome in group {
        failure = failure ?? outcome
        guard failure == nil else { continue }
        if let number = rest.popFirst() { group.addTask { await work(number) } }
      }
      return failure
    }
    if let failure { throw failure }
  }
}

/// Progress of a transfer on standard error; several tasks tell it.
final class TransferProgress: Sendable {
  private struct State {
    var lines: ProgressLines
    var done: Int64
  }
  private let state: Mutex<State>
  private let call: Invocation
  private let what: String
  private let total: Int64?

  init(_ call: Invocation, _ what: String, total: Int64?, done: Int64 = 0) {
    let isPlain = (call.environment["TERM"] ?? "dumb") == "dumb"
    // For files alone: programs and pipes see nothing of it.
    let manner: ProgressLines.Manner =
      call.values[GlobalFlags.quiet] || call.format.isJSON || !call.terminal.isError || isPlain
      ? .silent : .terminal
    self.call = call
    self.what = what
    self.total = total
    self.state = Mutex(State(lines: ProgressLines(manner: manner), done: done))
  }

  func add(_ bytes: Int64, isLast: Bool = false) {
    let now = self.call.clock.monotonic()
    let text = self.state.withLock { state in
      state.done += bytes
      var progress = ProgressState(jobID: "", what: self.what)
      progress.doneBytes = state.done
      progress.totalBytes = self.total ?? state.done
      return state.lines.text(progress, now: now, isLast: isLast)
    }
    if let text { self.call.surroundings.console.writeError(text) }
  }
}
