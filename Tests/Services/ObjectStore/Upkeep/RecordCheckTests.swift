import Bytes
import ObjectBlobs
import ObjectModel
import ObjectNamespace
import ObjectUpkeep
import Testing

@Suite("comparing records with what is stored")
struct RecordCheckTests {
  private static func check(
    _ world: UpkeepWorld, _ roots: [RootID]? = nil, _ prefix: String = ""
  ) async throws -> RecordCheck.Report {
    // Pages of two: names go over several.
    let check = RecordCheck(
      world.names, inventory: world.blobs, blobs: world.blobs, pageLimit: 2)
    return try await check.run(roots, prefix: Array(prefix.utf8)) { _ in }
  }

  @Test("names objects whose blobs, parts or tables of parts are gone, and no others")
  func missing() throws {
    try UpkeepWorld.run { world in
      for number in 0..<5 { _ = try await world.put("kept/\(number)") }
      _ = try await world.putInParts("kept/parts")
      #expect(try await Self.check(world).references == 7)
      #expect(try await Self.check(world).missingCount == 0)
      let lost = try await world.put("lost/one")
      let (_, part) = try await world.putInParts("lost/part")
      let (table, _) = try await world.putInParts("lost/table")
      for blob in [lost, part, table] { try await world.blobs.delete(BlobCall(), blob) }
      let report = try await Self.check(world)
      let names = report.missing.map { String(decoding: $0.name, as: UTF8.self) }
      #expect(names == ["lost/one", "lost/part", "lost/table"])
      #expect(report.missing.map(\.blob.id) == [lost, part, table].map(\.id))
      #expect(report.unreadableCount == 0)
      let kept = try await Self.check(world, [UpkeepWorld.root], "kept/")
      #expect(kept.references == 7)
      #expect(kept.missingCount == 0)
      #expect(try await Self.check(world, [UpkeepWorld.root], "lost/t").missingCount == 1)
      #expect(try await Self.check(world, [RootID(rawValue: 999)]).references == 0)
      // What waits to be deleted is named by nobody.
      try await world.delete("lost/one")
      #expect(try await Self.check(world).missingCount == 2)
    }
  }

  @Test("tells a table of parts that cannot be read")
  func unreadable() throws {
    try UpkeepWorld.run { world in
      let table = try await world.write([UInt8](repeating: 7, count: 50))
      try await world.nameTable(table, "odd")
      let report = try await Self.check(world)
      #expect(report.unreadable.map(\.name) == [Array("odd".utf8)])
      #expect(report.missingCount == 0)
    }
  }
}
