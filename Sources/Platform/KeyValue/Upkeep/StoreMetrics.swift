private import CSystem
public import Observability
private import Synchronization

/// A store in the metrics of its process. Every name has the label `store`.
public struct StoreMetrics: Sendable {
  public let registry: MetricRegistry
  /// The value of the label: what the store is for, as in `facts`.
  public let store: String
  let groupTime: Histogram
  let groupRequests: Histogram

  public init(_ registry: MetricRegistry, store: String) {
    self.registry = registry
    self.store = store
    self.groupTime = registry.histograms(
      "lake_kv_group_seconds", "Time of one write of a group of commits, with its sync",
      labels: ["store"], scale: .nanoseconds
    ).with(store)
    self.groupRequests = registry.histograms(
      "lake_kv_group_requests", "Commits that were written together", labels: ["store"],
      scale: .counts
    ).with(store)
  }

  /// Offers the statistics of an open store; after it has gone they read as 0.
  func observe(_ store: Store) {
    let sample = Sample(store)
    for number in StoreStatistics.numbers {
      self.registry.observed(
        number.name, number.help, counts: number.name.hasSuffix("_total"),
        labels: ["store": self.store]
      ) { Double(number.read(sample.statistics())) }
    }
  }

  /// One look at the store for all the numbers that a snapshot asks for.
  private final class Sample: Sendable {
    private struct State {
      var takenAt: UInt64 = 0
      var statistics = StoreStatistics()
    }
    private let state = Mutex(State())
    private weak let store: Store?

    init(_ store: Store) { self.store = store }

    func statistics() -> StoreStatistics {
      self.state.withLock { state in
        let now = csystem_monotonic_ns()
        guard now &- state.takenAt > 500_000_000 else { return state.statistics }
        state.takenAt = now
        state.statistics = (try? self.store?.statistics()) ?? StoreStatistics()
        return state.statistics
      }
    }
  }
}

extension StoreStatistics {
  struct Number: Sendable {
    let name: String
    let help: String
    let read: @Sendable (StoreStatistics) -> Int
  }

  /// Every number with the name that metrics give it.
  static let numbers: [Number] = [
    Number(name: "lake_kv_commits_waiting", help: "Commits that wait for the writer") {
      $0.commits.waiting
    },
    Number(name: "lake_kv_groups_total", help: "Writes of groups of commits") {
      $0.commits.groups
    },
    Number(name: "lake_kv_commits_total", help: "Commits") { $0.commits.requests },
    Number(name: "lake_kv_commit_bytes_total", help: "Bytes of batches") { $0.commits.bytes },
    Number(name: "lake_kv_keys", help: "Keys, estimated") { $0.estimatedKeys },
    Number(name: "lake_kv_table_bytes", help: "Bytes of table files") { $0.tableBytes },
    Number(name: "lake_kv_write_buffer_bytes", help: "Bytes of write buffers") {
      $0.writeBufferBytes
    },
    Number(name: "lake_kv_cache_bytes", help: "Bytes in the block cache") { $0.cacheUsedBytes },
    Number(name: "lake_kv_cache_pinned_bytes", help: "Bytes pinned in the block cache") {
      $0.cachePinnedBytes
    },
    Number(name: "lake_kv_level0_files", help: "Table files of level 0") { $0.level0Files },
    Number(name: "lake_kv_compaction_pending_bytes", help: "Bytes that wait for compaction") {
      $0.pendingCompactionBytes
    },
    Number(name: "lake_kv_snapshots", help: "Snapshots that are held") { $0.snapshots },
    Number(name: "lake_kv_write_stopped", help: "1 while writes are stopped") {
      $0.isWriteStopped ? 1 : 0
    },
    Number(
      name: "lake_kv_write_delayed_bytes", help: "Bytes a second that writes are held to, or 0"
    ) { $0.delayedWriteBytesPerSecond },
    Number(name: "lake_kv_flushes_total", help: "Flushes") { $0.flushes },
    Number(name: "lake_kv_compactions_total", help: "Compactions") { $0.compactions },
    Number(name: "lake_kv_compaction_read_bytes_total", help: "Bytes read by compactions") {
      $0.compactionReadBytes
    },
    Number(name: "lake_kv_compaction_written_bytes_total", help: "Bytes written by compactions") {
      $0.compactionWrittenBytes
    },
    Number(name: "lake_kv_stalls_total", help: "Times that writes were slowed or stopped") {
      $0.stalls
    },
    Number(name: "lake_kv_background_errors_total", help: "Errors of flushes and compactions") {
      $0.backgroundErrors
    },
  ]
}
