internal import Bytes
private import Synchronization
internal import Runtime

/// Keeps the next segment file ready, so that a rotation waits for nobody.
///
/// A file gets a segment's name only when it holds durable zeros of the full size: a recycled one is
/// overwritten first. The name is durable before the file is handed to the writer.
final class SegmentSupply: Sendable {
  struct Prepared: Sendable {
    var number: UInt64
    var file: any DiskFile
  }

  private enum Request {
    case none
    case wanted(UInt64)
    case preparing(UInt64)
    case ready(Prepared)
    case failed(UInt64, JournalError)
    case stopped
  }

  private struct State {
    var request = Request.none
    var spares: [SpareFile]
    var nextSpare: UInt64
    /// The preparing task, when nothing is wanted; the writer, when it waits for a file.
    var preparer: UnsafeContinuation<Void, Never>?
    var writer: UnsafeContinuation<Void, Never>?
  }

  private let disk: any Disk
  private let directory: String
  private let options: JournalOptions
  private let state: Mutex<State>

  init(disk: any Disk, directory: String, options: JournalOptions, spares: [SpareFile]) {
    self.disk = disk
    self.directory = directory
    self.options = options
    let highest = spares.compactMap { SegmentName.spareNumber($0.name) }.max() ?? 0
    self.state = Mutex(State(spares: spares, nextSpare: highest + 1))
  }

  /// Asks for `number`; a file for it is then made ready in the background.
  func want(_ number: UInt64) {
    let preparer = self.state.withLock { state -> UnsafeContinuation<Void, Never>? in
      switch state.request {
      case .none, .failed: state.request = .wanted(number)
      case .wanted(let other), .preparing(let other):
        precondition(other == number, "segment \(number) wanted while \(other) is prepared")
      case .ready(let prepared):
        precondition(prepared.number == number, "segment \(number), ready \(prepared.number)")
      case .stopped: break
      }
      return state.preparer.take()
    }
    preparer?.resume()
  }

  /// The file of `number`, once it is ready. Throws only what a try that began after the call met: an
  /// earlier one may have failed before a trim gave space back.
  func take(_ number: UInt64) async throws(JournalError) -> Prepared {
    self.want(number)
    var mayRetry = self.state.withLock { state in
      if case .preparing = state.request { true } else { false }
    }
    while true {
      let answer = self.state.withLock { state -> Result<Prepared, JournalError>? in
        switch state.request {
        case .ready(let prepared):
          state.request = .none
          return .success(prepared)
        case .failed(_, let error):
          state.request = .none
          return mayRetry ? nil : .failure(error)
        case .stopped:
          return .failure(.closed)
        case .none, .wanted, .preparing:
          return nil
        }
      }
      if let answer { return try answer.get() }
      if mayRetry, self.isIdle {
        mayRetry = false
        self.want(number)
      }
      await withUnsafeContinuation { waiter in
        let isOver = self.state.withLock { state in
          switch state.request {
          case .ready, .failed, .stopped: return true
          case .none, .wanted, .preparing:
            state.writer = waiter
            return false
          }
        }
        if isOver { waiter.resume() }
      }
    }
  }

  private var isIdle: Bool {
    self.state.withLock { if case .none = $0.request { true } else { false } }
  }

  /// Prepares what is wanted until `stop`.
  func run() async {
    while let number = await self.nextWanted() {
      let request: Request
      do throws(JournalError) {
        request = .ready(Prepared(number: number, file: try await self.prepare(number)))
      } catch {
        request = .failed(number, error)
      }
      let writer = self.state.withLock { state -> UnsafeContinuation<Void, Never>? in
        if case .stopped = state.request { return state.writer.take() }
        state.request = request
        return state.writer.take()
      }
      writer?.resume()
    }
  }

  func stop() {
    let waiters = self.state.withLock { state in
      state.request = .stopped
      return [state.preparer.take(), state.writer.take()]
    }
    for waiter in waiters { waiter?.resume() }
  }

