import Admin
import AdminServing
import HTTP
import Identity
import Runtime
import Values

/// Lets requests of the admin API in by what Identity says: a bearer token, or user and password.
struct IdentityGate: AdminGate {
  let identity: IdentityService
  /// Authentication is off: everybody is the root user.
  let isOpen: Bool

  static let everybody = AdminPrincipal(name: "user:anybody", roles: ["admin"], method: "none")

  func authenticate(
    _ authorization: Authorization?, from peer: SocketAddress
  ) async throws(AdminError) -> AdminPrincipal {
    guard !self.isOpen else { return Self.everybody }
    return self.adminPrincipal(try await self.principal(authorization, from: peer))
  }

  private func principal(
    _ authorization: Authorization?, from peer: SocketAddress
  ) async throws(AdminError) -> Principal {
    do throws(IdentityError) {
      switch authorization {
      case .bearer(let token):
        return try self.identity.authenticate(bearer: token, source: peer.host)
      case .basic(let user, let password):
        return try await self.identity.authenticate(
          user: user, password: password, source: peer.host)
      case .other, nil: break
      }
    } catch {
      throw AdminError(error)
    }
    throw AdminError(
      .unauthenticated, "identity.not_authenticated", "the request proves nobody",
      why: "it has no bearer token and no user with password",
      try: ["lakectl context set NAME --token-file FILE"])
  }

  private func adminPrincipal(_ principal: Principal) -> AdminPrincipal {
    var roles: [String] = []
    if case .user = principal.who.kind,
      let user = self.identity.directory.users[principal.who.name]?.record
    {
      roles = self.identity.directory.effectiveRoles(of: user)
    }
    return AdminPrincipal(
      name: principal.who.description, roles: roles, method: principal.method.rawValue,
      expiresAt: principal.expiresAt.map(Timestamp.init), proof: principal)
  }

  func authorize(
    _ principal: AdminPrincipal, _ privilege: AdminPrivilege, on resource: String
  ) throws(AdminError) {
    guard !self.isOpen else { return }
    guard let proof = principal.proof as? Principal, let action = Action(named: "\(privilege)")
    else { preconditionFailure("BUG: \(principal.name) asks for \(privilege)") }
    do throws(IdentityError) {
      try self.identity.require(
        proof, action, on: resource, AccessContext(time: self.identity.now))
    } catch {
      throw AdminError(error)
    }
  }
}

extension SocketAddress {
  /// Without the port: the same for every connection of a host.
  var host: String {
    switch self {
    case .ip(let host, _): host
    case .unix: "local"
    }
  }
}

extension AdminError {
  /// What Identity says, in the words of the admin API.
  init(_ error: IdentityError) {
    let kind: Kind =
      switch error.code {
      case .nameMalformed, .valueMalformed, .policyMalformed: .badRequest
      case .limitReached, .tooManyAttempts, .storeFull: .overLimit
      case .notFound: .notFound
      case .exists, .differs, .inUse, .changedMeanwhile, .lastAdministrator, .builtIn: .conflict
      case .notAuthenticated, .expired: .unauthenticated
      case .denied: .denied
      case .storeUnavailable, .busy, .unknownOutcome: .unavailable
      default: .failed
      }
    self.init(
      kind, error.code.rawValue, error.message, why: error.why, try: error.tries,
      isRetryable: error.code == .tooManyAttempts || kind == .unavailable,
      changed: error.code == .unknownOutcome ? nil : false)
  }
}
