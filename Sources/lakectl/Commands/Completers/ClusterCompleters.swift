import Admin
import Bytes
package import CommandTable
import HTTP
import JSON
import Values

/// Names of things of the cluster, for shells. 150 ms to connect, 300 ms for all; silence is better than
/// waiting.
package enum ClusterCompleters {
  static let connectTime = Duration.milliseconds(150)
  static let wholeTime = Duration.milliseconds(300)

  /// By kind, and the words each kind of name is made of.
  static let sources: [String: [Source]] = [
    "node": [Source(ClusterAPI.nodes, "node")],
    "service": [Source(ClusterAPI.services, "service")],
    "job": [Source(JobsAPI.list, "job_id")],
    "user": [Source(IdentityAPI.users, "user")],
    "group": [Source(IdentityAPI.groups, "group")],
    "role": [Source(IdentityAPI.roles, "role")],
    "policy": [Source(IdentityAPI.policies, "policy")],
    "key": [Source(IdentityAPI.keys, "key_id")],
    "token": [Source(IdentityAPI.tokens, "token_id")],
    "setting": [Source(ClusterAPI.settings, "key")],
    "fact": [Source(ClusterAPI.facts, "key")],
    "warehouse": [Source(CatalogAPI.warehouses, "warehouse")],
    "principal": [
      Source(IdentityAPI.users, "user"), Source(IdentityAPI.groups, "group", "group/"),
      Source(IdentityAPI.roles, "role", "role/"),
    ],
    "waitable": [
      Source(ClusterAPI.services, "service", "service/"), Source(ClusterAPI.nodes, "node", "node/"),
    ],
  ]

  /// Names that are there without a cluster.
  static let fixed: [String: [String]] = ["job": ["last"], "waitable": ["cluster"]]

  package static let kinds: Set<String> = Set(Self.sources.keys)

  struct Source: Sendable {
    let path: String
    let key: String
    let prefix: String

    init<Input, Record>(
      _ api: AdminCall<Input, AdminList<Record>>, _ key: String, _ prefix: String = ""
    ) {
      self.path = api.route.path
      self.key = key
      self.prefix = prefix
    }
  }

  package static func all(
    _ environment: [String: String], _ clock: CommandClock
  ) -> [String: Surroundings.Completer] {
    var completers = Surroundings.localCompleters
    for kind in self.kinds {
      completers[kind] = { settings, _ in
        let cluster = await self.names(of: kind, settings, environment, clock)
        return (self.fixed[kind] ?? []) + cluster
      }
    }
    return completers
  }

  private static func names(
    of kind: String, _ settings: Settings, _ environment: [String: String], _ clock: CommandClock
  ) async -> [String] {
    guard let endpoint = settings.text("endpoint"), let sources = self.sources[kind] else {
      return []
    }
    let place = [endpoint, settings.contextName ?? "", settings.text("token-file") ?? ""]
      .joined(separator: "\n")
    let cache = NameCache(environment, now: clock.now())
    if let names = cache?.names(of: kind, at: place) { return names }
    if cache?.isSilent(endpoint) ?? false { return [] }
    var options = HTTPAdminClient.Options()
    options.connectTimeout = self.connectTime
    options.attemptsMax = 1
    options.credentialTime = self.connectTime
    let client = HTTPAdminClient(settings, endpoint: endpoint, clock: clock, options: options)
    let deadline = clock.monotonic() + self.wholeTime
    var names: [String] = []
    for source in sources {
      do throws(CommandError) {
        let request = AdminRequest(path: source.path, query: [("limit", "1000")])
        let answer = try await client.send(request, until: deadline)
        names += self.names(in: answer, source)
      } catch {
        if error.exit == .unavailable { cache?.keepSilence(of: endpoint) }
        return names
      }
    }
    cache?.keep(names, of: kind, at: place)
    return names
  }

  private static func names(in answer: [UInt8], _ source: Source) -> [String] {
    guard let value = try? JSONValue(parsing: answer.rawBytes) else { return [] }
    var seen: Set<String> = []
    return (value["items"]?.array ?? []).compactMap { item in
      guard let name = item[source.key]?.string, seen.insert(name).inserted else { return nil }
      return source.prefix + name
    }
  }
}
