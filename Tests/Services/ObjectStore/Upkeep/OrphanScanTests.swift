import Bytes
import ObjectBlobs
import ObjectModel
import ObjectNamespace
import ObjectUpkeep
import Runtime
import Simulation
import Testing
import Values

@Suite("the scan for orphans")
struct OrphanScanTests {
  @Test("lists what nobody names, and deletes it the next time")
  func twice() throws {
    try UpkeepWorld.run { world in
      let kept = try await world.put("a")
      let orphan = try await world.write(10_000)
      try await world.wait(UpkeepWorld.hour * 25)
      let young = try await world.write()
      let scan = world.scan()
      let dry = try await scan.run(isDryRun: true)
      #expect(dry.orphans == 1)
      #expect(dry.orphanBytes == 10_000)
      #expect(dry.isWhole && dry.isDryRun)
      let first = try await scan.run(isDryRun: false)
      #expect(first.quarantined == 1)
      #expect(first.deleted == 0)
      #expect(first.blocks == 5)
      #expect(first.oldBlocks == 4)
      #expect(world.holds(orphan))
      // Another scan, as after a restart, reads the list.
      let again = world.scan()
      let asked = try await again.run(isDryRun: true)
      #expect(asked.due == 1)
      #expect(world.holds(orphan))
      let second = try await again.run(isDryRun: false)
      #expect(second.deleted == 1)
      #expect(second.deletedBytes == 10_000)
      #expect(!world.holds(orphan))
      #expect(world.holds(kept) && world.holds(young))
      let third = try await again.run(isDryRun: false)
      #expect(third.orphans == 0)
      #expect(third.danglingCount == 0)
    }
  }

  @Test("parts of uploads, older versions, tables and what waits for deletion are named")
  func everyKind() throws {
    try UpkeepWorld.run { world in
      let upload = try await world.upload("u")
      let part = try await world.write()
      _ = try await world.names.putPart(
        world.call, ObjectKey("u"), upload, part: UpkeepWorld.part(1, part).encoded)
      let first = try await world.write()
      try await world.name(first, "v", versioning: .enabled)
      let second = try await world.write()
      try await world.name(second, "v", versioning: .enabled)
      let (table, inTable) = try await world.putInParts("t")
      let dropped = try await world.put("d")
      try await world.delete("d")
      try await world.wait(UpkeepWorld.hour * 30)
      let scan = world.scan()
      for _ in 0..<2 {
        let report = try await scan.run(isDryRun: false)
        #expect(report.orphans == 0)
        #expect(report.references == 6)
        #expect(report.heldBack == nil)
      }
      #expect([part, first, second, inTable, table, dropped].allSatisfy { world.holds($0) })
    }
  }

