package import Runtime
import Synchronization
import Values

/// Lines of several logs in a folder, each log a row of files: `NAME-20260131T101000Z-000`. A new file is begun with
/// each slice of time, and when one is too large; the oldest go when all files of a log are too large together.
///
/// Lines are gathered in memory and written by `run`. While too many wait, who writes waits too; or they are dropped
/// and counted, when the log is sampled. What the disk does not take is dropped and counted in any case: a log must
/// not stand in the way for longer than it takes to find that out.
package final class LineFolder: Sendable {
  package struct Options: Sendable {
    /// How long lines go to one file.
    package var slice = Duration.seconds(600)
    /// All files of one log together; a file has at most a quarter.
    package var logBytesMax: Int64 = 64 << 20
    package var memoryBytesMax = 4 << 20
    /// Lines that find no room are dropped.
    package var isSampled = false
    package init(_ change: (inout Options) -> Void = { _ in }) { change(&self) }
  }

  private struct State {
    var waiting: [String: [UInt8]] = [:]
    var byteCount = 0
    var dropped = 0
    var isOver = false
  }

  private struct Current {
    var slice: Int64
    var number: Int
  }

  private let folder: String
  private let disk: any Disk
  private let time: any TimeSource
  private let options: Options
  private let state = Mutex(State())
  private let files = Mutex<[String: Current]>([:])

  package init(
    _ folder: String, on disk: any Disk, time: any TimeSource, options: Options = Options()
  ) {
    self.folder = folder
    self.disk = disk
    self.time = time
    self.options = options
  }

  package var droppedCount: Int { self.state.withLock { $0.dropped } }

  /// Takes a line of a log, with its end.
  package func append(_ line: [UInt8], to log: String) async {
    while !self.took(line, log) {
      guard !self.options.isSampled, !self.isOver else { return self.drop() }
      do {
        try await self.time.sleep(for: .milliseconds(5))
      } catch {
        return self.drop()
      }
    }
  }

  private var isOver: Bool { self.state.withLock { $0.isOver } }
  private func drop() { self.state.withLock { $0.dropped += 1 } }

  private func took(_ line: [UInt8], _ log: String) -> Bool {
    self.state.withLock { state in
      // One that is larger than all memory goes alone.
      guard
        state.byteCount == 0 || state.byteCount + line.count <= self.options.memoryBytesMax
      else { return false }
      state.waiting[log, default: []].append(contentsOf: line)
      state.byteCount += line.count
      return true
    }
  }

  /// Writes what comes until the task is cancelled.
  package func run() async throws(CancellationError) {
    while true {
      do {
        try await self.time.sleep(for: .milliseconds(50))
      } catch {
        self.state.withLock { $0.isOver = true }
        await self.flush()
        throw CancellationError()
      }
      await self.flush()
    }
  }

  /// Writes what is there.
  package func flush() async {
    let waiting = self.state.withLock { state in
      defer { (state.waiting, state.byteCount) = ([:], 0) }
      return state.waiting
    }
    for (log, bytes) in waiting.sorted(by: { $0.key < $1.key }) {
      do throws(IOFailure) {
        try await self.write(bytes, log)
      } catch {
        let lines = bytes.count { $0 == UInt8(ascii: "\n") }
        self.state.withLock { $0.dropped += lines }
      }
    }
  }

  private func write(_ bytes: [UInt8], _ log: String) async throws(IOFailure) {
    let slice = self.time.wallNow.nanoseconds / max(1, self.options.slice.nanosecondsClamped)
    let known = self.files.withLock { $0[log] }
    var current = known ?? Current(slice: slice, number: 0)
    if current.slice != slice { current = Current(slice: slice, number: 0) }
    var file = try await self.disk.open(self.path(log, current), .creating)
    var end = try await file.byteCount()
    while end > 0, end + Int64(bytes.count) > self.options.logBytesMax / 4, current.number < 999 {
      current.number += 1
      file = try await self.disk.open(self.path(log, current), .creating)
      end = try await file.byteCount()
    }
    // What is lent to the disk stays where it is for as long as the write takes.
    let room = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
    defer { room.deallocate() }
    room.copyBytes(from: bytes)
    try await file.write(UnsafeRawBufferPointer(room), at: end)
    let isNew = known?.slice != current.slice || known?.number != current.number
    self.files.withLock { $0[log] = current }
    if isNew { try await self.prune(log) }
  }

  /// Removes the oldest files of a log while all are too large together; the newest stays.
  private func prune(_ log: String) async throws(IOFailure) {
    var found: [(path: String, bytes: Int64)] = []
    for entry in try await self.disk.list(self.folder) where Self.isFile(entry.name, of: log) {
      let path = self.folder + "/" + entry.name
      found.append((path, try await self.disk.information(path).byteCount))
    }
    var total = found.reduce(0) { $0 + $1.bytes }
    // Names are in the order of their times.
    for (path, bytes) in found.dropLast() where total > self.options.logBytesMax * 3 / 4 {
      try await self.disk.removeFile(path)
      total -= bytes
    }
  }

  private static func isFile(_ name: String, of log: String) -> Bool {
    guard name.hasPrefix(log + "-") else { return false }
    return name.dropFirst(log.count + 1).allSatisfy {
      $0.isNumber || "TZ-".contains($0)
    }
  }

  private func path(_ log: String, _ current: Current) -> String {
    let begin = current.slice * self.options.slice.nanosecondsClamped
    let time = Timestamp(WallTime(nanoseconds: begin)).description
      .filter { $0 != "-" && $0 != ":" }
    let number = "00\(current.number)".suffix(3)
    return "\(self.folder)/\(log)-\(time)-\(number)"
  }
}
