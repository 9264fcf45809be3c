import Observability

/// What must be closed at the end, the last opened first.
struct Closing: Sendable {
  private var steps: [(name: String, body: @Sendable () async throws -> Void)] = []

  mutating func add(_ name: String, _ body: @escaping @Sendable () async throws -> Void) {
    self.steps.append((name, body))
  }

  /// Closes everything; a step that fails is told and does not keep the others.
  mutating func run(_ log: Logger) async {
    while let step = self.steps.popLast() {
      do { try await step.body() } catch {
        log.error("cannot close \(step.name): \(error)", ["part": .text(step.name)])
      }
    }
  }
}
