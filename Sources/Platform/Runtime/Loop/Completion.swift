/// Where the kernel's answer to one operation arrives. Its address is the operation's user data, so it
/// lives in the owner of the operation and never in a task's frame, and it stays until the answer is in:
/// the kernel may still be writing to the operation's memory until then.
struct Completion {
  var waiter: UnsafeContinuation<Int32, Never>?
  /// Bytes or a descriptor, or a negated errno.
  var result: Int32 = 0
  /// The provided buffer that was used, or -1.
  var buffer: Int32 = -1
  var isPending = false
}

/// Suspends the task until its waiter is resumed.
///
/// The standard library's function without the hop before it: a hop takes the lock of the task's status
/// records, about 60 ns, and whoever waits for a loop is on it already.
@inline(__always)
func suspend(_ body: (UnsafeContinuation<Int32, Never>) -> Void) async -> Int32 {
  await _unsafeInheritExecutor_withUnsafeContinuation(body)
}

typealias CompletionSlot = UnsafeMutablePointer<Completion>

extension UnsafeMutablePointer where Pointee == Completion {
  static func make() -> CompletionSlot {
    let slot = CompletionSlot.allocate(capacity: 1)
    slot.initialize(to: Completion())
    return slot
  }

  /// Stores the answer and queues whoever waits. Called on the loop's thread only.
  @inline(__always)
  func complete(_ result: Int32, buffer: Int32 = -1) {
    self.pointee.result = result
    self.pointee.buffer = buffer
    self.pointee.isPending = false
    guard let waiter = self.pointee.waiter else { return }
    self.pointee.waiter = nil
    waiter.resume(returning: result)
  }

  func destroy() {
    precondition(!self.pointee.isPending, "a completion slot goes while its operation is under way")
    self.deinitialize(count: 1)
    self.deallocate()
  }
}
