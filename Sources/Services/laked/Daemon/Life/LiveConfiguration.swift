import Configuration
import Synchronization

/// The configuration in force. A reload takes it whole or leaves it as it was.
final class LiveConfiguration: Sendable {
  private let state: Mutex<Configuration>
  private let load: @Sendable () throws -> Configuration

  /// - Parameter load: reads all sources again.
  init(_ configuration: Configuration, load: @escaping @Sendable () throws -> Configuration) {
    self.state = Mutex(configuration)
    self.load = load
  }

  var now: Configuration { self.state.withLock { $0 } }

  /// What changes; throws what is wrong with the sources, and nothing is changed then.
  func reload() throws -> [Configuration.Change] {
    let fresh = try self.load()
    return self.state.withLock { configuration in
      let changes = configuration.changes(to: fresh)
      configuration = configuration.reloaded(with: fresh)
      return changes
    }
  }
}
