package import Identity

/// Users of the platform, by their passwords or access keys.
package struct IdentityPasswords: SeriesPasswords {
  private let identity: IdentityService

  package init(_ identity: IdentityService) { self.identity = identity }

  package func admits(user: String, password: String, source: String) async -> Bool {
    do throws(IdentityError) {
      _ = try await self.identity.authenticate(user: user, password: password, source: source)
      return true
    } catch {
      // Why is in the audit log, and none of the caller's business.
      return false
    }
  }
}
