internal import ObjectModel
private import Runtime
private import Values
internal import Synchronization

/// Lets only some of those who are in no hurry work at once, so that they leave the disk to those who
/// are. Repairs go before scrubbing.
final class BackgroundGate: Sendable {
  private struct State {
    var free: Int
    var repairs: [UnsafeContinuation<Bool, Never>] = []
    var scrubs: [UnsafeContinuation<Bool, Never>] = []
  }
  private let state: Mutex<State>
  private static let waitersMax = 4096

  init(slots: Int) { self.state = Mutex(State(free: slots)) }

  /// False when very many wait already.
  func enter(_ priority: BlobCall.Priority) async -> Bool {
    await withUnsafeContinuation { waiter in
      let answer = self.state.withLock { state -> Bool? in
        if state.free > 0 {
          state.free -= 1
          return true
        }
        guard state.repairs.count + state.scrubs.count < Self.waitersMax else { return false }
        if priority == .repair { state.repairs.append(waiter) } else { state.scrubs.append(waiter) }
        return nil
      }
      if let answer { waiter.resume(returning: answer) }
    }
  }

  func leave() {
    let next = self.state.withLock { state -> UnsafeContinuation<Bool, Never>? in
      if !state.repairs.isEmpty { return state.repairs.removeFirst() }
      if !state.scrubs.isEmpty { return state.scrubs.removeFirst() }
      state.free += 1
      return nil
    }
    next?.resume(returning: true)
  }
}

extension BlobStore {
  /// Throws `deadlineExceeded` to who has given up.
  func check(_ call: BlobCall) throws(BlobError) {
    guard call.deadline > self.clock.now else {
      throw BlobError(.deadlineExceeded, "the call's time was over before it was begun")
    }
  }

  /// Must be followed by `leave`, unless it throws.
  func enter(_ call: BlobCall) async throws(BlobError) {
    try self.check(call)
    guard call.priority != .foreground else { return }
    guard await self.background.enter(call.priority) else {
      throw BlobError(.slowDown, "very many repairs wait")
    }
    do throws(BlobError) { try self.check(call) } catch {
      self.background.leave()
      throw error
    }
  }

  func leave(_ call: BlobCall) {
    if call.priority != .foreground { self.background.leave() }
  }
}
