import Bytes
import Crypto
import Journal
import Link
import LinkServing
import ObjectBlobs
import ObjectModel
import ObjectNamespace
import ObjectRemote
import Observability
import Runtime
import Simulation
import Synchronization
import Values

/// A way to a node that loses requests, loses answers, and sends twice, as it is told to.
final class TroubledChannel: LinkChannel {
  struct Trouble: Sendable {
    var isCut = false
    /// Of 256.
    var losesRequests: UInt64 = 0
    var losesAnswers: UInt64 = 0
    var sendsTwice: UInt64 = 0
  }

  let trouble = Mutex(Trouble())
  let count = Atomic<Int>(0)
  private let inner: any LinkChannel
  private let random: any RandomSource

  init(_ inner: any LinkChannel, random: any RandomSource) {
    self.inner = inner
    self.random = random
  }

  func call(_ request: LinkRequest) async throws(LinkError) -> LinkReply {
    self.count.add(1, ordering: .relaxed)
    let trouble = self.trouble.withLock { $0 }
    func happens(_ share: UInt64) -> Bool { self.random.next() % 256 < share }
    if trouble.isCut || happens(trouble.losesRequests) {
      throw LinkError(.unreachable, "the request was lost")
    }
    if happens(trouble.sendsTwice) { _ = try? await self.inner.call(request) }
    let reply = try await self.inner.call(request)
    if happens(trouble.losesAnswers) { throw LinkError(.unreachable, "the answer was lost") }
    return reply
  }

  func stream(_ request: LinkRequest) async throws(LinkError) -> LinkReplyStream {
    try await self.inner.stream(request)
  }
}

extension World {
  /// The way to what a router answers, without sockets.
  func channel(_ fill: (inout LinkRouter) -> Void) -> TroubledChannel {
    var router = LinkRouter()
    fill(&router)
    let local = LinkLocal(
      router,
      identity: LinkIdentity(
        role: "test", clusterID: [UInt8](repeating: 1, count: 16), nodeID: "n"),
      limits: LinkLimits { $0.frameByteCountMax = 32 << 20 }, clock: self.clock,
      metrics: LinkMetrics(MetricRegistry()), spawn: { self.spawn($0) })
    return TroubledChannel(local, random: self.random)
  }

  func store(_ path: String) async throws -> BlobStore {
    try await BlobStore.open(
      path, on: self.disk, clock: self.clock, random: self.random,
      options: BlobStoreOptions {
        $0.dataBytesMax = 4 << 20
        $0.growBytes = 1 << 20
        $0.zeroesData = false
        $0.journal.segmentBytes = 256 << 10
        $0.journal.zeroesSegments = false
      })
  }
}

/// A namespace, and a gateway's view of it through a link.
struct NamesWorld: Sendable {
  static let root = RootID(rawValue: 7)

  let world: World
  let names: KeyedNamespace<TreeEngine>
  let channel: TroubledChannel
  let remote: RemoteNamespace
  /// What control says.
  let owner: Mutex<NamespaceOwner>.Shared

  var call: NamespaceCall { NamespaceCall(root: Self.root) }

  static func run(
    seed: UInt64 = 1, _ body: @escaping @Sendable (NamesWorld) async throws -> Void
  ) throws {
    try Simulation.run(seed: seed) { world in
      let tree = try await TreeEngine.open(
        "/names", on: world.disk, clock: world.clock, random: world.random,
        options: TreeEngineOptions {
          $0.cacheBytes = 4 << 20
          $0.journal.segmentBytes = 256 << 10
          $0.journal.zeroesSegments = false
        })
      let names = KeyedNamespace(tree, random: world.random)
      let server = NamespaceServer(clock: world.clock) { names }
      let channel = world.channel { server.add(to: &$0) }
      let owner = Mutex<NamespaceOwner>.Shared(
        NamespaceOwner(node: "n", address: "n:1", epoch: 1))
      let remote = RemoteNamespace(
        clock: world.clock, random: world.random, owner: { owner.value },
        channel: { _ in channel })
      try await tree.running {
        names.own(inTerm: 1)
        let made = NamesWorld(
          world: world, names: names, channel: channel, remote: remote, owner: owner)
        try await remote.createRoot(made.call)
        try await body(made)
      }
    }
  }

  static func record(_ size: Int64 = 0) -> [UInt8] {
    var record = ObjectRecord()
    record.inlineContent = [UInt8](repeating: 1, count: Int(size))
    record.size = size
    return record.encoded
  }

  static func put(
    _ key: String, versioning: Versioning = .unversioned, condition: WriteCondition = .none
  ) -> PutRequest {
    PutRequest(
      key: ObjectKey(key), record: self.record(), versioning: versioning, condition: condition)
  }
}

extension Mutex where Value: Sendable {
  /// A value that several hold.
  final class Shared: Sendable {
    private let mutex: Mutex<Value>
    init(_ value: Value) { self.mutex = Mutex(value) }
    var value: Value {
      get { self.mutex.withLock { $0 } }
      set { self.mutex.withLock { $0 = newValue } }
    }
  }
}
