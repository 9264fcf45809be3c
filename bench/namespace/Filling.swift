private import Glibc
private import ObjectNamespace
internal import Runtime

/// Recovery: a child fills the journal and is killed; the parent opens what it left.
enum Filling {
  /// Writes until the journal holds `bytes`, without a checkpoint, and ends this process as a crash would.
  static func run(_ path: String, bytes: Int) async throws {
    let group = try EventLoopGroup(loops: 1)
    let options = TreeEngineOptions {
      $0.cacheBytes = 2 << 30
      $0.journalBytesTrigger = Int.max
      $0.checkpointInterval = .seconds(1 << 20)
      $0.dirtyShareMax = 1
    }
    try await group.run {
      let loop = EventLoop.current.unsafelyUnwrapped
      let engine = try await TreeEngine.open(path, on: group.disk, clock: loop, options: options)
      try await engine.running {
        var start = 0
        while engine.statistics.logBytes < UInt64(bytes) {
          let first = start
          try await engine.commit { transaction in
            for number in first..<(first + 1000) {
              try transaction.put(
                Keys.key(number % 1_000_000, of: 1_000_000), Keys.value(number), weight: 1)
            }
          }
          start += 1000
        }
        kill(getpid(), SIGKILL)
      }
    }
  }

  static func measure(_ path: String, _ group: EventLoopGroup) async throws {
    let program = CommandLine.arguments[0]
    let words = [program, "--fill", path, "\(256 << 20)"]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var child: pid_t = 0
    guard posix_spawn(&child, program, nil, nil, &arguments, environ) == 0 else {
      fail("cannot start the filling child")
    }
    var status: Int32 = 0
    guard waitpid(child, &status, 0) == child else { fail("the filling child is lost") }
    let begun = seconds()
    let used = processorSeconds()
    let count = try await group.run {
      let loop = EventLoop.current.unsafelyUnwrapped
      let engine = try await TreeEngine.open(
        path, on: group.disk, clock: loop, options: TreeEngineOptions { $0.cacheBytes = 1 << 30 })
      let opened = seconds() - begun
      print(
        "recovery of a log of 256 MiB: \(Int(opened * 1000)) ms, of them "
          + "\(Int((processorSeconds() - used) * 1000)) ms of processor time")
      return engine.statistics.objects
    }
    print("  it holds \(count) keys")
  }
}

/// Of this process, in user and in kernel mode.
private func processorSeconds() -> Double {
  var usage = rusage()
  getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
    + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
}
