package import JSON
package import Values

/// One request to the admin API. Typed requests and replies stand on this.
package struct AdminRequest: Sendable {
  package var method: String
  /// From the root: `/admin/v1/cluster/nodes`.
  package var path: String
  package var query: [(name: String, value: String)]
  package var body: JSONValue?
  /// The same for every try, so that a repeated write is done once.
  package var requestID: String?
  package var isDryRun: Bool

  package init(
    method: String = "GET", path: String, query: [(name: String, value: String)] = [],
    body: JSONValue? = nil, requestID: String? = nil, isDryRun: Bool = false
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.body = body
    self.requestID = requestID
    self.isDryRun = isDryRun
  }
}

/// The way to a cluster. Errors of the server arrive as `CommandError`, with its code.
package protocol AdminClient: Sendable {
  func send(_ request: AdminRequest, until deadline: MonotonicTime) async throws(CommandError)
    -> JSONValue
}

/// Makes the client on first use: a command that needs no cluster never connects.
package struct ClientProvider: Sendable {
  package var make: @Sendable (Settings) async throws(CommandError) -> any AdminClient

  package init(
    _ make: @escaping @Sendable (Settings) async throws(CommandError) -> any AdminClient
  ) {
    self.make = make
  }

  /// Says what to do when there is nothing to connect to.
  package static let none = ClientProvider { settings throws(CommandError) in
    throw Self.noEndpoint(settings)
  }

  package static func noEndpoint(_ settings: Settings) -> CommandError {
    let names = settings.configuration.contextNames
    return CommandError(
      .noEndpoint, "there is no cluster to talk to",
      why: names.isEmpty
        ? "no context is configured and no --endpoint was given"
        : "no context is chosen; there are \(names.map(\.visible).joined(separator: ", "))",
      try: names.isEmpty
        ? ["lakectl context add NAME --endpoint http://127.0.0.1:7300"]
        : ["lakectl context use \(names[0].visible.shellQuoted)"])
  }
}
