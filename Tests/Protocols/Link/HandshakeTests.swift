import Bytes
import Fuzzing
import Protobuf
import Testing

@testable import Link

private func credentials(
  _ node: String, cluster: UInt8 = 1, secret: UInt8 = 7, _ limits: LinkLimits = LinkLimits()
) -> LinkCredentials {
  LinkCredentials(
    identity: LinkIdentity(
      role: "test", clusterID: [UInt8](repeating: cluster, count: 16), nodeID: node),
    secret: [UInt8](repeating: secret, count: 32), limits: limits)
}

private func nonce(_ value: UInt8) -> [UInt8] { [UInt8](repeating: value, count: 32) }

/// Carries frames from one side to the other; `change` may stand in between.
private func exchange(
  _ clientSide: LinkCredentials, _ serverSide: LinkCredentials,
  change: (Int, [UInt8]) -> [UInt8] = { $1 }
) throws -> (client: LinkPeer, server: LinkPeer) {
  var client = LinkClientHandshake(clientSide, nonce: nonce(1))
  var server = LinkServerHandshake(serverSide, nonce: nonce(2))
  let first = change(0, client.firstBody())
  guard case .reply(let reply) = try server.received(first.rawBytes) else {
    throw LinkError(.internal, "open without a proof")
  }
  let (proof, serverPeer) = try client.received(change(1, reply).rawBytes)
  guard case .open(let clientPeer) = try server.received(change(2, proof).rawBytes) else {
    throw LinkError(.internal, "a second reply")
  }
  return (clientPeer, serverPeer)
}

@Suite("Handshake")
struct HandshakeTests {
  @Test("two nodes of a cluster learn who the other is, and agree on limits")
  func agree() throws {
    let small = LinkLimits {
      $0.frameByteCountMax = 10_000
      $0.requestMax = 9
      $0.streamWindowByteCount = 5000
    }
    let (client, server) = try exchange(credentials("a", small), credentials("b"))
    #expect(client.nodeID == "a" && server.nodeID == "b" && client.role == "test")
    #expect(client.limits.frameByteCountMax == 10_000 && server.limits.frameByteCountMax == 10_000)
    #expect(client.limits.requestMax == 9 && server.limits.requestMax == 9)
    // The server sends streams by the window of the client.
    #expect(client.limits.streamWindowByteCount == 5000)
  }

  @Test("another secret or cluster is refused by whoever learns of it first")
  func strangers() {
    #expect(throws: LinkError.self) { try exchange(credentials("a", secret: 8), credentials("b")) }
    #expect(throws: LinkError.self) { try exchange(credentials("a", cluster: 2), credentials("b")) }
  }

  @Test("a server that cannot prove itself is refused, and so is a client")
  func proofs() throws {
    var client = LinkClientHandshake(credentials("a"), nonce: nonce(1))
    var server = LinkServerHandshake(credentials("b"), nonce: nonce(2))
    guard case .reply(let reply) = try server.received(client.firstBody().rawBytes) else { return }
    var message = try Handshake(decoding: reply.rawBytes)
    message.proof = nonce(0)
    let forged = message.encoded()
    #expect(throws: LinkError.self) { _ = try client.received(forged.rawBytes) }
    // The server's own proof sent back is not the client's.
    let turned = Handshake { $0.proof = (try? Handshake(decoding: reply.rawBytes).proof) ?? [] }
      .encoded()
    #expect(throws: LinkError.self) { _ = try server.received(turned.rawBytes) }
  }

  @Test("a change of any byte on the way is found")
  func tampering() throws {
    for step in 0..<3 {
      var count = 0
      _ = try exchange(credentials("a"), credentials("b")) { number, body in
        if number == step { count = body.count }
        return body
      }
      for index in 0..<count {
        for bit in [0, 6] {
          #expect(throws: LinkError.self, "step \(step), byte \(index), bit \(bit)") {
            try exchange(credentials("a"), credentials("b")) { number, body in
              var changed = body
              if number == step { changed[index] ^= 1 << bit }
              return changed
            }
          }
        }
      }
    }
  }

  @Test(
    "a peer without a common version or with limits of nothing is refused",
    arguments: [
      { $0.versionMin = 2 }, { $0.versionMax = 0 }, { $0.nonce = [] }, { $0.frameBytesMax = 10 },
      { $0.requestsMax = 0 }, { $0.streamWindowBytes = 1 },
      { $0.role = String(repeating: "x", count: 300) },
      { $0.proof = [1] },
    ] as [@Sendable (inout Handshake) -> Void])
  func badPeers(change: @Sendable (inout Handshake) -> Void) throws {
    var message = credentials("a").message(nonce: nonce(1))
    change(&message)
    let body = message.encoded()
    var server = LinkServerHandshake(credentials("b"), nonce: nonce(2))
    #expect(throws: LinkError.self) { _ = try server.received(body.rawBytes) }
    #expect(throws: LinkError.self) { _ = try server.received(body.rawBytes) }
  }

  @Test("any bytes are refused or answered")
  func fuzz() throws {
    let seed = LinkClientHandshake(credentials("a"), nonce: nonce(1)).firstBody()
    try Fuzzer.run(name: "link-handshake", seeds: [seed], iterations: 5000) { bytes in
      var server = LinkServerHandshake(credentials("b"), nonce: nonce(2))
      guard case .reply? = try? server.received(bytes) else { return }
      let second = try? server.received(bytes)
      try Fuzzer.require(second == nil, "a client is let in without a proof")
    }
  }
}
