import Foundation
import ObjectBlobs
import ObjectModel
import Runtime
import TestSupport
import Testing
import Values

/// Where a byte turned over, nothing is put again, whatever becomes of the process.
@Suite("places of damaged blocks")
struct SetAsideTests {
  /// Two blocks of ten units are damaged; one is deleted, the other put anew, elsewhere.
  static func damageTwo(_ store: BlobStore, _ data: String) async throws {
    for number in 1...3 { try await BlobStoreTests.put(store, number, 40_000) }
    damage(data)
    for number in 1...2 {
      let error = await #expect(throws: BlobError.self) {
        try await BlobStoreTests.check(store, number, 40_000)
      }
      #expect(error?.code == .corrupted)
    }
    #expect(store.statistics.quarantinedBytes == 0, "the blocks are still there")
    try await store.delete(
      BlobKey(volume: VolumeID(rawValue: 1), id: BlobStoreTests.address(1).blob), blocks: 1)
    try await BlobStoreTests.put(store, 2, 40_000)
    try await BlobStoreTests.check(store, 2, 40_000)
    #expect(store.statistics.quarantinedBytes == 81_920)
    #expect(store.checkSpace() == nil)
  }

  /// Fills the file with blocks of one unit: none of them gets a place that is set aside.
  static func fill(_ store: BlobStore) async throws -> Int64 {
    var number = 1000
    while true {
      do throws(BlobError) {
        try await BlobStoreTests.put(store, number, 4096)
      } catch {
        guard error.code == .noSpace else { throw error }
        break
      }
      number += 1
    }
    #expect(store.checkSpace() == nil)
    return store.statistics.usedBytes
  }

  @Test(
    "stay out of use after a clean end and after a crash, with and without a checkpoint between",
    arguments: [false, true], [false, true])
  func remembered(isCrash: Bool, hasCheckpoint: Bool) async throws {
    let folder = TemporaryDirectory("blobs")
    try await withLoops { group in
      let clock = group.loops[0]
      let first = try await BlobStore.open(
        folder.file("b"), on: group.disk, clock: clock, options: BlobStoreTests.options)
      try await first.running {
        try await Self.damageTwo(first, folder.file("b/data"))
        if hasCheckpoint { try await first.checkpoint() }
        if isCrash {
          try FileManager.default.copyItem(atPath: folder.file("b"), toPath: folder.file("c"))
        }
      }
      for _ in 1...2 {
        let store = try await BlobStore.open(
          folder.file(isCrash ? "c" : "b"), on: group.disk, clock: clock,
          options: BlobStoreTests.options)
        try await store.running {
          #expect(store.statistics.quarantinedBytes == 81_920)
          #expect(store.statistics.blocks == 2 || store.statistics.blocks > 100)
          #expect(store.checkSpace() == nil)
          try await BlobStoreTests.check(store, 2, 40_000)
          let used = try await Self.fill(store)
          #expect(used <= Int64(Double(BlobStoreTests.options.dataBytesMax) * 0.92))
        }
      }
    }
  }
}
