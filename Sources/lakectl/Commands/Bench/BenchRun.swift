import CommandTable
import HTTP
import Synchronization
import Values

/// One bench: puts objects, asks for a while, and removes what it has put.
final class BenchRun: Sendable {
  private let target: BenchTarget
  private let options: BenchOptions
  private let clock: CommandClock
  /// Objects that are there to be asked for.
  private let content: [UInt8]
  /// The next object to make, or to remove.
  private let nextPut: Turn
  private let nextDelete = Turn()
  private let ticket = Turn()

  init(target: BenchTarget, options: BenchOptions, clock: CommandClock) {
    self.target = target
    self.options = options
    self.clock = clock
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    self.content = (0..<options.bytes).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(truncatingIfNeeded: state >> 33)
    }
    self.nextPut = Turn(options.objects)
  }

  private func path(_ number: Int) -> String { "o/\(number % 64)/\(number)" }

  // MARK: Before and after

  func prepare() async throws(CommandError) {
    guard self.options.mix != .put else { return }
    let turn = Turn()
    let failure = await withTaskGroup(of: BenchTarget.Answer?.self) { group in
      for _ in 0..<self.options.concurrency {
        group.addTask {
          while true {
            let next = turn.take()
            guard next < self.options.objects else { return nil }
            let answer = await self.target.ask(.put, self.path(next), body: self.content)
            guard answer.isFine else { return answer }
          }
        }
      }
      var failure: BenchTarget.Answer?
      for await answer in group { failure = failure ?? answer }
      return failure
    }
    if let failure { throw self.target.refusal(failure, "putting an object") }
  }

  /// Removes everything below its prefix, page by page.
  func clear() async {
    while true {
      let list = await self.target.ask(.get, query: "list-type=2&prefix=o%2F")
      let keys = S3Refusal.elements("Key", in: String(decoding: list.content, as: UTF8.self))
      guard list.isFine, !keys.isEmpty else { return }
      let turn = Turn()
      let failed = Turn()
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<self.options.concurrency {
          group.addTask {
            while true {
              let next = turn.take()
              guard next < keys.count else { return }
              let answer = await self.target.ask(.delete, keys[next])
              if !answer.isFine { _ = failed.take() }
            }
          }
        }
      }
      guard failed.count < keys.count else { return }
    }
  }

  // MARK: Measuring

  func measure() async -> [Row] {
    let begin = self.clock.monotonic()
    let measured = begin + self.options.warmup
    let end = measured + self.options.duration
    let samples = await withTaskGroup(of: BenchSamples.self) { group in
      for worker in 0..<self.options.concurrency {
        group.addTask { await self.work(worker, begin: begin, measured: measured, end: end) }
      }
      var all = BenchSamples()
      for await samples in group { all.merge(samples) }
      return all
    }
    // A run that ended by its count is as long as it took.
    let over = min(end, self.clock.monotonic())
    let seconds = max(0.001, Double((over - measured).nanosecondsClamped) / 1e9)
    return samples.rows(seconds: seconds)
  }

  private func work(
    _ worker: Int, begin: MonotonicTime, measured: MonotonicTime, end: MonotonicTime
  ) async -> BenchSamples {
    var samples = BenchSamples()
    var random = BenchRandom(seed: UInt64(worker) &+ 1)
    while true {
      let number = self.ticket.take()
      if let most = self.options.countMax, number >= most { return samples }
      var due = self.clock.monotonic()
      if let rate = self.options.rate {
        due = begin + .nanoseconds(Int64(Double(number) / Double(rate) * 1e9))
        guard due < end else { return samples }
        let wait = due - self.clock.monotonic()
        if wait > .zero { guard await self.clock.sleep(wait) else { return samples } }
      }
      let operation = self.choose(&random)
      guard self.clock.monotonic() < end else {
        guard self.options.rate != nil else { return samples }
        // What was due and could not even begin must not be left out.
        samples.add(operation, nanoseconds: 0, .init(error: "was due and did not begin in time"))
        continue
      }
      let outcome = await self.ask(operation, &random)
      let now = self.clock.monotonic()
      guard due >= measured else { continue }
      samples.add(
        operation, nanoseconds: UInt64(clamping: (now - due).nanosecondsClamped), outcome)
    }
  }

  private func choose(_ random: inout BenchRandom) -> BenchMix {
    guard self.options.mix == .mixed else { return self.options.mix }
    switch random.below(100) {
    case ..<45: return .get
    case ..<75: return .stat
    case ..<90: return .put
    default: return .delete
    }
  }

  private func ask(
    _ operation: BenchMix, _ random: inout BenchRandom
  ) async -> BenchSamples.Outcome {
    // What is removed is never asked for: the first quarter is there to go.
    let kept = self.options.objects / 4
    let some = self.path(kept + random.below(max(1, self.options.objects - kept)))
    switch operation {
    case .get:
      let answer = await self.target.ask(.get, some)
      guard answer.isFine, answer.content != self.content else { return .init(answer) }
      return .init(error: "what was read is not what was written")
    case .stat: return .init(await self.target.ask(.head, some))
    case .put:
      let number = self.nextPut.take()
      return .init(
        await self.target.ask(.put, self.path(number), body: self.content),
        sent: self.content.count)
    case .list:
      return .init(
        await self.target.ask(
          .get, query: "list-type=2&prefix=o%2F\(random.below(64))%2F"))
    case .delete:
      let number = self.nextDelete.take()
      // In a mix those that are read stay: behind the first quarter go those that were put meanwhile.
      let isRead = self.options.mix == .mixed && number >= kept
      let place = isRead ? number - kept + self.options.objects : number
      return .init(await self.target.ask(.delete, self.path(place)))
    case .rename:
      let number = self.nextDelete.take()
      // Each object goes back and forth.
      let place = number % self.options.objects
      let isBack = number / self.options.objects % 2 == 1
      let (old, new) = (self.path(place), self.path(place) + "-renamed")
      let source = isBack ? new : old
      return .init(
        await self.target.ask(
          .put, isBack ? old : new, query: "renameObject=",
          [(name: "x-amz-rename-source", value: "/\(self.target.bucket)/\(source)")]))
    case .mixed: return .init(error: "mixed is no operation")
    }
  }
}

