private import Glibc
private import Synchronization

/// Runs the jobs of a simulation on one thread, the next one chosen by the seed.
///
/// Faults: any interleaving that the language allows, since of all waiting jobs any may be next. Tasks,
/// child tasks, task groups and default actors that were started on it stay on it; what escapes (an
/// unstructured `Task { }`, `Task.detached`, a callback of a library's thread) comes back from another
/// thread, is counted in `foreignJobs`, and fails the run.
public final class SeededExecutor: TaskExecutor, @unchecked Sendable {
  // Sendable: `state` is locked; `owner` is set before the first job.
  private struct State {
    var jobs: [UnownedJob] = []
    var generator: SeededGenerator
    var steps = 0
    var foreignJobs = 0
    var trace: UInt64 = 0xcbf2_9ce4_8422_2325
  }
  private let state: Mutex<State>
  private let owner: pthread_t

  /// The executor of the calling thread: only that thread may `step`.
  public init(seed: UInt64) {
    self.state = Mutex(State(generator: SeededGenerator(seed: seed, label: "executor")))
    self.owner = pthread_self()
  }

  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let isForeign = pthread_equal(pthread_self(), self.owner) == 0
    self.state.withLock {
      $0.jobs.append(job)
      if isForeign { $0.foreignJobs += 1 }
    }
  }

  /// Runs one waiting job, chosen by the seed. Returns false when none waits.
  public func step() -> Bool {
    precondition(pthread_equal(pthread_self(), self.owner) != 0, "step on another thread")
    let job: UnownedJob? = self.state.withLock { state in
      guard !state.jobs.isEmpty else { return nil }
      let index = Int.random(in: 0..<state.jobs.count, using: &state.generator)
      state.steps += 1
      state.trace = mixed(state.trace, UInt64(index) << 32 | UInt64(state.jobs.count))
      state.jobs.swapAt(index, state.jobs.count - 1)
      return state.jobs.removeLast()
    }
    job?.runSynchronously(on: self.asUnownedTaskExecutor())
    return job != nil
  }

  /// Starts a task whose every job runs here. It belongs to the simulation, which ends without it.
  public func spawn(_ body: @escaping @Sendable () async -> Void) {
    _ = Task(executorPreference: self) { await body() }
  }

  /// Adds what happened to the trace: two runs of one seed must agree on it.
  public func note(_ text: String) {
    self.state.withLock { state in
      for byte in text.utf8 { state.trace = mixed(state.trace, UInt64(byte)) }
    }
  }

  public var stepCount: Int { self.state.withLock { $0.steps } }
  public var foreignJobCount: Int { self.state.withLock { $0.foreignJobs } }
  /// A digest of every choice and note so far.
  public var trace: UInt64 { self.state.withLock { $0.trace } }
}

private func mixed(_ trace: UInt64, _ value: UInt64) -> UInt64 {
  let folded = (trace ^ value) &* 0x100_0000_01b3
  return folded ^ (folded >> 29)
}