  @Test("a name that moves during the walk is met", arguments: 1...12 as ClosedRange<UInt64>)
  func moving(seed: UInt64) throws {
    try UpkeepWorld.run(seed: seed) { world in
      var blobs: [BlobReference] = []
      for name in ["a/1", "a/2", "a/3", "m", "y"] { blobs.append(try await world.put(name)) }
      for number in 0..<20 { blobs.append(try await world.put("f\(number)")) }
      try await world.wait(UpkeepWorld.hour * 25)
      let scan = world.scan {
        $0.pageLimit = 3
        $0.entriesPerSecond = 1000
      }
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          // Backwards and forwards over the place where the walk is, and then an end.
          for round in 0..<8 {
            let (from, to) = round % 2 == 0 ? ("a/", "z/") : ("z/", "a/")
            _ = try await world.names.renameFolder(
              world.call, RenameFolderRequest(source: ObjectKey(from), destination: ObjectKey(to)))
            let (source, target) = round % 2 == 0 ? ("m", "b") : ("b", "m")
            _ = try await world.names.renameObject(
              world.call, RenameRequest(source: ObjectKey(source), destination: ObjectKey(target)))
            try await world.wait(.milliseconds(Int(seed) * 2))
          }
        }
        let report = try await scan.run(isDryRun: false)
        #expect(report.orphans == 0)
        #expect(report.danglingCount == 0)
        try await group.waitForAll()
      }
      #expect(blobs.allSatisfy { world.holds($0) })
    }
  }

  @Test("a version that becomes current during the walk is met")
  func promoted() throws {
    try UpkeepWorld.run { world in
      let old = try await world.write()
      try await world.name(old, "a", versioning: .enabled)
      for number in 0..<10 { _ = try await world.put("b\(number)") }
      let new = try await world.write()
      try await world.name(new, "a", versioning: .enabled)
      try await world.wait(UpkeepWorld.hour * 25)
      let latest = try await world.names.get(world.call, ObjectKey("a"), version: .current)
      let version = try #require(latest.flatMap { RecordView($0.bytes.rawBytes)?.version })
      let scan = world.scan {
        $0.pageLimit = 2
        $0.entriesPerSecond = 100
      }
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          // The walk is among the objects, behind "a".
          try await world.wait(.milliseconds(70))
          try await world.delete("a", version: .id(version))
        }
        let report = try await scan.run(isDryRun: false)
        #expect(report.orphans == 0)
        try await group.waitForAll()
      }
      #expect(world.holds(old))
    }
  }

  @Test("reports names whose blob is gone")
  func dangling() throws {
    try UpkeepWorld.run { world in
      let lost = try await world.put("lost")
      _ = try await world.put("kept")
      try await world.blobs.delete(BlobCall(), lost)
      let report = try await world.scan().run(isDryRun: false)
      #expect(report.danglingCount == 1)
      #expect(report.dangling.first?.name == Array("lost".utf8))
      #expect(report.dangling.first?.root == UpkeepWorld.root)
    }
  }

  @Test("deletes nothing when a table of parts cannot be read, or nobody names most of what is old")
  func heldBack() throws {
    try UpkeepWorld.run { world in
      let orphan = try await world.write()
      try await world.nameTable(world.newBlob(byteCount: 104), "t")
      try await world.wait(UpkeepWorld.hour * 25)
      for _ in 0..<2 {
        let report = try await world.scan().run(isDryRun: false)
        #expect(report.heldBack?.contains("table of parts of t") == true)
        #expect(report.quarantined + report.deleted == 0)
      }
      try await world.delete("t")
      let scan = world.scan { $0.orphansAlwaysFine = 0 }
      for _ in 0..<2 {
        let report = try await scan.run(isDryRun: false)
        #expect(report.heldBack?.contains("1 of 1 old blocks") == true)
      }
      #expect(world.holds(orphan))
    }
  }

  @Test("goes on where it was cancelled")
  func resumes() throws {
    try UpkeepWorld.run { world in
      for number in 0..<40 { _ = try await world.put("k\(number)") }
      let orphan = try await world.write()
      try await world.wait(UpkeepWorld.hour * 25)
      let scan = world.scan {
        $0.pageLimit = 5
        $0.entriesPerSecond = 100
      }
      await withTaskGroup(of: Bool.self) { group in
        group.addTask {
          do throws(UpkeepError) {
            _ = try await scan.run(isDryRun: false)
            return false
          } catch {
            return error.code == .cancelled
          }
        }
        try? await world.wait(.milliseconds(220))
        group.cancelAll()
        #expect(await group.next() == true)
      }
      let report = try await scan.run(isDryRun: false)
      #expect(report.references == 40)
      #expect(report.quarantined == 1)
      #expect(world.holds(orphan))
    }
  }
}

@Suite("naming old blobs")
struct OldBlobTests {
  @Test("a commit refuses a blob that the scan may take")
  func refused() throws {
    try UpkeepWorld.run { world in
      let blob = try await world.write()
      try await world.wait(UpkeepWorld.hour * 12 - .seconds(1))
      try await world.name(blob, "in time")
      let late = try await world.write()
      let upload = try await world.upload("u")
      try await world.wait(UpkeepWorld.hour * 12 + .seconds(1))
      let error = await #expect(throws: NamespaceError.self) {
        try await world.name(late, "late")
      }
      #expect(error?.code == .blobTooOld)
      #expect(error?.message.contains("\(late.id)") == true)
      let part = await #expect(throws: NamespaceError.self) {
        _ = try await world.names.putPart(
          world.call, ObjectKey("u"), upload, part: UpkeepWorld.part(1, late).encoded)
      }
      #expect(part?.code == .blobTooOld)
    }
  }

  @Test("an upload may be completed with old parts, and an old object's tags change")
  func kept() throws {
    try UpkeepWorld.run { world in
      let upload = try await world.upload("u")
      let blob = try await world.write()
      let part = UpkeepWorld.part(1, blob)
      let reply = try await world.names.putPart(
        world.call, ObjectKey("u"), upload, part: part.encoded)
      try await world.wait(UpkeepWorld.hour * 30)
      var record = ObjectRecord()
      record.entityTag.partCount = 1
      record.parts = [part]
      let put = try await world.names.completeUpload(
        world.call,
        CompleteRequest(
          upload: upload,
          put: PutRequest(key: ObjectKey("u"), record: record.encoded, versioning: .unversioned),
          parts: [ExpectedPart(number: 1, sequence: reply.sequence)]))
      record.tags = [.init("a", "b")]
      _ = try await world.names.replace(
        world.call,
        ReplaceRequest(
          key: ObjectKey("u"), version: .current, sequence: put.stamp.sequence,
          record: record.encoded))
      let found = try await world.names.get(world.call, ObjectKey("u"), version: .current)
      let kept = try #require(found.flatMap { ObjectRecord(decoding: $0.bytes) })
      #expect(kept.parts.map(\.blob) == [blob] && kept.tags == record.tags)
    }
  }
}
