private import Glibc
private import Journal
private import Runtime
private import Values

/// Group commit of many writers beside raw io_uring: the same bytes in as many writes and syncs, on the
/// same device, in turns.
enum BenchJournal {
  struct Arguments {
    var writers = 64
    var recordBytes = 100
    var rounds = 61
    var seconds = 0.25
    var directory = "."
    var isDirect = true

    init(_ words: [String]) {
      var rest = words[...]
      while let word = rest.popFirst() {
        if word == "--buffered" {
          self.isDirect = false
          continue
        }
        guard let value = rest.popFirst() else { fail("\(word) needs a value") }
        switch word {
        case "--writers": self.writers = Int(value) ?? self.writers
        case "--bytes": self.recordBytes = Int(value) ?? self.recordBytes
        case "--rounds": self.rounds = Int(value) ?? self.rounds
        case "--seconds": self.seconds = Double(value) ?? self.seconds
        case "--directory": self.directory = value
        default: fail("unknown option \(word)")
        }
      }
    }
  }

  struct Round {
    var seconds: Double
    var records: Int
    var commits: Int
    var bytes: Int
  }

  static func run(_ words: [String]) async {
    let arguments = Arguments(words)
    var template = Array((arguments.directory + "/bench-journal-XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else { fail("no folder can be made in \(arguments.directory)") }
    let path = template.withUnsafeBufferPointer {
      String(cString: $0.baseAddress.unsafelyUnwrapped)
    }
    do {
      try await measure(arguments, path)
    } catch {
      fail("\(error)")
    }
    print("files are in \(path)")
  }

  private static func measure(_ arguments: Arguments, _ path: String) async throws {
    let group = try EventLoopGroup(loops: 1)
    var raw = RawFile(path: path + "/raw", byteCount: 1 << 30, isDirect: arguments.isDirect)
    let journal = try await group.run {
      guard let loop = EventLoop.current else { fail("not on a loop") }
      let options = JournalOptions { $0.isDirect = arguments.isDirect }
      return try await Journal.open(
        path + "/journal", on: group.disk, clock: loop, options: options
      ) { _ in }
    }
    let running = RunningJournal(journal, group)
    try await running.settle()
    var ratios: [Double] = []
    var total = (journal: 0.0, raw: 0.0, commits: 0, records: 0)
    for number in 0..<arguments.rounds {
      let round = try await group.run { try await journalRound(arguments, journal) }
      let rawSeconds = rawRound(&raw, round)
      ratios.append(rawSeconds / round.seconds)
      total.journal += round.seconds
      total.raw += rawSeconds
      total.commits += round.commits
      total.records += round.records
      if number % 10 == 0 {
        print(
          "round \(number): \(round.commits) commits of \(round.bytes / max(round.commits, 1)) bytes, "
            + "\(Int(Double(round.commits) / round.seconds))/s; raw "
            + "\(Int(Double(round.commits) / rawSeconds))/s")
      }
    }
    print(
      "\(arguments.writers) writers of \(arguments.recordBytes) bytes, "
        + "\(arguments.isDirect ? "direct" : "buffered") writes: "
        + "\(Int(Double(total.records) / total.journal)) records/s in "
        + "\(Int(Double(total.commits) / total.journal)) commits/s, raw "
        + "\(Int(Double(total.commits) / total.raw)) commits/s")
    print(
      "journal / raw write+fdatasync of the same bytes: median of rounds "
        + "\(hundredths(median(ratios))), of all \(hundredths(total.raw / total.journal))")
    try await running.stop()
    group.stop()
  }

  /// Writers append one record after the other until the time is over.
  private static func journalRound(
    _ arguments: Arguments, _ journal: Journal
  ) async throws -> Round {
    let record = [UInt8](repeating: 0x5A, count: arguments.recordBytes)
    let before = journal.statistics
    let begun = clockSeconds()
    guard let loop = EventLoop.current else { fail("not on a loop") }
    let end = loop.now + .milliseconds(Int(arguments.seconds * 1000))
    try await withThrowingTaskGroup(of: Void.self) { writers in
      for _ in 0..<arguments.writers {
        writers.addTask {
          while loop.now < end { try await journal.append(record) }
        }
      }
      try await writers.waitForAll()
    }
    let after = journal.statistics
    // Segments that were written are given back, as a service's checkpoint would.
    try await journal.trim(before: journal.end)
    return Round(
      seconds: clockSeconds() - begun, records: after.recordsAppended - before.recordsAppended,
      commits: after.commits - before.commits, bytes: after.bytesWritten - before.bytesWritten)
  }

  /// The same number of syncs for the same bytes, in pages.
  private static func rawRound(_ raw: inout RawFile, _ round: Round) -> Double {
    raw.begin()
    defer { raw.end() }
    let begun = clockSeconds()
    var left = round.bytes / 4096
    for done in 0..<round.commits {
      let pages = left / (round.commits - done)
      left -= pages
      raw.commit(max(pages, 1) * 4096)
    }
    return clockSeconds() - begun
  }

  private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

  private static func hundredths(_ value: Double) -> String {
    let rounded = Int((value * 100).rounded())
    return "\(rounded / 100).\(rounded % 100 < 10 ? "0" : "")\(rounded % 100)"
  }
}

func clockSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func fail(_ text: String) -> Never {
  print("bench-journal: \(text)")
  exit(1)
}

/// A journal whose writer runs on a loop from one round to the next.
private struct RunningJournal {
  private let journal: Journal
  private let group: EventLoopGroup
  private let task: Task<Void, any Error>

  fileprivate init(_ journal: Journal, _ group: EventLoopGroup) {
    self.journal = journal
    self.group = group
    self.task = Task(executorPreference: group.loops[0]) { try await journal.run() }
  }

  /// The first segments are prepared before the clock starts, as the raw file was.
  func settle() async throws {
    try await self.group.run {
      try await self.journal.append([1])
      guard let loop = EventLoop.current else { return }
      try await loop.sleep(until: loop.now + .seconds(3))
    }
  }

  func stop() async throws {
    self.journal.close()
    try await self.task.value
  }
}
