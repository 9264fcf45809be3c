import Runtime
import Synchronization

/// Lets only a few long queries scan at a time, in turns, so that short ones never stand in a line with many of
/// them. Who holds a turn waits for nobody else's: the rows are on this node.
package final class QueryTurns: Sendable {
  private let lanes: [Turnstile]
  private let count = Atomic<Int>(0)

  /// - Parameter lanes: how many scan at a time: as many as there are loops.
  package init(lanes: Int) {
    self.lanes = (0..<max(1, lanes)).map { _ in Turnstile() }
  }

  fileprivate func nextLane() -> Turnstile {
    let number = self.count.wrappingAdd(1, ordering: .relaxed).newValue
    return self.lanes[Int(UInt(bitPattern: number) % UInt(self.lanes.count))]
  }
}

/// What a query has had of the processor. Its first blocks are free; for more it waits its turn, and stands at
/// the end of the line again when that is over.
final class QueryTurn: Sendable {
  private static let freeBlocks = 8
  private static let blocksPerTurn = 32
  private static let blocksPerYield = 4

  private struct State {
    var blocks = 0
    var lane: Turnstile?
  }
  private let turns: QueryTurns?
  private let state = Mutex(State())

  init(_ turns: QueryTurns?) { self.turns = turns }

  deinit { self.leave() }

  /// Between two blocks.
  func step() async {
    let blocks = self.state.withLock { state in
      state.blocks += 1
      return state.blocks
    }
    guard let turns = self.turns, blocks >= Self.freeBlocks,
      (blocks - Self.freeBlocks) % Self.blocksPerTurn == 0
    else {
      // Rows in memory come without a wait: others on this loop want to run, too.
      return blocks % Self.blocksPerYield == 0 ? await Task.yield() : ()
    }
    self.leave()
    let lane = turns.nextLane()
    await lane.enter()
    self.state.withLock { $0.lane = lane }
  }

  private func leave() {
    let lane = self.state.withLock { state in
      defer { state.lane = nil }
      return state.lane
    }
    lane?.leave()
  }
}
