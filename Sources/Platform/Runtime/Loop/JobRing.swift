/// The jobs that are ready on a loop, in order of arrival: a ring that doubles when it is full.
struct JobRing: ~Copyable {
  private var jobs: UnsafeMutablePointer<UnownedJob>
  private var capacity: Int
  private var head = 0
  private(set) var count = 0

  init(capacity: Int = 256) {
    precondition(capacity > 0 && capacity & (capacity - 1) == 0, "\(capacity) is no power of two")
    self.capacity = capacity
    self.jobs = .allocate(capacity: capacity)
  }

  deinit { self.jobs.deallocate() }

  @inline(__always) mutating func push(_ job: UnownedJob) {
    if self.count == self.capacity { self.grow() }
    (self.jobs + ((self.head &+ self.count) & (self.capacity &- 1))).initialize(to: job)
    self.count &+= 1
  }

  @inline(__always) mutating func pop() -> UnownedJob? {
    guard self.count > 0 else { return nil }
    let job = self.jobs[self.head]
    self.head = (self.head &+ 1) & (self.capacity &- 1)
    self.count &-= 1
    return job
  }

  private mutating func grow() {
    let larger = UnsafeMutablePointer<UnownedJob>.allocate(capacity: self.capacity * 2)
    for index in 0..<self.count {
      (larger + index).initialize(to: self.jobs[(self.head + index) & (self.capacity - 1)])
    }
    self.jobs.deallocate()
    self.jobs = larger
    self.head = 0
    self.capacity *= 2
  }
}
