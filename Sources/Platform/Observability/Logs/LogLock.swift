private import Glibc
import Values

/// The log system's lock and its two conditions: work for the writer, progress for who flushes.
struct LogLock: ~Copyable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let work: UnsafeMutablePointer<pthread_cond_t>
  private let progress: UnsafeMutablePointer<pthread_cond_t>

  init() {
    self.mutex = .allocate(capacity: 1)
    self.work = .allocate(capacity: 1)
    self.progress = .allocate(capacity: 1)
    pthread_mutex_init(self.mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(self.work, &attributes)
    pthread_cond_init(self.progress, nil)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(self.work)
    pthread_cond_destroy(self.progress)
    pthread_mutex_destroy(self.mutex)
    self.work.deallocate()
    self.progress.deallocate()
    self.mutex.deallocate()
  }

  borrowing func locked<R>(_ body: () -> R) -> R {
    pthread_mutex_lock(self.mutex)
    defer { pthread_mutex_unlock(self.mutex) }
    return body()
  }

  // The rest is called with the lock held.

  borrowing func wakeWriter() { pthread_cond_signal(self.work) }
  borrowing func announceProgress() { pthread_cond_broadcast(self.progress) }
  borrowing func waitForProgress() { pthread_cond_wait(self.progress, self.mutex) }

  borrowing func waitForWork(until deadline: MonotonicTime?, now: MonotonicTime) {
    guard let deadline else {
      pthread_cond_wait(self.work, self.mutex)
      return
    }
    // The clock that was handed in may be a simulated one: wait by the real one for as long.
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    let left = deadline > now ? deadline.nanoseconds - now.nanoseconds : 0
    let step = Int(clamping: min(left, 3_600_000_000_000)) + time.tv_nsec
    time.tv_sec += step / 1_000_000_000
    time.tv_nsec = step % 1_000_000_000
    pthread_cond_timedwait(self.work, self.mutex, &time)
  }
}
