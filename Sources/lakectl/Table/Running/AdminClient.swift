package import Values

/// One request to the admin API. Typed requests and replies stand on this.
package struct AdminRequest: Sendable {
  package var method: String
  /// From the root, percent-encoded: `/admin/v1/nodes`.
  package var path: String
  package var query: [(name: String, value: String)]
  /// A JSON document.
  package var body: [UInt8]?
  /// The same for every try, so that a repeated write is done once; made when it is nil.
  package var requestID: String?
  package var isDryRun: Bool
  /// It may change something: what came of it without an answer is not known.
  package var isWrite: Bool
  /// Only if the thing is still in this state.
  package var ifMatch: String?

  package init(
    method: String = "GET", path: String, query: [(name: String, value: String)] = [],
    body: [UInt8]? = nil, requestID: String? = nil, isDryRun: Bool = false, isWrite: Bool = false,
    ifMatch: String? = nil
  ) {
    self.method = method
    self.path = path
    self.query = query
    self.body = body
    self.requestID = requestID
    self.isDryRun = isDryRun
    self.isWrite = isWrite
    self.ifMatch = ifMatch
  }
}

/// The way to a cluster. Answers are JSON texts; errors of the server arrive as `CommandError`, with
/// its code.
package protocol AdminClient: Sendable {
  func send(
    _ request: AdminRequest, until deadline: MonotonicTime
  ) async throws(CommandError) -> [UInt8]
}

/// What `-v` tells: requests, timings and retries; twice: bodies, secrets removed.
package struct ClientTrace: Sendable {
  package var level: Int
  package var write: @Sendable (String) -> Void

  package init(level: Int, write: @escaping @Sendable (String) -> Void) {
    self.level = level
    self.write = write
  }

  package static let off = ClientTrace(level: 0) { _ in }

  /// The form for programs.
  static func line(_ text: String) -> String {
    var object = JSONObjectText()
    object.add("type", "trace")
    object.add("message", text)
    return object.line
  }
}

/// Makes the client on first use: a command that needs no cluster never connects.
package struct ClientProvider: Sendable {
  package var make: @Sendable (Settings, ClientTrace) async throws(CommandError) -> any AdminClient

  package init(
    _ make:
      @escaping @Sendable (Settings, ClientTrace) async throws(CommandError) ->
      any AdminClient
  ) {
    self.make = make
  }

  /// Says what to do when there is nothing to connect to.
  package static let none = ClientProvider { settings, _ throws(CommandError) in
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
