import Bytes
import Journal
import ObjectModel
import ObjectNamespace
import Runtime
import Simulation
import Testing
import Values

@Suite("what a call to a namespace carries")
struct CallTests {
  static let root = RootID(rawValue: 3)

  /// A namespace in a simulated world, with one tree.
  static func run(
    _ body: @escaping @Sendable (KeyedNamespace<TreeEngine>, World) async throws -> Void
  ) throws {
    try Simulation.run(seed: 1) { world in
      let tree = try await TreeEngine.open(
        "/names", on: world.disk, clock: world.clock, random: world.random,
        options: TreeEngineOptions {
          $0.cacheBytes = 4 << 20
          $0.journal.segmentBytes = 256 << 10
          $0.journal.zeroesSegments = false
        })
      try await tree.running {
        let names = KeyedNamespace(tree, random: world.random)
        try await names.createRoot(NamespaceCall(root: Self.root))
        try await body(names, world)
      }
    }
  }

  static var request: PutRequest {
    PutRequest(key: ObjectKey("a"), record: ObjectRecord().encoded, versioning: .unversioned)
  }

  @Test("of another term is refused with the present one, reads too")
  func terms() throws {
    try Self.run { names, _ in
      _ = try await names.put(NamespaceCall(root: Self.root, epoch: 9), Self.request)
      names.own(inTerm: 4)
      for epoch in [3, 5] as [UInt64] {
        let call = NamespaceCall(root: Self.root, epoch: epoch)
        let refusals = [
          await #expect(throws: NamespaceError.self) {
            _ = try await names.put(call, Self.request)
          },
          await #expect(throws: NamespaceError.self) {
            _ = try await names.get(call, ObjectKey("a"), version: .current)
          },
          await #expect(throws: NamespaceError.self) {
            _ = try await names.list(call, ListRequest(limit: 1))
          },
          await #expect(throws: NamespaceError.self) {
            _ = try await names.usage(call, prefix: [], depth: 1, limit: 1)
          },
        ]
        for refusal in refusals {
          #expect(refusal?.code == .staleEpoch)
          #expect(refusal?.epoch == 4)
        }
      }
      for epoch in [0, 4] as [UInt64] {
        _ = try await names.put(NamespaceCall(root: Self.root, epoch: epoch), Self.request)
      }
    }
  }

  @Test("that waits when the term ends changes nothing")
  func termEnds() throws {
    try Self.run { names, world in
      names.own(inTerm: 1)
      let isRefused = await withTaskGroup(of: Bool.self) { group in
        group.addTask {
          do throws(NamespaceError) {
            _ = try await names.put(NamespaceCall(root: Self.root, epoch: 1), Self.request)
            return false
          } catch {
            return error.code == .staleEpoch
          }
        }
        // The one before it holds the committing task up.
        group.addTask {
          _ = try? await names.tree.commit { transaction in
            try transaction.put([1], [2], weight: 0)
            names.own(inTerm: 2)
          }
          return true
        }
        return await group.reduce(true) { $0 && $1 }
      }
      let found = try await names.get(
        NamespaceCall(root: Self.root), ObjectKey("a"), version: .current)
      #expect(isRefused == (found == nil))
    }
  }

  @Test("is refused when its time is over, and has changed nothing")
  func deadlines() throws {
    try Self.run { names, world in
      let late = NamespaceCall(root: Self.root, deadline: world.clock.now)
      let refusal = await #expect(throws: NamespaceError.self) {
        _ = try await names.put(late, Self.request)
      }
      #expect(refusal?.code == .deadlineExceeded)
      let read = await #expect(throws: NamespaceError.self) {
        _ = try await names.get(late, ObjectKey("a"), version: .current)
      }
      #expect(read?.code == .deadlineExceeded)
      let call = NamespaceCall(root: Self.root, deadline: world.clock.now + .seconds(5))
      #expect(try await names.get(call, ObjectKey("a"), version: .current) == nil)
      _ = try await names.put(call, Self.request)
    }
  }
}
