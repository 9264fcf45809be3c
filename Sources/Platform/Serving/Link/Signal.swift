/// Wakes one waiting task; a raise that nobody waits for is kept until somebody does.
final class Signal: @unchecked Sendable {
  // Sendable: touched by one loop's thread only, like all that holds one.
  private var waiter: UnsafeContinuation<Void, Never>?
  private var isRaised = false

  func wait() async {
    if self.isRaised {
      self.isRaised = false
      return
    }
    await withUnsafeContinuation { continuation in
      precondition(self.waiter == nil, "BUG: two tasks wait for one signal")
      self.waiter = continuation
    }
  }

  func raise() {
    guard let waiter = self.waiter else {
      self.isRaised = true
      return
    }
    self.waiter = nil
    waiter.resume()
  }
}
