package import Configuration
package import Values

/// What the daemon itself is configured by. Services add sections of their own.
package enum DaemonKeys {
  // MARK: daemon

  package enum Ports: String, CaseIterable, ConfigurationValue, Sendable {
    /// The documented ones.
    case fixed
    /// Any that are free.
    case auto
  }

  package enum Authentication: String, CaseIterable, ConfigurationValue, Sendable {
    case required, none
  }

  package static let data = ConfigurationKey<String>(
    "daemon", "data", default: ".lake", needsRestart: true, flag: "--data",
    "The folder that everything is kept in.")
  package static let services = ConfigurationKey<[String]>(
    "daemon", "services", default: [], needsRestart: true, flag: "--services",
    "Services that standalone runs; all when empty.")
  package static let ports = ConfigurationKey<Ports>(
    "daemon", "ports", default: .fixed, needsRestart: true, flag: "--ports",
    "Ports that are not given one by one: the documented ones, or free ones.")
  package static let authentication = ConfigurationKey<Authentication>(
    "daemon", "auth", default: .required, needsRestart: true, flag: "--auth",
    "none lets everybody in, on loopback only.")
  package static let drainTimeout = ConfigurationKey<Duration>(
    "daemon", "drain_timeout", default: .seconds(10), in: .zero ... .seconds(600),
    "How long requests that are under way may take at the end.")

  // MARK: node and cluster

  package static let nodeName = ConfigurationKey<String?>(
    "node", "name", default: .some(nil), needsRestart: true,
    "What people call this node; the host's name unless given.")
  package static let zone = ConfigurationKey<String?>(
    "node", "zone", default: .some(nil), needsRestart: true, "Where the node stands.")
  package static let labels = ConfigurationKey<[String]>(
    "node", "labels", default: [], needsRestart: true, "More labels, as NAME=VALUE.")
  package static let clusterName = ConfigurationKey<String>(
    "cluster", "name", default: "lake", needsRestart: true,
    "What people call the cluster; taken when it is made.")
  package static let region = ConfigurationKey<String>(
    "cluster", "region", default: "us-east-1", needsRestart: true,
    "The region that clients of S3 are told and sign for.")

  // MARK: facts

  package enum FactsStore: String, CaseIterable, ConfigurationValue, Sendable {
    case embedded, etcd
  }

  package static let factsStore = ConfigurationKey<FactsStore>(
    "facts", "store", default: .embedded, needsRestart: true,
    "Where small facts are kept: in the data directory, or in etcd for several machines.")
  package static let factsEndpoints = ConfigurationKey<[String]>(
    "facts", "endpoints", default: [], needsRestart: true,
    "Endpoints of etcd, such as http://127.0.0.1:2379.")
  package static let factsPrefix = ConfigurationKey<String>(
    "facts", "prefix", default: "lakeworks/", needsRestart: true,
    "Before every key in etcd, so that clusters can share one.")
  package static let factsUser = ConfigurationKey<String?>(
    "facts", "user", default: .some(nil), needsRestart: true, "The user of etcd.")
  package static let factsPassword = ConfigurationKey<Secret<String>?>(
    "facts", "password", default: .some(nil), needsRestart: true, "The password of that user.")
  package static let factsAuthorities = ConfigurationKey<String?>(
    "facts", "ca_file", default: .some(nil), needsRestart: true,
    "Certificates that etcd's must lead to.")

  // MARK: admin

  package static let adminHost = ConfigurationKey<String>(
    "admin", "host", default: "127.0.0.1", needsRestart: true, "Where the admin API listens.")
  package static let adminPort = ConfigurationKey<Int>(
    "admin", "port", default: 7300, in: 1...65_535, needsRestart: true, "Its port.")
  package static let adminAddress = ConfigurationKey<String?>(
    "admin", "advertised_url", default: .some(nil), needsRestart: true,
    "How other nodes reach it, when that is not where it listens.")
  package static let adminCertificate = ConfigurationKey<String?>(
    "admin", "certificate_file", default: .some(nil), needsRestart: true,
    "PEM file of its certificate chain: it then speaks TLS.")
  package static let adminKey = ConfigurationKey<String?>(
    "admin", "key_file", default: .some(nil), needsRestart: true, "PEM file of the private key.")

  // MARK: link

  package static let linkHost = ConfigurationKey<String>(
    "link", "host", default: "127.0.0.1", needsRestart: true,
    "Where other daemons of the cluster reach this one's roles; only with facts in etcd.")
  package static let linkPort = ConfigurationKey<Int>(
    "link", "port", default: 7301, in: 1...65_535, needsRestart: true, "Its port.")
  package static let linkAddress = ConfigurationKey<String?>(
    "link", "advertised_address", default: .some(nil), needsRestart: true,
    "How others reach it, as ADDRESS:PORT, when that is not where it listens.")
  package static let linkCertificate = ConfigurationKey<String?>(
    "link", "certificate_file", default: .some(nil), needsRestart: true,
    "PEM file of a certificate chain, for both directions: links then speak TLS 1.3.")
  package static let linkKey = ConfigurationKey<String?>(
    "link", "key_file", default: .some(nil), needsRestart: true, "PEM file of the private key.")
  package static let linkAuthorities = ConfigurationKey<String?>(
    "link", "ca_file", default: .some(nil), needsRestart: true,
    "Certificates that those of other daemons must lead to.")

  // MARK: log

  package enum LogForm: String, CaseIterable, ConfigurationValue, Sendable { case text, json }
  package enum LogWord: String, CaseIterable, ConfigurationValue, Sendable {
    case trace, debug, info, warning, error
  }

  package static let logLevel = ConfigurationKey<LogWord>(
    "log", "level", default: .info, "What is logged.")
  package static let logForm = ConfigurationKey<LogForm>(
    "log", "format", default: .text, needsRestart: true, "For people, or JSON lines for programs.")
  package static let logFile = ConfigurationKey<String?>(
    "log", "file", default: .some(nil), needsRestart: true,
    "A file instead of standard error; opened again on SIGHUP.")

  // MARK: runtime, security, root

  package static let loops = ConfigurationKey<Int>(
    "runtime", "loops", default: 0, in: 0...256, needsRestart: true,
    "Event loops; 0: one for each processor.")
  package static let masterKey = ConfigurationKey<Secret<String>?>(
    "security", "master_key", default: .some(nil), needsRestart: true,
    "The key that seals all others; made in the data directory unless given.")
  package static let rootAccessKey = ConfigurationKey<String?>(
    "root", "access_key", default: .some(nil), needsRestart: true,
    "The access key of the first administrator; made unless given.")
  package static let rootSecretKey = ConfigurationKey<Secret<String>?>(
    "root", "secret_key", default: .some(nil), needsRestart: true, "Its secret.")
  package static let rootPassword = ConfigurationKey<Secret<String>?>(
    "root", "password", default: .some(nil), needsRestart: true,
    "The password of the first administrator; made unless given.")

  package static let sections: [ConfigurationSection] = [
    ConfigurationSection(
      "daemon", "The process.",
      keys: [
        data.declaration, services.declaration, ports.declaration, authentication.declaration,
        drainTimeout.declaration,
      ]),
    ConfigurationSection(
      "node", "This member of the cluster.",
      keys: [nodeName.declaration, zone.declaration, labels.declaration]),
    ConfigurationSection(
      "cluster", "The cluster.", keys: [clusterName.declaration, region.declaration]),
    ConfigurationSection(
      "facts", "Small facts that services agree on.",
      keys: [
        factsStore.declaration, factsEndpoints.declaration, factsPrefix.declaration,
        factsUser.declaration, factsPassword.declaration, factsAuthorities.declaration,
      ], check: Self.checkFacts),
    ConfigurationSection(
      "admin", "The admin API.",
      keys: [
        adminHost.declaration, adminPort.declaration, adminAddress.declaration,
        adminCertificate.declaration, adminKey.declaration,
      ], check: Self.checkAdmin),
    ConfigurationSection(
      "link", "Links between daemons.",
      keys: [
        linkHost.declaration, linkPort.declaration, linkAddress.declaration,
        linkCertificate.declaration, linkKey.declaration, linkAuthorities.declaration,
      ], check: Self.checkLink),
    ConfigurationSection(
      "log", "Logs.",
      keys: [logLevel.declaration, logForm.declaration, logFile.declaration]),
    ConfigurationSection("runtime", "Event loops.", keys: [loops.declaration]),
    ConfigurationSection("security", "Keys.", keys: [masterKey.declaration]),
    ConfigurationSection(
      "root", "The first administrator.",
      keys: [rootAccessKey.declaration, rootSecretKey.declaration, rootPassword.declaration],
      check: Self.checkRoot),
  ]

  private static func checkFacts(_ configuration: Configuration) -> [ConfigurationConflict] {
    if configuration[self.factsStore] == .etcd, configuration[self.masterKey] == nil {
      // One made here would not open what the other daemons seal.
      return [
        ConfigurationConflict(
          self.masterKey.declaration,
          "with facts in etcd every daemon must be given the same master key")
      ]
    }
    guard configuration[self.factsStore] == .etcd, configuration[self.factsEndpoints].isEmpty else {
      return []
    }
    return [ConfigurationConflict(self.factsStore.declaration, "etcd needs facts.endpoints")]
  }

  private static func checkAdmin(_ configuration: Configuration) -> [ConfigurationConflict] {
    let hasCertificate = configuration[self.adminCertificate] != nil
    guard hasCertificate != (configuration[self.adminKey] != nil) else { return [] }
    let key = hasCertificate ? self.adminCertificate : self.adminKey
    return [
      ConfigurationConflict(
        key.declaration, "certificate_file and key_file must be given together")
    ]
  }

  private static func checkLink(_ configuration: Configuration) -> [ConfigurationConflict] {
    let given = [self.linkCertificate, self.linkKey, self.linkAuthorities]
    guard let missing = given.first(where: { configuration[$0] == nil }),
      given.contains(where: { configuration[$0] != nil })
    else { return [] }
    return [
      ConfigurationConflict(
        missing.declaration, "certificate_file, key_file and ca_file must be given together")
    ]
  }

  private static func checkRoot(_ configuration: Configuration) -> [ConfigurationConflict] {
    let hasID = configuration[self.rootAccessKey] != nil
    guard hasID != (configuration[self.rootSecretKey] != nil) else { return [] }
    return [
      ConfigurationConflict(
        hasID ? self.rootAccessKey.declaration : self.rootSecretKey.declaration,
        "access_key and secret_key must be given together")
    ]
  }
}
