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
    "account": [Source(IdentityAPI.accounts, "account")],
    "group": [Source(IdentityAPI.groups, "group")],
    "role": [Source(IdentityAPI.roles, "role")],
    "policy": [Source(IdentityAPI.policies, "policy")],
    "key": [Source(IdentityAPI.keys, "key_id")],
    "token": [Source(IdentityAPI.tokens, "token_id")],
    "setting": [Source(ClusterAPI.settings, "key")],
    "fact": [Source(ClusterAPI.facts, "key")],
    "bucket": [Source(ObjectAPI.buckets, "bucket")],
    "volume": [Source(ObjectAPI.volumes, "volume")],
    "disk": [Source(ObjectAPI.disks, "disk")],
    // Buckets until there is a slash; then what is in one.
    "object": [Source(ObjectAPI.buckets, "bucket")],
    "warehouse": [Source(CatalogAPI.warehouses, "warehouse")],
    "series-group": [Source(SeriesAPI.groups, "group")],
    "series-snapshot": [Source(SeriesAPI.snapshots, "snapshot")],
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
    var query: [(name: String, value: String)] = []

    init<Input, Record>(
      _ api: AdminCall<Input, AdminList<Record>>, _ key: String, _ prefix: String = ""
    ) {
      self.path = api.route.path
      self.key = key
      self.prefix = prefix
    }

    init(path: String, key: String, prefix: String, query: [(name: String, value: String)]) {
      self.path = path
      self.key = key
      self.prefix = prefix
      self.query = query
    }
  }

  package static func all(
    _ environment: [String: String], _ clock: CommandClock
  ) -> [String: Surroundings.Completer] {
    var completers = Surroundings.localCompleters
    for kind in self.kinds {
      completers[kind] = { settings, prefix in
        let folder = kind == "object" ? ObjectFolder(prefix) : nil
        let cluster = await self.names(of: kind, in: folder, settings, environment, clock)
        return (self.fixed[kind] ?? []) + cluster
      }
    }
    return completers
  }

  private static func names(
    of kind: String, in folder: ObjectFolder?, _ settings: Settings,
    _ environment: [String: String], _ clock: CommandClock
  ) async -> [String] {
    guard let endpoint = settings.text("endpoint"), var sources = self.sources[kind] else {
      return []
    }
    if let folder { sources = [folder.source] }
    let kind = folder.map { "\(kind) \($0.name)" } ?? kind
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
        let request = AdminRequest(
          path: source.path, query: [("limit", "1000")] + source.query)
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

/// Where the name of an object that is being typed is: everything up to its last slash.
struct ObjectFolder: Sendable {
  let bucket: String
  let prefix: String

  /// Nil while the bucket is being typed.
  init?(_ typed: String) {
    guard let slash = typed.firstIndex(of: "/"), !typed.hasPrefix(ObjectName.scheme),
      let last = typed.lastIndex(of: "/")
    else { return nil }
    self.bucket = String(typed[..<slash])
    self.prefix = String(typed[typed.index(after: slash)..<typed.index(after: last)])
  }

  var name: String { "\(self.bucket)/\(self.prefix)" }

  /// The next folder or object of it.
  var source: ClusterCompleters.Source {
    var input = ObjectsInput()
    input.bucket = self.bucket
    let path = ObjectAPI.objects.message(input).path
    return ClusterCompleters.Source(
      path: path, key: "key", prefix: self.bucket + "/", query: [("prefix", self.prefix)])
  }
}
