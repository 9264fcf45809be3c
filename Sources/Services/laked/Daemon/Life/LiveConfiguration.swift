private import Bytes
import Configuration
private import Crypto
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

  /// What a reload would change.
  func pending() throws -> [Configuration.Change] { self.now.changes(to: try self.load()) }

  /// A digest of the values in force: equal on nodes that are configured equally.
  var revision: String {
    let text = self.now.shown().map { "\($0.path)=\($0.value ?? "")\n" }.joined()
    let digest = SHA256.digest(of: Array(text.utf8).rawBytes)
    return String(digest.description.prefix(12))
  }

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
