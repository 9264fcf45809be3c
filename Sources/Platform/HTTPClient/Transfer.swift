internal import CCurl
private import CSystem
internal import HTTP
internal import Runtime

/// One attempt at one request: written by the driver's thread, read and fed by the caller's task.
///
/// Content waits in `buffer` up to a limit; then the server is made to wait, until the task has taken it.
final class Transfer: @unchecked Sendable {
  // Sendable: `state` is locked; `handle` and `lines` belong to the driver's thread.
  let request: HTTPClientRequest
  let options: HTTPClientOptions
  /// Nanoseconds of the monotonic clock.
  let deadline: UInt64
  unowned let driver: ClientDriver

  var handle: UnsafeMutableRawPointer?
  var lines: UnsafeMutableRawPointer?

  struct State {
    var status: UInt16 = 0
    var fields: [(name: String, value: String)] = []
    var headBytes = 0
    var hasHead = false
    var buffer: [UInt8] = []
    var isReceivingPaused = false
    var isOver = false
    var failure: HTTPClientError?
    var reader: UnsafeContinuation<Void, Never>?

    var upload: [UInt8] = []
    var uploadAt = 0
    var isUploadWhole = false
    var hasUploadFailed = false
    var hasUploadBegun = false
    var isSendingPaused = false
    var writer: UnsafeContinuation<Void, Never>?
  }
  let state: Guarded<State>

  init(
    _ request: HTTPClientRequest, _ options: HTTPClientOptions, deadline: UInt64,
    _ driver: ClientDriver
  ) {
    self.request = request
    self.options = options
    self.deadline = deadline
    self.driver = driver
    var state = State()
    switch request.content {
    case .none: state.isUploadWhole = true
    case .bytes(let bytes):
      state.upload = bytes
      state.isUploadWhole = true
    case .stream: break
    }
    self.state = Guarded(state)
  }

  // MARK: The driver's side

  /// A line of a head: the first of each begins it anew, because 100 and redirects have heads, too.
  func headLine(_ line: UnsafeRawBufferPointer) -> Int32 {
    let waiter = self.state.withLock { state -> UnsafeContinuation<Void, Never>?? in
      state.headBytes += line.count
      guard state.headBytes <= self.options.headBytesMax else {
        state.failure = HTTPClientError(
          .answerTooLarge,
          "the head of the answer has more than \(self.options.headBytesMax) bytes",
          mayHaveArrived: true)
        return nil
      }
      if line.isEmpty { return .some(self.endHead(&state)) }
      if line.starts(with: "HTTP/".utf8) {
        state.fields = []
        state.status = Self.status(line)
      } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
        let name = String(decoding: line[..<colon], as: UTF8.self)
        state.fields.append((name, Self.trimmed(line[(colon + 1)...])))
      }
      return .some(nil)
    }
    guard let waiter else { return 1 }
    waiter?.resume()
    return 0
  }

  private func endHead(_ state: inout State) -> UnsafeContinuation<Void, Never>? {
    let isRedirect =
      self.followsRedirects && [301, 302, 303, 307, 308].contains(state.status)
      && state.fields.value(of: "location") != nil
    guard state.status >= 200, !isRedirect else { return nil }
    // A later line belongs to the trailer fields, which are not kept.
    state.hasHead = true
    return state.reader.take()
  }

  var followsRedirects: Bool {
    self.options.redirectsMax > 0 && (self.request.method == .get || self.request.method == .head)
  }

  private static func status(_ line: UnsafeRawBufferPointer) -> UInt16 {
    let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
    guard parts.count >= 2 else { return 0 }
    return UInt16(String(decoding: parts[1], as: UTF8.self)) ?? 0
  }

  private static func trimmed(_ bytes: Slice<UnsafeRawBufferPointer>) -> String {
    func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
    let front = bytes.drop(while: isBlank)
    let end = front.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? front.startIndex
    return String(decoding: front[..<end], as: UTF8.self)
  }

  func content(_ bytes: UnsafeRawBufferPointer) -> Int32 {
    let (answer, waiter) = self.state.withLock {
      state -> (Int32, UnsafeContinuation<Void, Never>?) in
      if !state.buffer.isEmpty, state.buffer.count + bytes.count > self.options.bufferBytesMax {
        state.isReceivingPaused = true
        return (CCURL_PAUSE, nil)
      }
      state.buffer.append(contentsOf: bytes)
      return (CCURL_TAKEN, state.reader.take())
    }
    waiter?.resume()
    return answer
  }

  func fill(_ target: UnsafeMutableRawBufferPointer) -> Int64 {
    let (count, waiter) = self.state.withLock {
      state -> (Int64, UnsafeContinuation<Void, Never>?) in
      state.hasUploadBegun = true
      if state.hasUploadFailed { return (Int64(CCURL_ABORT), nil) }
      let left = state.upload.count - state.uploadAt
      if left == 0 {
        if state.isUploadWhole { return (0, nil) }
        state.isSendingPaused = true
        return (Int64(CCURL_PAUSE), state.writer.take())
      }
      let count = Swift.min(left, target.count)
      state.upload.withUnsafeBytes {
        target.copyMemory(
          from: UnsafeRawBufferPointer(rebasing: $0[state.uploadAt...].prefix(count)))
      }
      state.uploadAt += count
      return (Int64(count), left == count ? state.writer.take() : nil)
    }
    waiter?.resume()
    return count
  }

  /// From the beginning again, when curl finds that a kept connection was dead; false when the content
  /// is gone, or sending it twice could act twice.
  func rewind() -> Bool {
    guard self.request.isIdempotent, self.request.content.canBeRepeated else { return false }
    self.state.withLock { $0.uploadAt = 0 }
    return true
  }

  /// Called once, when curl is done with it.
  func finish(_ failure: HTTPClientError?) {
    let waiters = self.state.withLock { state in
      if state.failure == nil { state.failure = failure }
      state.isOver = true
      return [state.reader.take(), state.writer.take()]
    }
    for waiter in waiters { waiter?.resume() }
  }
}
