public import Observability

/// What the ground tells about itself: loops, pools and listeners, read when a snapshot is taken.
extension EventLoopGroup {
  public func register(in metrics: MetricRegistry) {
    for loop in self.loops {
      let name = String(loop.index)
      metrics.observed(
        "lake_loop_turns_total", "Waits for the kernel.", counts: true, labels: ["loop": name]
      ) { Double(loop.statistics.turns) }
      metrics.observed(
        "lake_loop_jobs_total", "Pieces of tasks that were run.", counts: true,
        labels: ["loop": name]
      ) { Double(loop.statistics.jobs) }
      metrics.observed(
        "lake_loop_system_calls_total", "System calls for sockets and files.", counts: true,
        labels: ["loop": name]
      ) { Double(loop.statistics.systemCalls) }
    }
    self.filePool.register(in: metrics)
  }
}

extension BlockingPool {
  public func register(in metrics: MetricRegistry) {
    let labels: KeyValuePairs<String, String> = ["pool": self.name]
    metrics.observed("lake_pool_waiting", "Work that waits for a thread.", labels: labels) {
      Double(self.statistics.waiting)
    }
    metrics.observed("lake_pool_running", "Work on the threads.", labels: labels) {
      Double(self.statistics.running)
    }
    metrics.observed("lake_pool_threads", "Threads of the pool.", labels: labels) {
      Double(self.threadCount)
    }
    metrics.observed(
      "lake_pool_done_total", "Work that has ended.", counts: true, labels: labels
    ) { Double(self.statistics.done) }
    metrics.observed(
      "lake_pool_refused_total", "Work that was refused because too much waited.", counts: true,
      labels: labels
    ) { Double(self.statistics.refused) }
  }
}

extension Listener {
  public func register(in metrics: MetricRegistry) {
    let labels: KeyValuePairs<String, String> = ["listener": self.name]
    metrics.observed("lake_listener_connections", "Open connections.", labels: labels) {
      Double(self.connectionCount)
    }
    metrics.observed(
      "lake_listener_accepted_total", "Connections that were accepted.", counts: true,
      labels: labels
    ) { Double(self.acceptedCount) }
    metrics.observed(
      "lake_listener_refused_total", "Connections over the limit.", counts: true, labels: labels
    ) { Double(self.refusedCount) }
  }
}
