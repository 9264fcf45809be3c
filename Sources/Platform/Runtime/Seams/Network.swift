public import Values

/// The seam between services and sockets. The real one is `SystemNetwork`; `SimulatedNetwork` drops,
/// delays, duplicates and partitions by seed.
public protocol Network: AnyObject, Sendable {
  /// Accepts connections at `address` until the acceptor is closed. Port 0 picks a free one.
  func listen(at address: SocketAddress, _ options: ListenOptions) async throws(IOFailure)
    -> any Acceptor
  func connect(to address: SocketAddress, deadline: MonotonicTime) async throws(IOFailure)
    -> Connection
}

public protocol Acceptor: AnyObject, Sendable {
  /// The bound address, with the port that was picked.
  var address: SocketAddress { get }
  /// The next connection; throws `cancelled` once the acceptor is closed.
  func accept() async throws(IOFailure) -> Connection
  /// Stops accepting: what waits in `accept` throws.
  func close()
}

public struct ListenOptions: Sendable {
  public var backlog: Int32 = 4096
  /// One socket a loop at one port; the kernel spreads connections.
  public var sharesPort = false
  /// Mode of a Unix socket's file.
  public var permissions: UInt16 = 0o600

  public init() {}
}

/// Where a socket listens or connects.
public enum SocketAddress: Hashable, Sendable, CustomStringConvertible {
  /// An IPv4 or IPv6 address in text form, and a port.
  case ip(String, port: UInt16)
  /// The path of a Unix socket.
  case unix(String)

  public var description: String {
    switch self {
    case .ip(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .unix(let path): "unix:\(path)"
    }
  }

  public var isLoopback: Bool {
    switch self {
    case .ip(let host, _): host.hasPrefix("127.") || host == "::1"
    case .unix: true
    }
  }
}
