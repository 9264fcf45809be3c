import Cluster
import Configuration
import Hosting
import KeyValue
import Observability
import Runtime
import Values

/// The store of facts of a daemon, opened as its configuration says.
enum OpenedFacts: Sendable {
  case embedded(EmbeddedFacts, Store)
  case etcd(EtcdFacts)

  /// The facts with their times and failures in the metrics.
  func measured(_ metrics: MetricRegistry, time: any TimeSource) -> any Facts {
    switch self {
    case .embedded(let facts, _): MeasuredFacts(facts, time: time, metrics: metrics)
    case .etcd(let facts): MeasuredFacts(facts, time: time, metrics: metrics)
    }
  }

  /// Keeps leases, the log and the connection going until the task is cancelled.
  func run() async throws {
    switch self {
    case .embedded(let facts, _): try await facts.run()
    case .etcd(let facts): try await facts.run()
    }
  }

  func close() async throws {
    switch self {
    case .embedded(_, let store): try await Self.close(store)
    case .etcd(let facts): facts.close()
    }
  }

  /// A thread of the pool may still hold the scan of a read that has just ended.
  private static func close(_ store: Store) async throws {
    guard let loop = EventLoop.current else { preconditionFailure("BUG: closed off the loops") }
    let end = loop.now + .seconds(2)
    while true {
      do throws(StoreError) { return try await store.close() } catch {
        guard error.code == .busy, loop.now < end else { throw error }
      }
      try await loop.sleep(for: .milliseconds(20))
    }
  }

  /// etcd is there before the data directory is: its facts say which cluster this is.
  static func etcd(
    _ configuration: Configuration, _ group: EventLoopGroup
  ) throws -> OpenedFacts {
    let endpoints = try configuration[DaemonKeys.factsEndpoints].map { text in
      try EtcdOptions.Endpoint(parsing: text)
    }
    var tls: TLSContext?
    if endpoints.contains(where: \.isSecure) {
      tls = try TLSContext(.client(authorities: configuration[DaemonKeys.factsAuthorities]))
    }
    let options = EtcdOptions(endpoints) { options in
      options.tls = tls
      options.user = configuration[DaemonKeys.factsUser]
      options.password = configuration[DaemonKeys.factsPassword]
      options.keyPrefix = configuration[DaemonKeys.factsPrefix]
    }
    return .etcd(EtcdFacts(group, options))
  }

  /// Opens the store in the data directory.
  static func embedded(
    in data: DataDirectory, pool: BlockingPool, time: any TimeSource, metrics: MetricRegistry
  ) async throws -> OpenedFacts {
    let folder = try await data.folder("facts")
    let store = try await pool.run(throwing: { () throws(StoreError) in
      var options = StoreOptions(path: "\(folder)/store")
      options.logBytesMax = 64 << 20
      options.openFilesMax = 256
      options.metrics = StoreMetrics(metrics, store: "facts")
      return try Store(options, pool: pool)
    })
    return .embedded(try await EmbeddedFacts.open(store, time: time), store)
  }
}
