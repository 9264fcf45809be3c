private import Glibc
internal import Runtime
internal import Values

/// One direction of a connection: bytes under way, bytes that have arrived, the reader that waits for
/// them and the sender that waits for room.
///
/// Bytes arrive whole and in order, as TCP promises, or the stream is reset. What is sent into a
/// partition stays under way until the link heals or `stallTimeout` has passed.
final class SimulatedStream {
  enum End {
    case open
    /// The sender has ended its side: 0 behind the last byte.
    case finished
    case failed(Int32)
  }

  private struct Segment {
    var bytes: [UInt8]
    /// The last one says that nothing more comes.
    var isEnd: Bool
  }

  private unowned let network: SimulatedNetwork
  private let from: String
  private let to: String
  private var underWay: [Segment] = []
  private var lastArrival = MonotonicTime(nanoseconds: 0)
  /// The timer of the first segment under way; nil when the link is cut or nothing is.
  private var timer: UInt64?
  private var stalledSince: MonotonicTime?
  private var arrivals: [MonotonicTime] = []
  private var arrived: [UInt8] = []
  private var taken = 0
  private(set) var end = End.open
  private let reader: SimulatedWaiter
  private let sender: SimulatedWaiter
  /// Ends the other direction too.
  var onReset: ((Int32) -> Void)?

  init(network: SimulatedNetwork, from: String, to: String) {
    self.network = network
    self.from = from
    self.to = to
    self.reader = SimulatedWaiter(clock: network.clock)
    self.sender = SimulatedWaiter(clock: network.clock)
  }

  private var unread: Int { self.arrived.count - self.taken }
  private var pendingBytes: Int { self.unread + self.underWay.reduce(0) { $0 + $1.bytes.count } }

  func receive(
    into target: UnsafeMutableRawBufferPointer, deadline: MonotonicTime
  ) async throws(IOFailure) -> Int {
    while true {
      if self.unread > 0 { return self.take(target) }
      switch self.end {
      case .open: break
      case .finished: return 0
      case .failed(let code): throw IOFailure(code: code, operation: "recv", subject: self.from)
      }
      try await self.reader.wait(until: deadline, "recv", self.from)
    }
  }

  func send(
    _ source: UnsafeRawBufferPointer, deadline: MonotonicTime
  ) async throws(IOFailure) {
    var offset = 0
    while offset < source.count {
      if case .failed(let code) = self.end {
        throw IOFailure(code: code, operation: "send", subject: self.to)
      }
      guard case .open = self.end else {
        throw IOFailure(code: EPIPE, operation: "send", subject: self.to)
      }
      let room = self.network.faults.windowBytes - self.pendingBytes
      guard room > 0 else {
        try await self.sender.wait(until: deadline, "send", self.to)
        continue
      }
      let most = min(room, self.network.faults.segmentBytesMax, source.count - offset)
      let count = Int.random(in: min(most, 1 + most / 2)...most, using: &self.network.generator)
      self.put(Segment(bytes: [UInt8](source[offset..<(offset + count)]), isEnd: false))
      offset += count
    }
  }

  /// Nothing more will be sent; what was sent still arrives.
  func finish() {
    guard case .open = self.end, self.underWay.last?.isEnd != true else { return }
    self.put(Segment(bytes: [], isEnd: true))
  }

  /// The reader wants nothing more: it gets 0 from now on.
  func endReading() {
    if case .open = self.end { self.end = .finished }
    self.reader.wake()
  }

  /// Whoever waits gets `code`; what was under way or unread is lost.
  func fail(_ code: Int32) {
    if case .failed = self.end { return }
    self.end = .failed(code)
    self.underWay = []
    self.arrivals = []
    self.arrived = []
    self.taken = 0
    self.stopTimer()
    self.reader.wake()
    self.sender.wake()
  }

  /// The link was cut or healed.
  func linkChanged() {
    if self.network.isBlocked(from: self.from, to: self.to) {
      guard !self.underWay.isEmpty else { return }
      self.stopTimer()
      self.stall()
    } else {
      self.stalledSince = nil
      guard self.timer == nil, !self.underWay.isEmpty else { return }
      let next = self.network.clock.now + self.network.faults.retransmitDelay
      for index in self.arrivals.indices { self.arrivals[index] = max(self.arrivals[index], next) }
      self.startTimer()
    }
  }

  private func take(_ target: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(target.count, self.unread)
    self.arrived.withUnsafeBytes { bytes in
      UnsafeMutableRawBufferPointer(rebasing: target[..<count])
        .copyMemory(
          from: UnsafeRawBufferPointer(rebasing: bytes[self.taken..<(self.taken + count)]))
    }
    self.taken += count
    if self.taken == self.arrived.count {
      self.arrived.removeAll(keepingCapacity: true)
      self.taken = 0
    }
    self.sender.wake()
    return count
  }

  private func put(_ segment: Segment) {
    let delay = self.network.delay(byteCount: segment.bytes.count)
    self.lastArrival = max(self.lastArrival, self.network.clock.now + delay)
    self.underWay.append(segment)
    self.arrivals.append(self.lastArrival)
    guard self.timer == nil else { return }
    if self.network.isBlocked(from: self.from, to: self.to) {
      self.stall()
    } else {
      self.startTimer()
    }
  }

  private func startTimer() {
    self.timer = self.network.clock.schedule(at: self.arrivals[0]) { self.deliver() }
  }

  private func stopTimer() {
    if let timer = self.timer { self.network.clock.cancel(timer) }
    self.timer = nil
  }

  /// Bytes wait behind a partition: the connection gives up in the end.
  private func stall() {
    guard self.stalledSince == nil else { return }
    let since = self.network.clock.now
    self.stalledSince = since
    self.network.clock.schedule(at: since + self.network.faults.stallTimeout) {
      if self.stalledSince == since { self.onReset?(ETIMEDOUT) }
    }
  }

  private func deliver() {
    self.timer = nil
    guard !self.underWay.isEmpty else { return }
    if self.network.generator.chance(self.network.faults.reset) {
      self.onReset?(ECONNRESET)
      return
    }
    let segment = self.underWay.removeFirst()
    self.arrivals.removeFirst()
    if case .open = self.end {
      if segment.isEnd { self.end = .finished } else { self.arrived += segment.bytes }
    }
    self.reader.wake()
    if !self.underWay.isEmpty { self.startTimer() }
  }
}

/// One task that waits for something to change.
final class SimulatedWaiter {
  private let clock: SimulatedClock
  private var waiter: UnsafeContinuation<Bool, Never>?
  private var timer: UInt64?

  init(clock: SimulatedClock) { self.clock = clock }

  func wait(
    until deadline: MonotonicTime, _ operation: StaticString, _ subject: String
  ) async throws(IOFailure) {
    precondition(self.waiter == nil, "two tasks wait to \(operation)")
    guard deadline > self.clock.now else { throw .timedOut(operation, subject) }
    if deadline != .distantFuture {
      self.timer = self.clock.schedule(at: deadline) { self.resume(false) }
    }
    let isChanged = await withUnsafeContinuation { self.waiter = $0 }
    guard isChanged else { throw .timedOut(operation, subject) }
  }

  func wake() { self.resume(true) }

  private func resume(_ isChanged: Bool) {
    if let timer = self.timer { self.clock.cancel(timer) }
    self.timer = nil
    self.waiter.take()?.resume(returning: isChanged)
  }
}
