package import AdminServing
package import Hosting
package import Runtime
package import SeriesBackup
import SeriesSchema
package import SeriesServing
package import SeriesStorage

/// What the operator's side of the time series stands on.
package struct SeriesAdminSources: Sendable {
  /// Asked for each time: the routes are there before the service has started.
  private var findFront: @Sendable () -> SeriesFront?
  private var findUpkeep: @Sendable () -> (any SeriesUpkeep)?
  private var findShards: @Sendable () -> (any ShardDesk)?
  /// Of shards that are copied; 0: without a limit.
  package var moveBytesPerSecond: Int64 = 0
  /// What becomes of rows whose object was deleted when they are to go to the next tier.
  package var orphans = OrphanPolicy.archive
  /// Pieces of a backup that are copied at a time.
  package var backupConcurrency = 8
  package var desk: JobDesk
  package var time: any TimeSource
  package var random: any RandomSource
  package var node: String
  /// A place for backups, which is reached as the configuration says.
  package var store: @Sendable (BackupPlace) throws -> any BackupStore

  package init(
    desk: JobDesk, time: any TimeSource, random: any RandomSource, node: String,
    front: @escaping @Sendable () -> SeriesFront?,
    upkeep: @escaping @Sendable () -> (any SeriesUpkeep)?,
    shards: @escaping @Sendable () -> (any ShardDesk)? = { nil },
    store: @escaping @Sendable (BackupPlace) throws -> any BackupStore
  ) {
    self.store = store
    self.desk = desk
    self.time = time
    self.random = random
    self.node = node
    self.findFront = front
    self.findUpkeep = upkeep
    self.findShards = shards
  }

  package var front: SeriesFront {
    get throws(SeriesFault) {
      guard let front = self.findFront() else {
        throw SeriesFault(.unavailable, "the time series have not started yet")
      }
      return front
    }
  }

  package var upkeep: any SeriesUpkeep {
    get throws(SeriesFault) {
      guard let upkeep = self.findUpkeep() else {
        throw SeriesFault(.unavailable, "this process keeps no rows, or has not started yet")
      }
      return upkeep
    }
  }
}

extension SeriesAdminSources {
  /// What looks after the rows of one node, or of all.
  func upkeep(on node: String?) throws -> any SeriesUpkeep { try self.upkeep.choosing(node) }

  /// Nil where one node has all shards.
  var shards: (any ShardDesk)? { self.findShards() }
}

/// The operator's side of the time series: its part of the admin API. It keeps nothing.
package struct SeriesAdmin: Sendable {
  let sources: SeriesAdminSources

  package init(_ sources: SeriesAdminSources) { self.sources = sources }

  package func register(in routes: inout AdminRoutes) throws {
    try GroupHandlers(sources: self.sources).register(in: &routes)
    try ObjectHandlers(sources: self.sources).register(in: &routes)
    try QueryHandlers(sources: self.sources).register(in: &routes)
    try PropertyHandlers(sources: self.sources).register(in: &routes)
    try WriteHandlers(sources: self.sources).register(in: &routes)
    try LayoutHandlers(sources: self.sources).register(in: &routes)
    try CardinalityHandlers(sources: self.sources).register(in: &routes)
    try RetentionHandlers(sources: self.sources).register(in: &routes)
    try PlacementHandlers(sources: self.sources).register(in: &routes)
    try OrphanHandlers(sources: self.sources).register(in: &routes)
    try StatementHandlers(sources: self.sources).register(in: &routes)
    try WorkHandlers(sources: self.sources).register(in: &routes)
    try RankingHandlers(sources: self.sources).register(in: &routes)
    try SnapshotHandlers(sources: self.sources).register(in: &routes)
    try BackupHandlers(sources: self.sources).register(in: &routes)
  }
}
