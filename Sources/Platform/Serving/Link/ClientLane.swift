private import Bytes
import Link
import Runtime
import Values

/// The connections of one loop to a peer.
final class ClientLane: @unchecked Sendable {
  // Sendable: confined to its loop; others reach it through `spawn`.
  private enum Slot {
    case empty
    case connecting(Attempt)
    case open(ClientConnection)
  }

  /// A connection that is being made, by a task of its own, and the calls that wait for it.
  private final class Attempt: @unchecked Sendable {
    // Sendable: confined to the lane's loop.
    var waiting: [Signal] = []
    var outcome: Result<ClientConnection, LinkError>?
  }

  // The client keeps its lanes until it is closed and its connections have ended: no cycle that lasts.
  private let client: LinkClient
  let spawn: LinkClient.Spawn
  private var slots: [Slot]
  private var turn = 0
  private var isClosed = false

  init(_ client: LinkClient, spawn: @escaping LinkClient.Spawn) {
    self.client = client
    self.spawn = spawn
    self.slots = Array(repeating: .empty, count: max(1, client.options.connectionMax))
  }

  /// An open connection, in turn. When the one whose turn it is is not there it is made, and waited for
  /// until `deadline`.
  func connection(until deadline: MonotonicTime) async throws(LinkError) -> ClientConnection {
    guard !self.isClosed else { throw LinkError(.unreachable, "the link was closed") }
    self.turn = (self.turn + 1) % self.slots.count
    let attempt: Attempt
    switch self.slots[self.turn] {
    case .open(let connection) where !connection.isOver: return connection
    case .connecting(let running): attempt = running
    case .open, .empty:
      attempt = Attempt()
      let index = self.turn
      self.slots[index] = .connecting(attempt)
      self.spawn { await self.open(index, attempt) }
    }
    return try await self.outcome(of: attempt, until: deadline)
  }

  private func outcome(
    of attempt: Attempt, until deadline: MonotonicTime
  ) async throws(LinkError) -> ClientConnection {
    let signal = Signal()
    attempt.waiting.append(signal)
    let spawn = self.spawn
    let clock = self.client.clock
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        await withTaskCancellationHandler {
          await signal.wait()
        } onCancel: {
          spawn { signal.raise() }
        }
      }
      group.addTask { try? await clock.sleep(until: deadline) }
      await group.next()
      group.cancelAll()
    }
    if let outcome = attempt.outcome { return try outcome.get() }
    attempt.waiting.removeAll { $0 === signal }
    if Task.isCancelled { throw LinkError(.cancelled, "the call was cancelled") }
    throw LinkError(.deadlineExceeded, "\(self.client.peer) was not reached in time")
  }

  private func open(_ index: Int, _ attempt: Attempt) async {
    let outcome: Result<ClientConnection, LinkError>
    do throws(LinkError) {
      let connection = try await self.connect(
        until: self.client.clock.now + self.client.options.connectTimeout)
      outcome = .success(connection)
      self.slots[index] = .open(connection)
      self.spawn { await connection.run() }
      if self.isClosed { connection.close() }
    } catch {
      outcome = .failure(error)
      self.slots[index] = .empty
    }
    attempt.outcome = outcome
    for signal in attempt.waiting { signal.raise() }
    attempt.waiting = []
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
      let arrived = try await connection.nextFrame(frameByteCountMax: frameMax, deadline: deadline)
    else { throw LinkError(.unreachable, "\(self.client.peer) left before its handshake") }
    let reply = arrived.header
    let body = try connection.takeBody(of: arrived, frameByteCountMax: frameMax)
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
