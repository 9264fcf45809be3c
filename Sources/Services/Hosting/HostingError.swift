/// Why a daemon or a service of it cannot start: what was attempted, why it failed, what helps.
package struct HostingError: Error, Sendable, CustomStringConvertible {
  package var code: Code
  package var message: String
  package var hint: String?

  package init(_ code: Code, _ message: String, hint: String? = nil) {
    self.code = code
    self.message = message
    self.hint = hint
  }

  package var description: String { self.message }

  /// Stable identifiers: new ones may be added, none is renamed or reused.
  package struct Code: RawRepresentable, Hashable, Sendable {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }

    package static let directoryForeign = Code(rawValue: "data.foreign")
    package static let directoryNewer = Code(rawValue: "data.newer_format")
    package static let directoryOtherCluster = Code(rawValue: "data.other_cluster")
    package static let directoryLocked = Code(rawValue: "data.locked")
    package static let directoryDamaged = Code(rawValue: "data.damaged")
    package static let directoryFailed = Code(rawValue: "data.failed")
    package static let portTaken = Code(rawValue: "listen.port_taken")
    package static let listenFailed = Code(rawValue: "listen.failed")
    package static let exposed = Code(rawValue: "listen.exposed_without_auth")
    package static let serviceMissing = Code(rawValue: "service.missing")
    package static let configuration = Code(rawValue: "service.configuration")
    package static let tls = Code(rawValue: "listen.tls")
  }
}
