package import CommandTable
import Synchronization

extension ClientProvider {
  /// The admin API over HTTP. One client for all requests of a command: it keeps its connection.
  package static func http(_ clock: CommandClock) -> ClientProvider {
    let made = MadeClient()
    return ClientProvider { settings, trace throws(CommandError) in
      guard let endpoint = settings.text("endpoint") else { throw Self.noEndpoint(settings) }
      return made.client(settings, endpoint, clock, trace)
    }
  }
}

private final class MadeClient: Sendable {
  private let made = Mutex<HTTPAdminClient?>(nil)

  func client(
    _ settings: Settings, _ endpoint: String, _ clock: CommandClock, _ trace: ClientTrace
  ) -> HTTPAdminClient {
    self.made.withLock { client in
      if let client, client.endpoint == endpoint { return client }
      let fresh = HTTPAdminClient(settings, endpoint: endpoint, clock: clock, trace: trace)
      client = fresh
      return fresh
    }
  }
}
