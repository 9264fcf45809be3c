import Journal
import Runtime
import Simulation
import Testing
import Values

/// A journal on a simulated disk without latency, for tests that need no simulated run.
struct JournalFixture: Sendable {
  let disk: SimulatedDisk
  let clock = SimulatedClock()
  let random: SimulatedRandom
  var options = JournalOptions {
    $0.segmentBytes = 16 * 4096
    $0.blockBytesMax = 8192
    $0.batchBytesMax = 16_384
    $0.recordBytesMax = 1 << 20
  }

  init(seed: UInt64 = 1, faults: DiskFaults = .powerCuts) {
    self.disk = SimulatedDisk(seed: seed, faults: faults)
    self.random = SimulatedRandom(seed: seed)
  }

  /// Opens the journal and returns it with what it recovered.
  func open(
    from: JournalPosition = .start, _ change: (inout JournalOptions) -> Void = { _ in }
  ) async throws -> (journal: Journal, records: [JournalRecord]) {
    var options = self.options
    change(&options)
    var records: [JournalRecord] = []
    let journal = try await Journal.open(
      "/j", on: self.disk, clock: self.clock, random: self.random, options: options, from: from
    ) { records.append($0.owned) }
    return (journal, records)
  }

  /// Opens, appends `records` one after the other, closes. Returns their positions.
  @discardableResult
  func write(
    _ records: [[UInt8]], _ change: (inout JournalOptions) -> Void = { _ in }
  ) async throws -> [JournalPosition] {
    let journal = try await self.open(change).journal
    return try await journal.running {
      var positions: [JournalPosition] = []
      for record in records { positions.append(try await journal.append(record)) }
      return positions
    }
  }

  /// The segment files and what is in them.
  var content: [String: [UInt8]] {
    Dictionary(
      uniqueKeysWithValues: self.segments.map { ($0, self.disk.durableBytes($0) ?? []) })
  }

  var segments: [String] { self.disk.paths.filter { $0.hasSuffix(".segment") } }
}

struct JournalTestFailure: Error { var text: String }

func pattern(_ number: Int, byteCount: Int) -> [UInt8] {
  (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ number &* 7 &+ 1) }
}

/// Runs each test of a suite as one simulated run, on one thread: the simulated disk belongs to it.
struct SimulatedTrait: TestTrait, SuiteTrait, TestScoping {
  var isRecursive: Bool { true }

  func scopeProvider(for test: Test, testCase: Test.Case?) -> Self? {
    test.isSuite ? nil : self
  }

  func provideScope(
    for test: Test, testCase: Test.Case?,
    performing function: @Sendable @concurrent () async throws -> Void

  ) async throws {
    try withoutActuallyEscaping(function) { function in
      _ = try Simulation.run(seed: 1) { _ in try await function() }
    }
  }
}

extension Trait where Self == SimulatedTrait {
  static var simulated: Self { SimulatedTrait() }
}
