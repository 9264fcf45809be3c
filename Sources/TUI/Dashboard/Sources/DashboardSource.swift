package import CommandTable

/// Where the dashboard's data comes from, and who does its actions. The dashboard knows no service:
/// it asks for what the screen definitions name.
package protocol DashboardSource: Sendable {
  /// Answers every request of the query, each with rows or an error of its own.
  func fetch(_ query: ScreenQuery) async -> ScreenAnswer
  /// What these command lines would do, and how dangerous that is here.
  func plan(_ lines: [[String]]) async throws(CommandError) -> ActionPlan
  /// Does what was planned. The person has confirmed it.
  func perform(_ lines: [[String]]) async throws(CommandError) -> String
  /// Runs a command that reads and returns what it prints.
  func run(_ words: [String], width: Int) async -> CommandResult
  /// Names of things for completion.
  func names(of kind: String, prefix: String) async -> [String]
  /// Goes on with another cluster.
  func use(context name: String) async throws(CommandError) -> ContextFacts
}

/// At most three requests: one refresh.
package struct ScreenQuery: Sendable {
  package struct Part: Hashable, Sendable {
    package var request: ResourceRequest
    /// Of a tail.
    package var cursor: String?

    package init(request: ResourceRequest, cursor: String? = nil) {
      self.request = request
      self.cursor = cursor
    }
  }

  package static let partCountMax = 3

  package var id: Int
  package var parts: [Part]
  /// How long the answer may take.
  package var limit: Duration

  package init(id: Int, parts: [Part], limit: Duration) {
    self.id = id
    self.parts = parts
    self.limit = limit
  }
}

package struct ScreenAnswer: Sendable {
  package struct Part: Sendable {
    package var request: ResourceRequest
    package var result: Result<RowSet, CommandError>
    package var next: String?
    package var isTruncated: Bool

    package init(
      _ request: ResourceRequest, _ result: Result<RowSet, CommandError>, next: String? = nil,
      isTruncated: Bool = false
    ) {
      self.request = request
      self.result = result
      self.next = next
      self.isTruncated = isTruncated
    }
  }

  package var parts: [Part]

  package init(_ parts: [Part]) { self.parts = parts }
}

package struct ActionPlan: Sendable {
  package var plan: Plan
  /// Raised already by a protected context and by many rows.
  package var effect: Effect

  package init(plan: Plan, effect: Effect) {
    self.plan = plan
    self.effect = effect
  }
}

package struct CommandResult: Sendable {
  package var exit: ExitCode
  package var text: String

  package init(exit: ExitCode, text: String) {
    self.exit = exit
    self.text = text
  }
}

package struct ContextFacts: Hashable, Sendable {
  package var name: String
  package var isProtected: Bool
  /// Given on the command line instead of the context's.
  package var endpoint: String?

  package init(name: String, isProtected: Bool = false, endpoint: String? = nil) {
    self.name = name
    self.isProtected = isProtected
    self.endpoint = endpoint
  }
}
