import Runtime
import Synchronization
import Values

/// Lets one commit at a time work on an object: who comes second builds on what the first has made,
/// instead of writing a file for nothing.
///
/// It orders work inside one process only. What makes commits right is the compare-and-set of the store.
final class ObjectGate: Sendable {
  private struct State {
    /// Who waits for an object that is held, in order of arrival.
    var waiting: [ObjectID: [CheckedContinuation<Bool, Never>]] = [:]
  }

  private let state = Mutex(State())
  /// Waiters for one object; the next is told that there is a conflict.
  static let waitersMax = 1000

  /// Runs `body` while nobody else holds any of the objects. Nil when too many wait already.
  ///
  /// - Parameter body: is told whether all were free: then nobody here has changed them meanwhile.
  func holding<R>(
    _ ids: [ObjectID], _ body: (_ wereFree: Bool) async throws -> R
  ) async throws -> R? {
    // One order for all, so that two requests never wait for each other.
    let ordered = Set(ids).sorted()
    var held: [ObjectID] = []
    var wereFree = true
    defer { for id in held.reversed() { self.release(id) } }
    for id in ordered {
      switch await self.take(id) {
      case .free: break
      case .waited: wereFree = false
      case .refused: return nil
      }
      held.append(id)
    }
    return try await body(wereFree)
  }

  private enum Turn { case free, waited, refused }

  private func take(_ id: ObjectID) async -> Turn {
    let isFree = self.state.withLock { state in
      guard state.waiting[id] == nil else { return false }
      state.waiting[id] = []
      return true
    }
    if isFree { return .free }
    let isOurs = await withCheckedContinuation { continuation in
      let isTaken: Bool? = self.state.withLock { state in
        guard let queue = state.waiting[id] else {
          state.waiting[id] = []
          return true
        }
        guard queue.count < Self.waitersMax else { return false }
        state.waiting[id, default: []].append(continuation)
        return nil
      }
      if let isTaken { continuation.resume(returning: isTaken) }
    }
    return isOurs ? .waited : .refused
  }

  private func release(_ id: ObjectID) {
    let next: CheckedContinuation<Bool, Never>? = self.state.withLock { state in
      guard var queue = state.waiting[id], !queue.isEmpty else {
        state.waiting[id] = nil
        return nil
      }
      let first = queue.removeFirst()
      state.waiting[id] = queue
      return first
    }
    next?.resume(returning: true)
  }

  /// Objects that are held now.
  var heldCount: Int { self.state.withLock { $0.waiting.count } }
}
