/// What the operator may set.
package struct IdentityOptions: Sendable {
  /// Changes are kept this long in the audit log, and not more of them than that.
  package var auditAgeMax: Duration = .seconds(90 * 86_400)
  package var auditCountMax = 50_000
  /// Guesses of one password from one address in a minute.
  package var failuresPerMinuteMax = 10
  /// How long session tokens live unless asked for less.
  package var sessionLifetime: Duration = .seconds(3600)
  package var sessionLifetimeMax: Duration = .seconds(36 * 3600)
  /// How exact "last used" is: one that is this much later is written.
  package var usageGranularity: Duration = .seconds(600)
  /// How often usage is written and what is over is swept out.
  package var sweepInterval: Duration = .seconds(60)
  /// Attempts of a change while others change identities too.
  package var attemptMax = 32

  package init() {}
  package init(_ change: (inout IdentityOptions) -> Void) { change(&self) }
}
