import Link
import LinkServing
import Runtime
package import SeriesColumns
import Values

/// What an operator asks of the node. None of it waits for a node that hangs: a job that copies a backup would hold
/// everything behind it.
extension RemoteSeriesNode {
  package func upkeep(_ call: [UInt8]) async throws(SeriesError) -> [UInt8] {
    let isLong = call.first.flatMap { UpkeepCall.Verb(rawValue: $0) }?.takesLong ?? false
    let limit = isLong ? self.options.upkeepMax : self.options.silenceMax
    let request = self.request(.upkeep, BytesMessage([call]).body, limit)
    let result: Result<[UInt8], LinkError>?
    if isLong {
      result = await self.watched(request)
    } else {
      result = await self.collected(request)
    }
    switch result {
    case .success(let answer): return answer
    case .failure(let error) where error.code == .deadlineExceeded && !isLong: throw self.hangs
    case .failure(let error): throw SeriesError(error, self.name)
    case nil: throw self.hangs
    }
  }

  private var hangs: SeriesError {
    let seconds = self.options.silenceMax.components.seconds
    return SeriesError(
      .unavailable, "node \(self.name) hangs: it has not answered for \(seconds) s",
      hint: "look at the node: its disk may be stuck")
  }

  private func collected(_ request: LinkRequest) async -> Result<[UInt8], LinkError> {
    do throws(LinkError) {
      let stream = try await self.channel.stream(request)
      return .success(try await stream.collect(limit: self.options.partialBytesMax))
    } catch {
      return .failure(error)
    }
  }

  /// The same, given up when the node does not answer pings any more: nil.
  private func watched(_ request: LinkRequest) async -> Result<[UInt8], LinkError>? {
    await withTaskGroup(of: Result<[UInt8], LinkError>?.self) { group in
      group.addTask { await self.collected(request) }
      group.addTask {
        await self.waitForSilence()
        return nil
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      return first
    }
  }

  /// Returns when the node has not answered for long, or when the task is cancelled.
  private func waitForSilence() async {
    var heard = self.clock.now
    while self.clock.now - heard < self.options.silenceMax {
      do {
        try await self.clock.sleep(for: self.options.pingInterval)
      } catch {
        return
      }
      do throws(SeriesError) {
        try await self.ping()
        heard = self.clock.now
      } catch {
        // It may come back: only time decides.
      }
    }
  }
}

extension UpkeepCall.Verb {
  /// Whether it may read or write all that a node has. A snapshot makes parts of what is in memory first.
  var takesLong: Bool {
    switch self {
    case .flush, .merge, .scrub, .retain, .takeSnapshot, .rebuildRanking, .openRestore, .piecesKept,
      .prepareRestore, .discardRestore:
      true
    case .shards, .parts, .snapshots, .removeSnapshot, .rankings, .read, .write, .restored: false
    }
  }
}