/// Numbers, each given out once.
final class Turn: Sendable {
  private let next: Atomic<Int>

  init(_ first: Int = 0) { self.next = Atomic(first) }

  func take() -> Int { self.next.wrappingAdd(1, ordering: .relaxed).oldValue }
  /// The next one.
  var count: Int { self.next.load(ordering: .relaxed) }
}

/// A small generator: every worker has its own.
struct BenchRandom {
  private var state: UInt64

  init(seed: UInt64) { self.state = seed &* 0x9E37_79B9_7F4A_7C15 }

  mutating func below(_ limit: Int) -> Int {
    self.state ^= self.state << 13
    self.state ^= self.state >> 7
    self.state ^= self.state << 17
    return Int(self.state % UInt64(limit))
  }
}

/// Latencies by operation.
struct BenchSamples: Sendable {
  struct Outcome {
    var bytes = 0
    var error: String?

    init(_ answer: BenchTarget.Answer, sent: Int = 0) {
      self.bytes = answer.content.count + sent
      guard !answer.isFine else { return }
      let text = String(decoding: answer.content.prefix(4096), as: UTF8.self)
      self.error =
        answer.failure ?? S3Refusal.element("Code", in: text) ?? "status \(answer.status)"
    }

    init(error: String) { self.error = error }
  }

  private struct Operation: Sendable {
    /// Microseconds, in the order they came; sorted when they are shown.
    var microseconds: [UInt32] = []
    var nanoseconds: UInt64 = 0
    var bytes = 0
    var errors = 0
    var firstError: String?
  }

  private var operations: [BenchMix: Operation] = [:]

  mutating func add(_ operation: BenchMix, nanoseconds: UInt64, _ outcome: Outcome) {
    if let error = outcome.error {
      self.operations[operation, default: Operation()].errors += 1
      if self.operations[operation]?.firstError == nil {
        self.operations[operation]?.firstError = error
      }
      return
    }
    self.operations[operation, default: Operation()].microseconds.append(
      UInt32(clamping: nanoseconds / 1000))
    self.operations[operation]?.nanoseconds += nanoseconds
    self.operations[operation]?.bytes += outcome.bytes
  }

  mutating func merge(_ other: BenchSamples) {
    for (name, theirs) in other.operations {
      var ours = self.operations[name] ?? Operation()
      ours.microseconds += theirs.microseconds
      ours.nanoseconds += theirs.nanoseconds
      ours.bytes += theirs.bytes
      ours.errors += theirs.errors
      ours.firstError = ours.firstError ?? theirs.firstError
      self.operations[name] = ours
    }
  }

  func rows(seconds: Double) -> [Row] {
    BenchMix.allCases.compactMap { name in
      guard let operation = self.operations[name] else { return nil }
      let sorted = operation.microseconds.sorted()
      func quantile(_ share: Double) -> Cell {
        guard !sorted.isEmpty else { return .null }
        let rank = max(1, Int((share * Double(sorted.count)).rounded(.up)))
        return .real(Double(sorted[rank - 1]) / 1000)
      }
      let mean = Double(operation.nanoseconds) / 1e6 / Double(max(1, sorted.count))
      return [
        "op": .text(name.rawValue), "request_count": .integer(Int64(sorted.count)),
        "rate_per_s": .real(Double(sorted.count) / seconds), "p50_ms": quantile(0.5),
        "p90_ms": quantile(0.9), "p99_ms": quantile(0.99), "p999_ms": quantile(0.999),
        "max_ms": quantile(1), "mean_ms": sorted.isEmpty ? .null : .real(mean),
        "error_count": .integer(Int64(operation.errors)),
        "transfer_bytes_per_s": .real(Double(operation.bytes) / seconds),
        "first_error": .optional(operation.firstError),
      ]
    }
  }
}
