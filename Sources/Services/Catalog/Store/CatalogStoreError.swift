/// Why the store did not answer.
struct CatalogStoreError: Error, Sendable, CustomStringConvertible {
  var code: Code
  var message: String

  enum Code: Sendable {
    /// Nothing was changed; the same call may succeed later.
    case unavailable
    /// Too much waits; nothing was changed.
    case overloaded
    /// A change was made, or it was not: nobody can tell now.
    case unknownOutcome
    /// What was read is not what was written.
    case damaged
  }

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  var description: String { self.message }
}
