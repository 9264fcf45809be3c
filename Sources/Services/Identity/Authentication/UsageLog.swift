import Runtime
import Values

/// When users, keys, clients and tokens were last there: in memory, until the sweep writes it.
final class UsageLog: Sendable {
  /// What has not been written: more than this is dropped, it is for people.
  static let entryMax = 200_000

  private let state = Guarded<[RecordKey: WallTime]>([:])

  func note(_ kind: RecordKind, _ name: String, at now: WallTime) {
    self.state.withLock { times in
      let key = RecordKey(kind, name)
      guard times[key] != nil || times.count < Self.entryMax else { return }
      times[key] = now
    }
  }

  var times: [RecordKey: WallTime] { self.state.withLock { $0 } }

  func take() -> [RecordKey: WallTime] {
    self.state.withLock { times in
      let taken = times
      times = [:]
      return taken
    }
  }
}
