private import Glibc

/// A value behind a mutex, for what threads of different executors share.
///
/// The mutex is pthread's: the thread sanitizer knows it, so that a race beside it is found, while it
/// reports every use of the standard library's own.
public struct Guarded<Value>: ~Copyable, @unchecked Sendable {
  // Sendable: the value is touched under the mutex only.
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let value: UnsafeMutablePointer<Value>

  public init(_ value: sending Value) {
    self.mutex = .allocate(capacity: 1)
    pthread_mutex_init(self.mutex, nil)
    self.value = .allocate(capacity: 1)
    self.value.initialize(to: value)
  }

  deinit {
    pthread_mutex_destroy(self.mutex)
    self.mutex.deallocate()
    self.value.deinitialize(count: 1)
    self.value.deallocate()
  }

  public borrowing func withLock<R, E: Error>(
    _ body: (inout sending Value) throws(E) -> sending R
  ) throws(E) -> sending R {
    pthread_mutex_lock(self.mutex)
    defer { pthread_mutex_unlock(self.mutex) }
    return try body(&self.value.pointee)
  }
}
