import Bytes
import Crypto
public import Journal
import Simulation

/// Segment files that are wrong in every way but their checksums, for fuzzing what stands behind those.
public enum JournalForgery {
  /// A segment of three blocks, as the writer leaves it.
  public static let seeds: [[UInt8]] = {
    (try? Simulation.run(seed: 1) { world -> [[UInt8]] in
      let options = JournalOptions {
        $0.segmentBytes = 5 * 4096
        $0.blockBytesMax = 4096
        $0.batchBytesMax = 4096
      }
      let journal = try await Journal.open(
        "/j", on: world.disk, clock: world.clock, random: world.random, options: options
      ) { _ in }
      try await journal.running {
        for number in 0..<3 as Range<UInt64> {
          try await journal.append(JournalModel.bytes(number, byteCount: 2000))
        }
      }
      return [world.disk.durableBytes("/j/0000000000000001.segment") ?? []]
    }.value) ?? []
  }()

  /// Opens a journal whose first segment is `input`: as it is, and with the checksums of the segment
  /// header and of every page that looks like a block made right, so that what the fields say is
  /// believed. It must open or refuse; never trap, never hang, never serve more than is there.
  public static func check(_ input: RawSpan) throws {
    let bytes = input.withUnsafeBytes { [UInt8]($0) }
    for isSealed in [false, true] {
      let records = try self.records(bytes, checksummed: isSealed)
      let total = records?.reduce(0) { $0 + $1.bytes.count } ?? 0
      guard total <= bytes.count else {
        throw CheckFailure("\(total) bytes of records from \(bytes.count) bytes")
      }
    }
  }

  /// What an opening serves; nil when it refuses.
  public static func records(_ bytes: [UInt8], checksummed: Bool) throws -> [JournalRecord]? {
    let file = JournalWorkloads.PlantedFile(
      path: "/j/0000000000000001.segment", bytes: checksummed ? self.sealed(bytes) : bytes)
    return try JournalWorkloads.open([file], options: JournalOptions())
  }

  private static func sealed(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.count >= 4096 else { return bytes }
    var forged = bytes
    forged.withUnsafeMutableBytes { file in
      for index in 0..<8 {
        file[40 + index] = UInt8(truncatingIfNeeded: bytes.count >> (8 * index))
      }
      let id =
        file.loadUnaligned(fromByteOffset: 16, as: UInt64.self)
        ^ file.loadUnaligned(fromByteOffset: 24, as: UInt64.self)
      var previous = XXH3.hash64(of: UnsafeRawBufferPointer(rebasing: file[..<96]))
      file.storeBytes(of: previous, toByteOffset: 96, as: UInt64.self)
      var page = 4096
      while page + 4096 <= file.count, Array(file[page..<(page + 4)]) == Array("LKJB".utf8) {
        let length = Int(file.loadUnaligned(fromByteOffset: page + 8, as: UInt32.self))
        let end = min(file.count, page + (96 + length + 4095) / 4096 * 4096)
        file.storeBytes(of: previous, toByteOffset: page + 56, as: UInt64.self)
        let payload = XXH3.hash64(of: UnsafeRawBufferPointer(rebasing: file[(page + 96)..<end]))
        file.storeBytes(of: payload, toByteOffset: page + 80, as: UInt64.self)
        let header = UnsafeRawBufferPointer(rebasing: file[page..<(page + 88)])
        previous = XXH3.hash64(of: header.bytes, seed: id)
        file.storeBytes(of: previous, toByteOffset: page + 88, as: UInt64.self)
        page = end
      }
    }
    return forged
  }
}