  /// Takes over trimmed segment files: some are kept, the others removed. Only the names have to be
  /// durable before a file is overwritten.
  func recycle(_ numbers: Range<UInt64>) async throws(JournalError) {
    do {
      for number in numbers {
        let path = self.directory + "/" + SegmentName.segment(number)
        let spare = self.state.withLock { state -> String? in
          guard state.spares.count < self.options.sparesMax else { return nil }
          defer { state.nextSpare += 1 }
          return SegmentName.spare(state.nextSpare)
        }
        do {
          if let spare {
            try await self.disk.rename(path, to: self.directory + "/" + spare)
            try await self.disk.syncDirectory(self.directory)
            self.state.withLock { $0.spares.append(SpareFile(name: spare, isBlank: false)) }
          } else {
            try await self.disk.removeFile(path)
          }
        } catch  where error.isNotFound {
          continue  // A trim before the last opening has removed it.
        }
      }
      try await self.disk.syncDirectory(self.directory)
    } catch {
      throw .io("recycle trimmed segments", error)
    }
  }

  private func nextWanted() async -> UInt64? {
    while true {
      let request = self.state.withLock { state -> Request in
        if case .wanted(let number) = state.request { state.request = .preparing(number) }
        return state.request
      }
      switch request {
      case .preparing(let number): return number
      case .stopped: return nil
      case .none, .wanted, .ready, .failed: break
      }
      await withUnsafeContinuation { waiter in
        let isWanted = self.state.withLock { state in
          switch state.request {
          case .wanted, .stopped: return true
          case .none, .preparing, .ready, .failed:
            state.preparer = waiter
            return false
          }
        }
        if isWanted { waiter.resume() }
      }
    }
  }

  /// Spares first. One that cannot be used is removed, so that what space it held helps the next try.
  private func prepare(_ number: UInt64) async throws(JournalError) -> any DiskFile {
    while true {
      let (spare, isKept) = self.state.withLock { state -> (SpareFile, Bool) in
        if let kept = state.spares.popLast() { return (kept, true) }
        defer { state.nextSpare += 1 }
        return (SpareFile(name: SegmentName.spare(state.nextSpare), isBlank: false), false)
      }
      do {
        return try await self.prepare(number, from: spare, isKept: isKept)
      } catch {
        _ = try? await self.disk.removeFile(self.directory + "/" + spare.name)
        guard isKept else { throw .io("prepare segment \(number)", error) }
      }
    }
  }

  private func prepare(
    _ number: UInt64, from spare: SpareFile, isKept: Bool
  ) async throws(IOFailure) -> any DiskFile {
    let path = self.directory + "/" + spare.name
    let file = try await self.blankFile(path, spare: spare, isKept: isKept)
    let name = self.directory + "/" + SegmentName.segment(number)
    try await self.disk.rename(path, to: name)
    try await self.disk.syncDirectory(self.directory)
    guard self.options.isDirect else { return file }
    return try await self.disk.open(name, Self.directMode)
  }

  static let directMode = OpenMode {
    $0.writes = true
    $0.isDirect = true
  }

  /// A file of the full size that holds nothing but durable zeros.
  private func blankFile(
    _ path: String, spare: SpareFile, isKept: Bool
  ) async throws(IOFailure) -> any DiskFile {
    let file = try await self.disk.open(path, .creating)
    let size = try await file.byteCount()
    if spare.isBlank, size == Int64(self.options.segmentBytes) { return file }
    if size > Int64(self.options.segmentBytes) {
      try await file.truncate(to: Int64(self.options.segmentBytes))
    }
    try await file.allocate(byteCount: Int64(self.options.segmentBytes))
    if isKept || self.options.zeroesSegments { try await self.overwrite(path) }
    try await file.sync()
    return file
  }

  /// Past the page cache and piece by piece: a burst of dirty pages would hold up the commits that go on
  /// meanwhile.
  private func overwrite(_ path: String) async throws(IOFailure) {
    let file = try await self.disk.open(path, Self.directMode)
    let chunk = PageBuffer(byteCount: min(self.options.segmentBytes, 256 << 10))
    chunk.memory.initializeMemory(as: UInt8.self, repeating: 0)
    var offset = 0
    while offset < self.options.segmentBytes {
      let count = min(chunk.count, self.options.segmentBytes - offset)
      try await file.write(
        UnsafeRawBufferPointer(rebasing: chunk.memory[..<count]), at: Int64(offset))
      offset += count
    }
  }
}
