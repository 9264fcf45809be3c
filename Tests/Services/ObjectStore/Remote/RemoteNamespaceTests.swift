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

@Suite("a namespace on another node")
struct RemoteNamespaceTests {
  @Test("answers every call as the namespace itself does")
  func everyCall() throws {
    try NamesWorld.run { small in
      let (near, far, call) = (small.names, small.remote, small.call)
      let stamp = try await far.put(call, NamesWorld.put("a/b", versioning: .enabled)).stamp
      let key = ObjectKey("a/b")
      #expect(try await far.get(call, key, version: .id(stamp.version)) != nil)
      #expect(
        try await far.get(call, key, version: .current)
          == near.get(call, key, version: .current))
      #expect(try await far.get(call, ObjectKey("x"), version: .null) == nil)
      let replaced = try await far.replace(
        call,
        ReplaceRequest(
          key: key, version: .current, sequence: stamp.sequence, record: NamesWorld.record(3)))
      #expect(replaced.stamp.version == stamp.version)
      _ = try await far.put(call, NamesWorld.put("a/c"))
      _ = try await far.put(call, NamesWorld.put("d"))
      let list = ListRequest(delimiter: Array("/".utf8), limit: 10)
      #expect(try await far.list(call, list) == near.list(call, list))
      let versions = VersionListRequest(
        prefix: Array("a".utf8), delimiter: [], after: ListPosition(key.bytes),
        afterVersion: .current, limit: 10)
      #expect(try await far.listVersions(call, versions) == near.listVersions(call, versions))
      let usage = try await far.usage(call, prefix: [], depth: 1, limit: 10)
      #expect(try await usage == near.usage(call, prefix: [], depth: 1, limit: 10))
      #expect(usage.total.objects == 3)
      let moved = try await far.renameFolder(
        call, RenameFolderRequest(source: ObjectKey("a/"), destination: ObjectKey("b/")))
      #expect(moved.objects >= 2)
      _ = try await far.renameObject(
        call, RenameRequest(source: ObjectKey("d"), destination: ObjectKey("e")))
      #expect(try await near.get(call, ObjectKey("e"), version: .current) != nil)
      let deleted = try await far.delete(
        call,
        ["b/b", "nothing"].map {
          DeleteRequest(
            key: ObjectKey($0), version: .current, versioning: .enabled,
            marker: Self.marker)
        })
      #expect(deleted.count == 2)
      #expect(try deleted[0].get().marker != nil)
    }
  }

  private static var marker: [UInt8] {
    var record = ObjectRecord()
    record.kind = .deleteMarker
    return record.encoded
  }

  @Test("uploads in parts")
  func uploads() throws {
    try NamesWorld.run { small in
      let (near, far, call) = (small.names, small.remote, small.call)
      let key = ObjectKey("big")
      let upload = UploadID(
        milliseconds: 5, routing: 1, random: [UInt8](repeating: 3, count: 14))
      var record = ObjectRecord()
      record.kind = .upload
      try await far.createUpload(call, key, upload, record: record.encoded)
      #expect(try await far.upload(call, key, upload) == near.upload(call, key, upload))
      let part = ObjectPart(
        number: 1, size: 10, md5: MD5.digest(of: RawSpan()), checksum: nil,
        blob: BlobReference(
          volume: VolumeID(rawValue: 1),
          id: UUID(
            bits: UInt128(small.world.clock.wallNow.nanoseconds / 1_000_000) << 80 | 7 << 76),
          byteCount: 10, blockSizeLog2: 17))
      let reply = try await far.putPart(call, key, upload, part: part.encoded)
      let page = try await far.parts(call, key, upload, after: 0, limit: 10)
      #expect(page.parts.count == 1)
      #expect(try await far.listUploads(call, UploadListRequest(limit: 10)).entries.count == 1)
      var whole = ObjectRecord()
      whole.size = 10
      whole.upload = upload
      _ = try await far.completeUpload(
        call,
        CompleteRequest(
          upload: upload,
          put: PutRequest(key: key, record: whole.encoded, versioning: .unversioned),
          parts: [ExpectedPart(number: 1, sequence: reply.sequence)]))
      #expect(try await near.get(call, key, version: .current) != nil)
      let error = await #expect(throws: NamespaceError.self) {
        try await far.abortUpload(call, key, upload)
      }
      #expect(error?.code == .noSuchUpload)
    }
  }

  @Test("says errors as they were said, with the condition and the term")
  func errors() throws {
    try NamesWorld.run { small in
      var condition = WriteCondition()
      condition.ifNoneMatch = .any
      _ = try await small.remote.put(small.call, NamesWorld.put("a"))
      let failed = await #expect(throws: NamespaceError.self) {
        _ = try await small.remote.put(small.call, NamesWorld.put("a", condition: condition))
      }
      #expect(failed?.code == .preconditionFailed)
      #expect(failed?.condition == "If-None-Match")
      let stale = await #expect(throws: NamespaceError.self) {
        _ = try await small.remote.put(
          NamespaceCall(root: NamesWorld.root, epoch: 9), NamesWorld.put("a"))
      }
      #expect(stale?.code == .staleEpoch)
      #expect(stale?.epoch == 1)
      let missing = await #expect(throws: NamespaceError.self) {
        _ = try await small.remote.list(
          NamespaceCall(root: RootID(rawValue: 99)), ListRequest(limit: 1))
      }
      #expect(missing?.code == .noSuchRoot)
    }
  }

  @Test(
    "applies a mutation once, whatever is lost and sent twice",
    arguments: 1...12 as ClosedRange<UInt64>)
  func once(seed: UInt64) throws {
    try NamesWorld.run(seed: seed) { small in
      small.channel.trouble.withLock {
        $0.losesRequests = 50
        $0.losesAnswers = 70
        $0.sendsTwice = 60
      }
      for number in 0..<30 {
        _ = try await small.remote.put(
          small.call, NamesWorld.put("k\(number % 3)", versioning: .enabled))
      }
      small.channel.trouble.withLock { $0 = .init() }
      let page = try await small.remote.listVersions(
        small.call, VersionListRequest(prefix: [], delimiter: [], limit: 1000))
      #expect(page.entries.count == 30, "seed \(seed)")
      #expect(small.channel.count.load(ordering: .relaxed) > 40, "nothing was lost")
    }
  }

  @Test("follows the owner into another term, and waits for one that is away")
  func owners() throws {
    try NamesWorld.run { small in
      _ = try await small.remote.put(small.call, NamesWorld.put("a"))
      // Control has not told yet.
      small.names.own(inTerm: 2)
      _ = try await small.remote.put(small.call, NamesWorld.put("b"))
      small.owner.value.epoch = 3
      small.names.own(inTerm: 3)
      small.channel.trouble.withLock { $0.isCut = true }
      let begin = small.world.clock.now
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { _ = try await small.remote.put(small.call, NamesWorld.put("c")) }
        group.addTask {
          try await small.world.clock.sleep(for: .seconds(5))
          small.channel.trouble.withLock { $0.isCut = false }
        }
        try await group.waitForAll()
      }
      #expect(small.world.clock.now - begin < .seconds(7))
      #expect(try await small.names.get(small.call, ObjectKey("c"), version: .current) != nil)
    }
  }

  @Test("gives up after half a minute, or when its caller's time is over")
  func away() throws {
    try NamesWorld.run { small in
      small.channel.trouble.withLock { $0.isCut = true }
      let begin = small.world.clock.now
      let error = await #expect(throws: NamespaceError.self) {
        _ = try await small.remote.put(small.call, NamesWorld.put("a"))
      }
      #expect(error?.code == .unreachable)
      let waited = small.world.clock.now - begin
      #expect(waited > .seconds(28))
      #expect(waited <= .seconds(31))
      var hurried = small.call
      hurried.deadline = small.world.clock.now + .seconds(2)
      let second = small.world.clock.now
      _ = await #expect(throws: NamespaceError.self) {
        _ = try await small.remote.put(hurried, NamesWorld.put("a"))
      }
      #expect(small.world.clock.now - second <= .seconds(2))
    }
  }
}
