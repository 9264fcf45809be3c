private import Bytes
import Crypto
import Protobuf

// The handshake proves to both sides that the other knows the cluster's secret, which is never sent:
//
//    client                                             server
//    Handshake {versions, role, cluster, node, nonce c}  →
//        ←  Handshake {version, role, cluster, node, nonce s, proof s}       (or a Failure)
//    Handshake {proof c}                                 →
//    requests                                            →                   (or a Failure, then the end)
//
//    proof x = HMAC-SHA-256(secret, "lake link " ‖ x ‖ SHA-256(first body ‖ second body without proof))
//
// The proofs cover both nonces, both names and the versions, and differ by side: neither can be replayed
// or turned around.

/// Who a node is on a link.
public struct LinkIdentity: Sendable {
  public var role: String
  /// 16 bytes.
  public var clusterID: [UInt8]
  public var nodeID: String

  static let textByteCountMax = 256

  /// - Precondition: a cluster id of 16 bytes; names of at most 256 bytes.
  public init(role: String, clusterID: [UInt8], nodeID: String) {
    precondition(clusterID.count == 16, "a cluster id of \(clusterID.count) bytes")
    precondition(role.utf8.count <= Self.textByteCountMax, "the role \(role)")
    precondition(nodeID.utf8.count <= Self.textByteCountMax, "the node id \(nodeID)")
    self.role = role
    self.clusterID = clusterID
    self.nodeID = nodeID
  }
}

/// What both sides know after a handshake.
public struct LinkPeer: Sendable, Hashable {
  public var role: String
  public var nodeID: String
  public var version: UInt8
  /// What we may send: the least of both sides' limits.
  public var limits: LinkLimits

  public init(role: String, nodeID: String, version: UInt8, limits: LinkLimits) {
    self.role = role
    self.nodeID = nodeID
    self.version = version
    self.limits = limits
  }
}

/// What a node keeps for its handshakes.
public struct LinkCredentials: Sendable {
  public var identity: LinkIdentity
  public var limits: LinkLimits
  let secret: HMACSHA256

  /// - Parameter secret: the cluster's; at least 16 bytes.
  public init(identity: LinkIdentity, secret: [UInt8], limits: LinkLimits = LinkLimits()) {
    precondition(secret.count >= 16, "a cluster secret of \(secret.count) bytes")
    self.identity = identity
    self.limits = limits
    self.secret = HMACSHA256(key: secret)
  }

  func message(nonce: [UInt8]) -> Handshake {
    Handshake {
      $0.versionMin = UInt32(LinkHeader.version)
      $0.versionMax = UInt32(LinkHeader.version)
      $0.role = self.identity.role
      $0.clusterID = self.identity.clusterID
      $0.nodeID = self.identity.nodeID
      $0.nonce = nonce
      $0.frameBytesMax = UInt32(clamping: self.limits.frameByteCountMax)
      $0.requestsMax = UInt32(clamping: self.limits.requestMax)
      $0.streamWindowBytes = UInt32(clamping: self.limits.streamWindowByteCount)
    }
  }

  func proof(of side: StaticString, _ first: [UInt8], _ second: [UInt8]) -> Digest<32> {
    var transcript = SHA256()
    transcript.update(first.rawBytes)
    transcript.update(second.rawBytes)
    var message = ByteWriter(capacity: 64)
    message.append("lake link " as StaticString)
    message.append(side)
    message.append(transcript.finish())
    return self.secret.code(of: message.bytes)
  }

  /// What the peer's message says, when it may be spoken to.
  func peer(of message: Handshake) throws(LinkError) -> LinkPeer {
    guard message.versionMin <= UInt32(LinkHeader.version),
      message.versionMax >= UInt32(LinkHeader.version)
    else {
      throw LinkError(
        .refused,
        "the peer speaks versions \(message.versionMin) to \(message.versionMax), we speak 1",
        hint: "upgrade the older of the two")
    }
    guard message.clusterID == self.identity.clusterID else {
      throw LinkError(.refused, "the peer belongs to another cluster")
    }
    guard message.nonce.count == 32 else {
      throw LinkError(.refused, "the peer's nonce has \(message.nonce.count) bytes")
    }
    guard message.role.utf8.count <= LinkIdentity.textByteCountMax,
      message.nodeID.utf8.count <= LinkIdentity.textByteCountMax
    else { throw LinkError(.refused, "the peer's names are too long") }
    guard message.frameBytesMax >= 4096, message.requestsMax >= 1,
      message.streamWindowBytes >= 4096
    else { throw LinkError(.refused, "the peer's limits leave no room for a frame") }
    let ours = self.limits
    return LinkPeer(
      role: message.role, nodeID: message.nodeID, version: LinkHeader.version,
      limits: LinkLimits {
        $0.frameByteCountMax = min(ours.frameByteCountMax, Int(message.frameBytesMax))
        $0.requestMax = min(ours.requestMax, Int(message.requestsMax))
        // The receiver's window counts, and the receiver is the other side for either.
        $0.streamWindowByteCount = Int(message.streamWindowBytes)
      })
  }
}
