/// What this lakectl is.
package enum Release {
  package static let version = "0.1.0"
  /// The version of the admin API it speaks.
  package static let adminProtocol = "v1"
  /// Of pages that are printed, not installed.
  package static let manDate = "November 30, 2026"
}
