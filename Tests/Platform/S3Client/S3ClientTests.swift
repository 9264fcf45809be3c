import HTTPClient
import HTTPServing
import ObjectGateway
import ObjectTesting
import Observability
import Runtime
import S3
import S3Client
import TestSupport
import Testing
import Values

@Suite("an S3 store as services ask it")
struct S3ClientTests {
  static let identity = ModelIdentity.root(
    id: "AKALICE", secret: "alice-secret", account: "alice", name: "Alice", email: "a@example.org")
  static let keys = S3Credentials(accessKeyID: "AKALICE", secretAccessKey: Secret("alice-secret"))

  /// Our own gateway over stores in memory: it checks every signature.
  static func withStore(
    _ body: @escaping @Sendable (S3Client) async throws -> Void
  ) async throws {
    let http = HTTPClient(HTTPClientOptions { $0.retries.backoff = .milliseconds(5) })
    defer { http.stop() }
    try await withLoops { group in
      let clock = group.loops[0]
      let milliseconds: @Sendable () -> UInt64 = {
        UInt64(clamping: clock.wallNow.nanoseconds / 1_000_000)
      }
      let namespace = ModelNamespace(milliseconds: milliseconds)
      let registry = MetricRegistry()
      let gateway = ObjectGateway(
        GatewayOptions { $0.tokenKey = [1, 2, 3] }, namespace: namespace, blobs: ModelBlobs(),
        control: ModelControl(namespace: namespace, milliseconds: milliseconds),
        identity: ModelIdentity([Self.identity]), time: clock, metrics: registry, sealer: nil)
      let server = gateway.server(loops: group.loops, metrics: registry) { _ in }
      let listener = try await server.start(group, at: .ip("127.0.0.1", port: 0))
      guard case .ip(_, let port) = listener.address,
        let endpoint = S3Endpoint(
          "http://127.0.0.1:\(port)", region: "us-east-1", usesPathStyle: true)
      else { return }
      let client = S3Client(
        endpoint, over: http, timeout: .seconds(10), now: { clock.wallNow })
      let result: Result<Void, any Error>
      do { result = .success(try await body(client)) } catch { result = .failure(error) }
      await listener.drain(until: clock.now + .milliseconds(200))
      try result.get()
    }
  }

  @Test("objects are written, read, listed by pages and removed, whatever their names")
  func objects() async throws {
    try await Self.withStore { store in
      let before = try await store.hasBucket("bucket", by: Self.keys)
      #expect(!before)
      try await store.makeBucket("bucket", by: Self.keys)
      let after = try await store.hasBucket("bucket", by: Self.keys)
      #expect(after)
      let names = ["a b+c", "folder/é%2F?&=", "folder/x", "z//y", "~tilde/'(1)*!"]
      for (number, name) in names.enumerated() {
        let content = [UInt8](repeating: UInt8(number), count: number * 1000)
        try await store.put(name, in: "bucket", content, by: Self.keys)
        let read = try await store.get(name, in: "bucket", limit: 1 << 20, by: Self.keys)
        #expect(read == content, "\(name)")
      }
      var found: [String] = []
      while true {
        let page = try await store.list(
          "bucket", prefix: "", after: found.last, limit: 2, by: Self.keys)
        #expect(page.entries.count <= 2)
        #expect(page.entries.allSatisfy { $0.modifiedAtMS != nil })
        found += page.entries.map(\.key)
        if !page.isMore { break }
      }
      #expect(found == names.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) })
      let folder = try await store.list("bucket", prefix: "folder/", after: nil, by: Self.keys)
      #expect(folder.entries.map(\.byteCount).sorted() == [1000, 2000])
      try await store.delete(names[0], in: "bucket", by: Self.keys)
      try await store.delete(names[0], in: "bucket", by: Self.keys)
      let removed = try await store.get(names[0], in: "bucket", limit: 10, by: Self.keys)
      #expect(removed == nil)
    }
  }

  @Test("what a store refuses is told apart")
  func refusals() async throws {
    try await Self.withStore { store in
      try await store.makeBucket("bucket", by: Self.keys)
      try await store.put("key", in: "bucket", [1, 2, 3], isNew: true, by: Self.keys)
      let again = await #expect(throws: S3ClientError.self) {
        try await store.put("key", in: "bucket", [4], isNew: true, by: Self.keys)
      }
      #expect(again?.code == .exists)
      let large = await #expect(throws: S3ClientError.self) {
        try await store.get("key", in: "bucket", limit: 2, by: Self.keys)
      }
      #expect(large?.code == .tooLarge)
      let wrong = S3Credentials(accessKeyID: "AKALICE", secretAccessKey: Secret("guess"))
      let refused = await #expect(throws: S3ClientError.self) {
        _ = try await store.get("key", in: "bucket", limit: 10, by: wrong)
      }
      #expect(refused?.code == .refused)
      #expect(refused?.message.contains("403 SignatureDoesNotMatch") == true)
      // The right secret after the wrong one, of the same key: what was kept is of neither use.
      let content = try await store.get("key", in: "bucket", limit: 10, by: Self.keys)
      #expect(content == [1, 2, 3])
      let nowhere = await #expect(throws: S3ClientError.self) {
        _ = try await store.list("nowhere", prefix: "", after: nil, by: Self.keys)
      }
      #expect(nowhere?.message.contains("NoSuchBucket") == true)
    }
  }
}
