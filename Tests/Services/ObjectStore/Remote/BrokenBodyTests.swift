import Bytes
import Crypto
import Link
import LinkServing
import ObjectBlobs
import ObjectModel
import ObjectNamespace
import ObjectRemote
import Runtime
import Simulation
import Synchronization
import Testing
import Values

/// A way that keeps the bodies of requests, and may send others in their place.
private final class BodyThief: LinkChannel {
  let bodies = Mutex<[UInt32: [UInt8]]>([:])
  private let inner: any LinkChannel
  init(_ inner: any LinkChannel) { self.inner = inner }

  func call(_ request: LinkRequest) async throws(LinkError) -> LinkReply {
    self.bodies.withLock { $0[request.command] = request.body }
    return try await self.inner.call(request)
  }
  func stream(_ request: LinkRequest) async throws(LinkError) -> LinkReplyStream {
    try await self.inner.stream(request)
  }
}

@Suite("bodies that are broken")
struct BrokenBodyTests {
  /// Sends every beginning of a body, and the body with each byte turned over: each is answered, with an
  /// error or not, and a beginning never as if it were whole.
  private static func damage(
    _ command: UInt32, _ body: [UInt8], _ channel: any LinkChannel, _ world: World
  ) async {
    func send(_ bytes: [UInt8]) async -> LinkError? {
      do throws(LinkError) {
        _ = try await channel.call(
          LinkRequest(command, body: bytes, deadline: world.clock.now + .seconds(5)))
        return nil
      } catch {
        return error
      }
    }
    for count in 0..<body.count {
      let error = await send(Array(body[..<count]))
      #expect(error != nil, "the first \(count) bytes of command \(command)")
    }
    for index in body.indices {
      var changed = body
      changed[index] ^= 0xFF
      _ = await send(changed)
    }
  }

  @Test("to a namespace are refused and harm nothing", arguments: [1, 2] as [UInt64])
  func namespace(seed: UInt64) throws {
    try NamesWorld.run(seed: seed) { small in
      let thief = BodyThief(small.channel)
      let remote = RemoteNamespace(
        clock: small.world.clock, random: small.world.random, owner: { small.owner.value },
        channel: { _ in thief })
      var condition = WriteCondition()
      condition.ifMatch = .list([EntityTag(MD5.digest(of: RawSpan()))])
      let call = small.call
      let key = ObjectKey("a")
      _ = try? await remote.put(call, NamesWorld.put("a", condition: condition))
      _ = try? await remote.get(call, key, version: .current)
      _ = try? await remote.delete(
        call,
        [DeleteRequest(key: key, version: .null, versioning: .unversioned, marker: [1])])
      _ = try? await remote.list(call, ListRequest(after: ListPosition([1]), limit: 3))
      let upload = UploadID(
        milliseconds: 5, routing: 1, random: [UInt8](repeating: 3, count: 14))
      _ = try? await remote.completeUpload(
        call,
        CompleteRequest(
          upload: upload, put: NamesWorld.put("a"),
          parts: [ExpectedPart(number: 1, sequence: 1)]))
      let bodies = thief.bodies.withLock { $0 }
      #expect(bodies.count == 5)
      for (command, body) in bodies.sorted(by: { $0.key < $1.key }) {
        await Self.damage(command, body, small.channel, small.world)
      }
      _ = try await small.remote.put(call, NamesWorld.put("still"))
    }
  }

  @Test("to a blob store are refused and harm nothing")
  func blobs() throws {
    try MirrorWorld.run { mirror in
      let thief = BodyThief(mirror.channels[0])
      let remote = RemoteBlobNode(thief, clock: mirror.world.clock)
      try await mirror.put(1)
      let target = BlockBuffer(byteCount: 4096)
      _ = try? await remote.get(
        BlobCall(), MirrorWorld.address(1), 0..<10, into: target.bytes)
      _ = try? await remote.states(of: [MirrorWorld.address(1)])
      _ = try? await remote.missing([mirror.blob(1)])
      _ = try? await remote.stored(in: MirrorWorld.volume, after: [1, 2], limit: 10)
      let bodies = thief.bodies.withLock { $0 }
      #expect(bodies.count == 4)
      for (command, body) in bodies.sorted(by: { $0.key < $1.key }) {
        await Self.damage(command, body, mirror.channels[0], mirror.world)
      }
      #expect(try await mirror.holds(1))
    }
  }
}
