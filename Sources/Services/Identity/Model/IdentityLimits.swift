/// How much of everything there may be.
package enum IdentityLimits {
  package static let accountMax = 1000
  package static let userMax = 10_000
  package static let groupMax = 1000
  package static let roleMax = 1000
  package static let policyMax = 1000
  package static let clientMax = 10_000
  package static let keyMax = 100_000
  /// An owner with all its keys and tokens is deleted in one transaction.
  package static let keysPerOwnerMax = 50
  package static let tokensPerOwnerMax = 60
  package static let tokenMax = 10_000
  /// Session tokens that were taken back before their end.
  package static let revocationMax = 100_000
  /// To one user, role, group, client or account.
  package static let grantMax = 500
  /// Roles of one user, groups of one user, policies of one record, roles that one inherits.
  package static let referenceMax = 50
  package static let inheritanceDepthMax = 16
  package static let descriptionByteCountMax = 512
  package static let passwordByteCountMin = 8
  package static let passwordByteCountMax = 256
}
