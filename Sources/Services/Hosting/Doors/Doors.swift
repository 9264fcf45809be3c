private import CSystem
private import Glibc
package import Observability
package import Runtime
private import Synchronization

/// Opens the listeners of a daemon by one set of rules, and knows where everything is.
///
/// With `auto` every port is a free one. Else a port that was given and is taken is an error that names the
/// holder; a default port that is taken moves on to the next free one, where that is allowed.
package final class Doors: Sendable {
  package struct Rules: Sendable {
    package var usesFreePorts: Bool
    package var movesDefaults: Bool
    /// Authentication is off: nothing may listen where others can reach it.
    package var isOpen: Bool

    package init(usesFreePorts: Bool, movesDefaults: Bool, isOpen: Bool) {
      self.usesFreePorts = usesFreePorts
      self.movesDefaults = movesDefaults
      self.isOpen = isOpen
    }
  }

  /// One listener before it is opened.
  package struct Door: Sendable {
    /// Its name in `endpoints.json`.
    package var name: String
    /// Before the address in `endpoints.json`: `http`; nil for `host:port` alone.
    package var scheme: String?
    package var host: String
    package var port: UInt16
    package var isPortGiven: Bool

    package init(name: String, scheme: String?, host: String, port: UInt16, isPortGiven: Bool) {
      self.name = name
      self.scheme = scheme
      self.host = host
      self.port = port
      self.isPortGiven = isPortGiven
    }
  }

  package struct Opened: Hashable, Sendable {
    package var name: String
    package var address: SocketAddress
    package var text: String
  }

  private let rules: Rules
  private let group: EventLoopGroup
  private let log: Logger
  private let opened = Mutex<[Opened]>([])
  /// How far a default port may move.
  static let movesMax = 100

  package init(_ rules: Rules, group: EventLoopGroup, log: Logger) {
    self.rules = rules
    self.group = group
    self.log = log
  }

  /// What is open, in the order it was opened.
  package var all: [Opened] { self.opened.withLock { $0 } }

  /// Opens a door: `start` listens at the address it is given.
  package func open(
    _ door: Door, start: (SocketAddress) async throws(IOFailure) -> Listener
  ) async throws(HostingError) -> Listener {
    guard !self.rules.isOpen || SocketAddress.ip(door.host, port: 0).isLoopback else {
      throw HostingError(
        .exposed, "\(door.name) would listen on \(door.host) without authentication",
        hint: "leave --auth none away, or listen on 127.0.0.1")
    }
    if self.rules.usesFreePorts, !door.isPortGiven {
      return try await self.listen(door, at: 0, start)
    }
    let moves = door.isPortGiven || !self.rules.movesDefaults ? 0 : Self.movesMax
    for step in 0...moves {
      guard let port = UInt16(exactly: Int(door.port) + step) else { break }
      guard self.isFree(door.host, port) else { continue }
      let listener = try await self.listen(door, at: port, start)
      if step > 0 {
        self.log.warning(
          "port \(door.port) is taken, \(door.name) listens on \(port)",
          ["holder": .text(PortHolder.find(door.port)?.description ?? "unknown")])
      }
      return listener
    }
    let holder = PortHolder.find(door.port).map { ": \($0) listens there" } ?? ""
    throw HostingError(
      .portTaken,
      "\(door.name) cannot listen on \(door.host):\(door.port), the port is taken"
        + holder,
      hint: "stop the other program, or give --\(door.name.replacing("_", with: "-"))-port")
  }

  private func listen(
    _ door: Door, at port: UInt16, _ start: (SocketAddress) async throws(IOFailure) -> Listener
  ) async throws(HostingError) -> Listener {
    let listener: Listener
    do {
      listener = try await start(.ip(door.host, port: port))
    } catch {
      throw HostingError(
        .listenFailed, "\(door.name) cannot listen on \(door.host):\(port): \(error)")
    }
    let text = door.scheme.map { "\($0)://\(listener.address)" } ?? "\(listener.address)"
    self.opened.withLock {
      $0.append(Opened(name: door.name, address: listener.address, text: text))
    }
    return listener
  }

  /// Our listeners share their ports among loops, and would share them with another daemon's as well:
  /// only a socket that shares nothing tells. Another trouble than a taken port is told by the real
  /// attempt.
  private func isFree(_ host: String, _ port: UInt16) -> Bool {
    var address = [UInt8](repeating: 0, count: 128)
    let length = csystem_address_ip(host, port, &address)
    guard length > 0 else { return true }
    let socket = csystem_socket(host.contains(":") ? AF_INET6 : AF_INET)
    guard socket >= 0 else { return true }
    defer { csystem_close(socket) }
    return csystem_bind_listen(socket, address, UInt32(length), 1, 0) != -EADDRINUSE
  }
}
