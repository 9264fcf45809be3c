private import Glibc

/// A condition that threads wait for.
final class Signal: @unchecked Sendable {
  // Sendable: the two are made for that.
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>

  init() {
    self.mutex = .allocate(capacity: 1)
    self.condition = .allocate(capacity: 1)
    pthread_mutex_init(self.mutex, nil)
    pthread_cond_init(self.condition, nil)
  }

  deinit {
    pthread_mutex_destroy(self.mutex)
    pthread_cond_destroy(self.condition)
    self.mutex.deallocate()
    self.condition.deallocate()
  }

  /// Runs `change` under the lock and wakes those who wait.
  func signal(_ change: () -> Void = {}) {
    pthread_mutex_lock(self.mutex)
    change()
    pthread_cond_broadcast(self.condition)
    pthread_mutex_unlock(self.mutex)
  }

  /// Runs `change` under the lock; wakes one waiter when it says so.
  func locked<R>(waking wakes: (R) -> Bool, _ change: () -> R) -> R {
    pthread_mutex_lock(self.mutex)
    let result = change()
    if wakes(result) { pthread_cond_signal(self.condition) }
    pthread_mutex_unlock(self.mutex)
    return result
  }

  /// Returns, holding nothing, once `isMet` is true; it is asked under the lock.
  func wait(until isMet: () -> Bool) {
    pthread_mutex_lock(self.mutex)
    while !isMet() { pthread_cond_wait(self.condition, self.mutex) }
    pthread_mutex_unlock(self.mutex)
  }
}
