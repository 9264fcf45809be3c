import Runtime
package import SeriesColumns
import SeriesSchema
package import SeriesStorage
import SeriesWire
import Synchronization
import Values

extension RankingKeeper.Rebuild {
  mutating func fail(_ why: String) {
    guard self.asked > self.done else { return }
    self.done = self.asked
    self.failure = why
  }
}

/// The operator's side of rankings.
extension RankingKeeper: RankingDesk {
  package func rankings(group: String?) async throws(SeriesError) -> [StoredRankingReport] {
    let schema = self.environment.registry.current
    var reports: [StoredRankingReport] = []
    for name in schema.groups.compactMap(\.metadata?.name).sorted()
    where group == nil || group == name {
      let rules = schema.objects(DatabaseWire.TopNAggregation.self, in: name)
      for rule in rules.sorted(by: { $0.metadata?.name ?? "" < $1.metadata?.name ?? "" }) {
        let key = SchemaKey(.topN, name, rule.metadata?.name ?? "")
        do throws(SeriesFault) {
          reports.append(try await self.report(key, rule))
        } catch {
          throw SeriesError(.unavailable, "ranking \(key): \(error.message)")
        }
      }
    }
    return reports
  }

  private func report(
    _ key: SchemaKey, _ rule: DatabaseWire.TopNAggregation
  ) async throws(SeriesFault) -> StoredRankingReport {
    var report = StoredRankingReport(group: key.group, name: key.name)
    report.measure = rule.sourceMeasure?.name ?? ""
    let source: RankingSource
    do throws(SeriesFault) {
      source = try RankingSource(key, rule, self.environment)
    } catch {
      report.reason = error.message
      return report
    }
    report.interval = source.interval
    report.reason = source.whyNotKept
    guard source.isKept else { return report }
    let subject = source.mapping.subject
    try await self.load(subject.key, self.rules()[subject.key] ?? [])
    for segment in try await self.environment.segments(subject, .min ... .max) {
      for shard in segment.shards { try await self.add(shard, source, to: &report) }
    }
    let closable = WindowFold.start(
      of: self.environment.time.wallNow.nanoseconds - self.options.lateness.nanosecondsClamped,
      source.interval)
    let done = self.state.withLock { $0.sources[subject.key]?.doneBelow[key] }
    report.doneBelow = done
    // Before the first pass nobody has counted from when on it is behind.
    let begin = done ?? max(source.keptFrom, report.times?.upperBound ?? .min)
    report.behind = begin < closable ? closable - begin : 0
    return report
  }

  /// Counts the windows of a shard.
  private func add(
    _ shard: any StoredShard, _ source: RankingSource, to report: inout StoredRankingReport
  ) async throws(SeriesFault) {
    let series = source.series(shard: shard.shard, on: self.node)
    let late = RankingTable.lateSeries(source.mapping.subject.name, shard: shard.shard)
    var made: [Int64: Int64] = [:]
    var marked: [Int64: Int64] = [:]
    var cursor = shard.scan(
      ScanRequest(
        table: RankingTable.name, times: .min ... .max, series: [series, late].sorted(),
        columns: []))
    while let block = try await RankingRound.next(&cursor) {
      for run in block.runs {
        for row in run.rows {
          let (window, version) = (block.timestamps[row], block.versions[row])
          if run.seriesID == series { made[window] = version } else { marked[window] = version }
        }
      }
    }
    for (window, version) in made {
      guard version > marked[window] ?? .min else {
        report.waiting += 1
        continue
      }
      report.windows += 1
      let end = window + source.interval
      let known = report.times ?? window..<end
      report.times = min(known.lowerBound, window)..<max(known.upperBound, end)
    }
    guard let newest = made.keys.max() else { return }
    var last = shard.scan(
      ScanRequest(
        table: RankingTable.name, times: newest...newest, series: [series],
        columns: [RankingTable.counters]))
    while let block = try await RankingRound.next(&last) {
      for row in 0..<block.count where !block.columns[0].isNull(row) {
        do throws(ColumnError) {
          report.entries += Int64(try RankingList.count(in: block.columns[0].byteArray(row)))
        } catch {
          throw SeriesFault(.internalError, "counters cannot be read: \(error.message)")
        }
      }
    }
  }

  // MARK: Anew

  package func rebuildRanking(group: String, name: String) async throws(SeriesError) {
    let key = SchemaKey(.topN, group, name)
    guard let source = self.source(of: key) else {
      throw SeriesError(.unknownGroup, "no counters of a ranking \(group)/\(name) are kept")
    }
    let number = self.state.withLock { state -> Int in
      state.sources[source, default: Source()].rebuilds[key, default: Rebuild()].asked += 1
      return state.sources[source]?.rebuilds[key]?.asked ?? 0
    }
    while true {
      do {
        try await self.environment.time.sleep(for: .milliseconds(100))
      } catch {
        throw SeriesError(.closed, "nobody waits for the ranking any more")
      }
      guard self.source(of: key) == source else {
        throw SeriesError(.unknownGroup, "the ranking \(group)/\(name) has gone meanwhile")
      }
      let rebuild = self.state.withLock { $0.sources[source]?.rebuilds[key] }
      guard let rebuild, rebuild.done >= number else { continue }
      if let failure = rebuild.failure { throw SeriesError(.unavailable, failure) }
      return
    }
  }

  /// The measure that a kept ranking is made of.
  private func source(of key: SchemaKey) -> SchemaKey? {
    self.rules().first { $0.value.contains { $0.key == key } }?.key
  }
}
