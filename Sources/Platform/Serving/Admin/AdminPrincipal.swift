public import Admin
public import HTTP
public import Runtime
public import Values

/// Who asks.
public struct AdminPrincipal: Sendable {
  /// The user, or the owner of the key.
  public var name: String
  public var roles: [String]
  /// How it was proven: `token`, `password`, `none`.
  public var method: String
  public var expiresAt: Timestamp?
  /// The gate's own, for when it is asked to authorize.
  public var proof: (any Sendable)?

  public init(
    name: String, roles: [String], method: String, expiresAt: Timestamp? = nil,
    proof: (any Sendable)? = nil
  ) {
    self.proof = proof
    self.name = name
    self.roles = roles
    self.method = method
    self.expiresAt = expiresAt
  }
}

/// Lets requests in. Every route asks it; there is no way around.
public protocol AdminGate: Sendable {
  /// Throws `unauthenticated` for a request that proves nobody, without saying what was wrong.
  func authenticate(
    _ authorization: Authorization?, from peer: SocketAddress
  ) async throws(AdminError) -> AdminPrincipal

  /// Throws `denied`, naming the privilege that is missing.
  func authorize(
    _ principal: AdminPrincipal, _ privilege: AdminPrivilege, on resource: String
  ) throws(AdminError)
}

/// Remembers the answers of writes, so that a repeated request is done once.
public protocol AdminRequestMemory: Sendable {
  /// - Parameter fingerprint: of method, target and body: a repeat has the same.
  func begin(
    principal: String, requestID: String, fingerprint: [UInt8]
  ) async throws(AdminError) -> AdminMemory
  /// Keeps the answer of a request that was begun; nil forgets it, so that it can be tried again.
  ///
  /// - Parameter ticket: what `isNew` came with.
  func end(_ ticket: any Sendable, answer: AdminRemembered?) async
}

public enum AdminMemory: Sendable {
  /// With the right to answer it.
  case isNew(any Sendable)
  /// The first one is still under way.
  case isUnderWay
  /// The id was used for another request.
  case differs
  case answered(AdminRemembered)
}

public struct AdminRemembered: Hashable, Sendable {
  public static let byteCountMax = 64 << 10

  public var status: UInt16
  public var body: [UInt8]

  public init(status: UInt16, body: [UInt8]) {
    self.status = status
    self.body = body
  }
}

/// One write, for the audit trail.
public struct AdminAuditEntry: Sendable {
  public var principal: AdminPrincipal
  public var route: AdminRoute
  /// What the path names.
  public var resource: String
  /// Nil when it was done.
  public var error: AdminError?
  public var requestID: String
  public var peer: SocketAddress
}
