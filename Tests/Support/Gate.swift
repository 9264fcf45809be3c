private import Glibc

/// Holds threads (not tasks) until it is opened.
package final class Gate: @unchecked Sendable {
  // Sendable: a semaphore may be used from any thread.
  private let semaphore: UnsafeMutablePointer<sem_t>

  package init() {
    self.semaphore = .allocate(capacity: 1)
    sem_init(self.semaphore, 0, 0)
  }

  deinit {
    sem_destroy(self.semaphore)
    self.semaphore.deallocate()
  }

  package func open() { sem_post(self.semaphore) }
  package func pass() { while sem_wait(self.semaphore) != 0 {} }
}
