import Bytes
import ObjectBlobs
import ObjectModel
import ObjectNamespace
import ObjectUpkeep
import Runtime
import Simulation
import Synchronization
import Testing
import Values

@Suite("the garbage collector")
struct GarbageCollectorTests {
  @Test("deletes what was dropped when its time has come, and nothing else")
  func collects() throws {
    try UpkeepWorld.run { world in
      let old = try await world.put("a")
      let new = try await world.put("a")
      let kept = try await world.put("b")
      let collector = world.collector()
      #expect(await collector.collect().deleted == 0)
      #expect(world.holds(old))
      #expect(collector.statistics.backlog == GarbageBacklog(entries: 1, bytes: 100))
      try await world.wait(.seconds(301))
      #expect(await collector.collect().deleted == 1)
      #expect(!world.holds(old))
      #expect(world.holds(new) && world.holds(kept))
      #expect(collector.statistics.backlog.entries == 0)
      #expect(collector.statistics.deletedBytes == 100)
    }
  }

  @Test("waits for the oldest read, but no more than an hour")
  func oldestRead() throws {
    try UpkeepWorld.run { world in
      let blob = try await world.put("a")
      let start = world.world.clock.wallNow
      try await world.wait(.seconds(5))
      try await world.delete("a")
      let collector = world.collector { start }
      for _ in 0..<11 {
        try await world.wait(.seconds(300))
        #expect(await collector.collect().deleted == 0)
      }
      #expect(world.holds(blob))
      try await world.wait(.seconds(700))
      #expect(await collector.collect().deleted == 1)
      #expect(!world.holds(blob))
    }
  }

  @Test("deletes the parts of a table before the table")
  func tables() throws {
    try UpkeepWorld.run { world in
      var parts: [ObjectPart] = []
      for number in 1...70 as ClosedRange<UInt16> {
        parts.append(UpkeepWorld.part(number, try await world.write()))
      }
      var bytes = ByteWriter(capacity: 8000)
      for part in parts { part.append(to: &bytes) }
      let table = try await world.write(bytes.bytes.array)
      try await world.nameTable(table, "t", parts: 70)
      try await world.delete("t")
      try await world.wait(.seconds(301))
      #expect(await world.collector().collect() == GarbagePass(deleted: 1, failed: 0, waiting: 0))
      #expect(!world.holds(table))
      #expect(parts.allSatisfy { $0.blob.map { !world.holds($0) } ?? false })
      #expect(world.store.statistics.blocks == 0)
    }
  }

  @Test("what cannot be deleted stays in the queue and holds nobody up")
  func stuck() throws {
    try UpkeepWorld.run { world in
      // More than a page of a volume that is not here, then one that is.
      var elsewhere = world.newBlob(byteCount: 10)
      elsewhere.volume = VolumeID(rawValue: 9)
      for number in 0..<600 { try await world.name(elsewhere, "lost/\(number)") }
      let here = try await world.put("z")
      for number in 0..<600 { try await world.delete("lost/\(number)") }
      try await world.delete("z")
      try await world.wait(.seconds(400))
      let collector = world.collector()
      let pass = await collector.collect()
      #expect(pass.deleted == 1)
      #expect(pass.failed == 512)
      #expect(pass.waiting == 88)
      #expect(!world.holds(here))
      #expect(collector.statistics.backlog.entries == 600)
      #expect(collector.statistics.latestFailure?.contains("wrong_device") == true)
      // Left alone for a while, then tried again.
      #expect(await collector.collect() == GarbagePass(deleted: 0, failed: 0, waiting: 600))
      try await world.wait(.seconds(2))
      #expect(await collector.collect().failed == 512)
    }
  }

  @Test("runs until it is cancelled")
  func runs() throws {
    try UpkeepWorld.run { world in
      let collector = world.collector()
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await collector.run() }
        let blob = try await world.put("a")
        try await world.delete("a")
        try await world.wait(.seconds(310))
        #expect(!world.holds(blob))
        group.cancelAll()
        try await group.waitForAll()
      }
      #expect(collector.statistics.passes > 200)
    }
  }
}

@Suite("the expiry of uploads")
struct UploadExpiryTests {
  @Test("aborts old uploads, whatever the tree, and leaves young ones")
  func expires() throws {
    try UpkeepWorld.run { world in
      let old = try await world.upload("a")
      let blob = try await world.write()
      _ = try await world.names.putPart(
        world.call, ObjectKey("a"), old, part: UpkeepWorld.part(1, blob).encoded)
      let other = NamespaceCall(root: RootID(rawValue: 8))
      try await world.names.createRoot(other)
      try await world.wait(UpkeepWorld.hour * 49)
      let young = try await world.upload("a")
      let expiry = UploadExpiry(
        world.names, olderThan: UpkeepWorld.hour * 48, clock: world.world.clock)
      #expect(
        try await expiry.run(isDryRun: true) == UploadExpiryReport(seen: 2, aborted: 1))
      #expect(try await expiry.run() == UploadExpiryReport(seen: 2, aborted: 1))
      #expect(try await expiry.run() == UploadExpiryReport(seen: 1, aborted: 0))
      _ = try await world.names.upload(world.call, ObjectKey("a"), young)
      try await world.wait(.seconds(301))
      #expect(await world.collector().collect().deleted == 1)
      #expect(!world.holds(blob))
    }
  }
}
