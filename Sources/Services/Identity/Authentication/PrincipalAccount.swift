/// Which account speaks through a principal, for services whose things belong to accounts.
package struct PrincipalAccount: Hashable, Sendable {
  package var id: String
  package var displayName: String
  package var email: String?
  /// Of the user, client or account that the principal is.
  package var name: String
  /// May do all that its account may: root, and nothing narrows it.
  package var isRoot: Bool
  /// Its rights are what a service gave it, and no others.
  package var isDelegation: Bool
}

extension IdentityService {
  /// Nil when the credentials behind the principal are good no more, or it is of no account.
  package func account(of principal: Principal) -> PrincipalAccount? {
    let directory = self.directory
    guard let standing = directory.standing(of: principal, at: self.now),
      let id = standing.subject.accountID, let account = directory.accounts[id]?.record
    else { return nil }
    return PrincipalAccount(
      id: id, displayName: account.displayName, email: account.email,
      name: standing.subject.userName ?? principal.who.name,
      isRoot: standing.isAccountRoot && standing.narrowing.isEmpty && principal.rights == nil,
      isDelegation: principal.rights != nil)
  }
}
