import Cluster

func withEtcdFacts(
  _ body: @escaping @Sendable (FactsUnderTest) async throws -> Void
) async throws {
}
