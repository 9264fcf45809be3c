package import GRPC
package import GRPCServing

/// Asks every call for its user and password, in the metadata `username` and `password`. Health is asked
/// for by those who have none, unless it is said otherwise.
package struct PasswordInterceptor: GRPCInterceptor {
  private let passwords: any SeriesPasswords
  private let guardsHealth: Bool

  package init(_ passwords: any SeriesPasswords, guardsHealth: Bool = false) {
    self.passwords = passwords
    self.guardsHealth = guardsHealth
  }

  package func intercept(
    _ call: ServerCall, _ next: @Sendable (ServerCall) async throws(GRPCStatus) -> Void
  ) async throws(GRPCStatus) {
    let isHealth = call.path.hasPrefix("/grpc.health.v1.Health/")
    if !isHealth || self.guardsHealth { try await self.check(call) }
    try await next(call)
  }

  private func check(_ call: ServerCall) async throws(GRPCStatus) {
    guard let user = call.metadata["username"], let password = call.metadata["password"],
      let caller = await self.passwords.caller(
        user: user, password: password, source: "\(call.peer)")
    else { throw GRPCStatus(.unauthenticated, "Invalid credentials") }
    call.identity = caller
  }
}
