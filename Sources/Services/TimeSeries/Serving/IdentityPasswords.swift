package import Identity
import Values

/// Users of the platform, by their passwords or access keys.
package struct IdentityPasswords: SeriesPasswords {
  private let identity: IdentityService

  package init(_ identity: IdentityService) { self.identity = identity }

  package func caller(
    user: String, password: String, source: String
  ) async -> (any SeriesCaller)? {
    do throws(IdentityError) {
      let principal = try await self.identity.authenticate(
        user: user, password: password, source: source)
      return IdentityCaller(identity: self.identity, principal: principal, source: source)
    } catch {
      // Why is in the audit log, and none of the caller's business.
      return nil
    }
  }
}

/// Somebody of the platform; what they may do is asked anew each time.
struct IdentityCaller: SeriesCaller {
  let identity: IdentityService
  let principal: Principal
  let source: String

  func may(_ right: SeriesRight, _ group: String) -> Bool {
    let action: Action =
      switch right {
      case .read: "series:read"
      case .write: "series:write"
      }
    // As the admin API names it: one grant is for both.
    let resource = group.isEmpty ? "series" : "series/groups/\(Self.escaped(group))"
    let address = self.source.lastIndex(of: ":").map { self.source[..<$0] } ?? self.source[...]
    return self.identity.evaluate(
      self.principal, action, on: resource,
      AccessContext(
        time: self.identity.now,
        sourceAddress: NetworkAddress(address.filter { $0 != "[" && $0 != "]" }))
    ).isAllowed
  }

  /// A name as one part of a resource: what would end it, or stand for others, is escaped.
  private static func escaped(_ name: String) -> String {
    var part = ""
    for scalar in name.unicodeScalars {
      if "/*?%$".unicodeScalars.contains(scalar) {
        part += "%" + String(scalar.value, radix: 16, uppercase: true)
      } else {
        part.unicodeScalars.append(scalar)
      }
    }
    return part
  }
}
