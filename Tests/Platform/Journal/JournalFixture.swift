import Journal
import Runtime
import Simulation
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

  var segments: [String] { self.disk.paths.filter { $0.hasSuffix(".segment") } }
}

/// Waits until `condition` holds, letting others run.
func poll(_ condition: () async throws -> Bool) async throws {
  for _ in 0..<100_000 {
    if try await condition() { return }
    await Task.yield()
  }
  throw JournalTestFailure(text: "waited for ever")
}

struct JournalTestFailure: Error { var text: String }

func pattern(_ number: Int, byteCount: Int) -> [UInt8] {
  (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ number &* 7 &+ 1) }
}
