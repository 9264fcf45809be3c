package import Runtime
import Synchronization

/// Lines in a file of bounded size: when it is full it becomes `PATH.1`, and that of before goes. Who writes
/// never waits: lines are gathered in memory and written by `run`; when there are too many, they are dropped
/// and counted.
package final class LineFile: Sendable {
  private struct State {
    var bytes: [UInt8] = []
    var dropped = 0
  }

  private let path: String
  private let disk: any Disk
  private let time: any TimeSource
  private let fileBytesMax: Int64
  private let memoryBytesMax: Int
  private let state = Mutex(State())

  package init(
    _ path: String, on disk: any Disk, time: any TimeSource, fileBytesMax: Int64,
    memoryBytesMax: Int = 1 << 20
  ) {
    self.path = path
    self.disk = disk
    self.time = time
    self.fileBytesMax = fileBytesMax
    self.memoryBytesMax = memoryBytesMax
  }

  /// Takes a line, with its end; drops it when too many wait.
  package func append(_ line: [UInt8]) {
    self.state.withLock { state in
      if state.bytes.count + line.count > self.memoryBytesMax {
        state.dropped += 1
      } else {
        state.bytes.append(contentsOf: line)
      }
    }
  }

  package var droppedCount: Int { self.state.withLock { $0.dropped } }

  /// Writes what comes until the task is cancelled.
  package func run() async throws(CancellationError) {
    while true {
      do {
        try await self.time.sleep(for: .milliseconds(250))
      } catch {
        await self.flush()
        throw CancellationError()
      }
      await self.flush()
    }
  }

  /// Writes what is there; what the disk does not take is dropped and counted.
  package func flush() async {
    let bytes = self.state.withLock { state in
      defer { state.bytes = [] }
      return state.bytes
    }
    guard !bytes.isEmpty else { return }
    do {
      var file = try await self.disk.open(self.path, .creating)
      var end = try await file.byteCount()
      if end > 0, end + Int64(bytes.count) > self.fileBytesMax {
        try await self.disk.rename(self.path, to: self.path + ".1")
        file = try await self.disk.open(self.path, .creating)
        end = 0
      }
      // What is lent to the disk stays where it is for as long as the write takes.
      let room = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
      defer { room.deallocate() }
      room.copyBytes(from: bytes)
      try await file.write(UnsafeRawBufferPointer(room), at: end)
    } catch {
      self.state.withLock { $0.dropped += 1 }
    }
  }
}
