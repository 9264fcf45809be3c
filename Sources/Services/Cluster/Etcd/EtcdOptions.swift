package import Runtime
package import Values

/// How an etcd is reached and used.
package struct EtcdOptions: Sendable {
  /// Any of its members; one that does not answer is left for the next.
  package var endpoints: [Endpoint]
  /// For endpoints of `https`.
  package var tls: TLSContext?
  package var user: String?
  package var password: Secret<String>?
  /// Before every key, so that several clusters share an etcd: `lakeworks/prod/`.
  package var keyPrefix = "lakeworks/"
  /// How long a call waits for an etcd that does not answer, over all endpoints.
  package var patience = Duration.seconds(5)
  /// History beyond this is compacted, for the whole etcd; nil where somebody else does that.
  package var historyKept: Duration? = .seconds(3600)
  /// Changes that a watch holds for a reader who does not come: whole responses aside.
  package var watchQueueMax = 1000
  package var watchQueueBytesMax = 8 << 20

  package init(_ endpoints: [Endpoint], _ change: (inout EtcdOptions) -> Void = { _ in }) {
    self.endpoints = endpoints
    change(&self)
    precondition(!self.endpoints.isEmpty, "an etcd without an endpoint")
    precondition(self.keyPrefix.utf8.count <= 128, "the prefix \(self.keyPrefix) is too long")
  }

  package struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    package var address: SocketAddress
    package var isSecure: Bool
    /// The name in its certificate.
    package var host: String

    package init(_ address: SocketAddress, isSecure: Bool = false, host: String = "localhost") {
      self.address = address
      self.isSecure = isSecure
      self.host = host
    }

    package var description: String { "\(self.isSecure ? "https" : "http")://\(self.address)" }

    /// Reads `http://127.0.0.1:2379`, `https://[::1]:2379`, or either without a port. Names other than
    /// `localhost` are resolved by whoever reads the configuration.
    package init(parsing text: String) throws(ValueError) {
      let malformed = ValueError(
        .malformed,
        "\(text.debugDescription) is no endpoint such as http://10.0.0.1:2379 or https://[::1]:2379"
      )
      let isSecure = text.hasPrefix("https://")
      guard isSecure || text.hasPrefix("http://") else { throw malformed }
      var rest = text.dropFirst(isSecure ? 8 : 7)
      if rest.last == "/" { rest.removeLast() }
      var port: UInt16 = 2379
      let isBracketed = rest.first == "["
      if let colon = rest.lastIndex(of: ":"), !isBracketed || rest[colon...].first != "]",
        !rest[colon...].contains("]")
      {
        guard let number = UInt16(rest[rest.index(after: colon)...]), number > 0 else {
          throw malformed
        }
        port = number
        rest = rest[..<colon]
      }
      if isBracketed {
        guard rest.last == "]" else { throw malformed }
        rest = rest.dropFirst().dropLast()
      }
      let host = String(rest)
      let isAddress = host.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || byte == 0x2E || isBracketed
      }
      guard host == "localhost" || (isAddress && !host.isEmpty) else { throw malformed }
      self.init(
        .ip(host == "localhost" ? "127.0.0.1" : host, port: port), isSecure: isSecure, host: host)
    }
  }
}
