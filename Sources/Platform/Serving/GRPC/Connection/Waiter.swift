/// A place where one task waits for a change on its loop. Belongs to the loop's thread.
struct Waiter {
  private var continuation: UnsafeContinuation<Void, Never>?

  var isWaiting: Bool { self.continuation != nil }

  mutating func wait(_ continuation: UnsafeContinuation<Void, Never>) {
    precondition(self.continuation == nil, "two tasks wait for one call")
    self.continuation = continuation
  }

  mutating func wake() {
    guard let continuation = self.continuation else { return }
    self.continuation = nil
    continuation.resume()
  }
}
