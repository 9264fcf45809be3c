private import Bytes
import Link
import Runtime
import Values

/// The connections of one loop to a peer.
final class ClientLane: @unchecked Sendable {
  // Sendable: confined to its loop; others reach it through `spawn`.
  private enum Slot {
    case empty
    /// Somebody connects; these wait for it.
    case connecting([UnsafeContinuation<Void, Never>])
    case open(ClientConnection)
  }

  private unowned let client: LinkClient
  let spawn: LinkClient.Spawn
  private var slots: [Slot]
  private var turn = 0
  private var isClosed = false

  init(_ client: LinkClient, spawn: @escaping LinkClient.Spawn) {
    self.client = client
    self.spawn = spawn
    self.slots = Array(repeating: .empty, count: max(1, client.options.connectionMax))
  }

  /// An open connection, in turn; connects when the one whose turn it is is not there.
  func connection(until deadline: MonotonicTime) async throws(LinkError) -> ClientConnection {
    self.turn = (self.turn + 1) % self.slots.count
    let index = self.turn
    while true {
      guard !self.isClosed else { throw LinkError(.unreachable, "the link was closed") }
      switch self.slots[index] {
      case .open(let connection) where !connection.isOver: return connection
      case .open, .empty: return try await self.open(index, until: deadline)
      case .connecting:
        await withUnsafeContinuation { continuation in
          guard case .connecting(let waiting) = self.slots[index] else {
            continuation.resume()
            return
          }
          self.slots[index] = .connecting(waiting + [continuation])
        }
        // Whoever connected failed: the others would only wait for the same end.
        if case .empty = self.slots[index] {
          throw LinkError(.unreachable, "cannot connect to \(self.client.peer)")
        }
      }
    }
  }

  private func open(
    _ index: Int, until deadline: MonotonicTime
  ) async throws(LinkError) -> ClientConnection {
    self.slots[index] = .connecting([])
    let result: Result<ClientConnection, LinkError>
    do throws(LinkError) {
      result = .success(
        try await self.connect(
          until: min(deadline, self.client.clock.now + self.client.options.connectTimeout)))
    } catch {
      result = .failure(error)
    }
    guard case .connecting(let waiting) = self.slots[index] else {
      preconditionFailure("BUG: a slot was filled while it was being connected")
    }
    switch result {
    case .success(let connection):
      self.slots[index] = .open(connection)
      self.spawn { await connection.run() }
    case .failure: self.slots[index] = .empty
    }
    for waiter in waiting { waiter.resume() }
    return try result.get()
  }

  private func connect(until deadline: MonotonicTime) async throws(LinkError) -> ClientConnection {
    let client = self.client
    let connection: Connection
    do {
      connection = try await client.network.connect(to: client.peer, deadline: deadline)
    } catch {
      throw LinkError(.unreachable, "cannot connect to \(client.peer): \(error)")
    }
    do throws(LinkError) {
      if let tls = client.options.tls {
        do {
          connection.deadline = deadline
          try await connection.startTLS(tls, host: client.options.tlsName)
        } catch {
          throw LinkError(.unreachable, "TLS with \(client.peer): \(error)")
        }
      }
      let peer = try await self.shakeHands(connection, until: deadline)
      return ClientConnection(client, connection, peer: peer, spawn: self.spawn)
    } catch {
      connection.abort()
      connection.close()
      throw error
    }
  }

  private func shakeHands(
    _ connection: Connection, until deadline: MonotonicTime
  ) async throws(LinkError) -> LinkPeer {
    let frameMax = LinkHeader.byteCount + 4096
    var handshake = LinkClientHandshake(
      self.client.credentials, nonce: self.client.random.bytes(32))
    let header = LinkHeader(command: LinkCommand.handshake, requestID: 0)
    let first = handshake.firstBody()
    connection.output.append(header, body: first.span.bytes)
    try await connection.flushFrames(deadline: deadline)
    guard
      let reply = try await connection.nextFrame(frameByteCountMax: frameMax, deadline: deadline)
    else { throw LinkError(.unreachable, "\(self.client.peer) left before its handshake") }
    let body = try connection.takeBody(of: reply, frameByteCountMax: frameMax)
    guard reply.command == LinkCommand.handshake, reply.flags.contains(.response) else {
      throw LinkError(.malformed, "\(self.client.peer) does not answer the handshake")
    }
    if reply.flags.contains(.error) { throw ClientConnection.failure(body, reply) }
    let (proof, peer) = try handshake.received(body.span.bytes)
    // The proof goes out with the first request.
    connection.output.append(header, body: proof.span.bytes)
    return peer
  }

  func close() {
    self.isClosed = true
    for slot in self.slots {
      if case .open(let connection) = slot { connection.close() }
    }
  }
}
