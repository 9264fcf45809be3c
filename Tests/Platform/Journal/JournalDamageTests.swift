import Bytes
import Journal
import Runtime
import Simulation
import Testing

@Suite("a damaged journal", .simulated)
struct JournalDamageTests {
  /// A small journal of two segments: records of noise and zeros, in single blocks and in pieces.
  private func small(isSealed: Bool) async throws -> (JournalFixture, [JournalRecord]) {
    var fixture = JournalFixture(faults: DiskFaults())
    fixture.options.segmentBytes = 3 * 4096
    fixture.options.zeroesSegments = false
    if isSealed { fixture.options.sealing = JournalSealing(current: try JournalTests.key(1)) }
    try await fixture.write([
      pattern(1, byteCount: 700) + [UInt8](repeating: 0, count: 900), pattern(2, byteCount: 4000),
    ])
    return (fixture, try await fixture.open().records)
  }

  /// Reads the records of prepared files; nil when the opening is refused as it must be.
  private func reopen(
    _ fixture: JournalFixture, _ files: [(String, [UInt8])]
  ) async throws -> [JournalRecord]? {
    var copy = JournalFixture(faults: DiskFaults())
    copy.options = fixture.options
    for (path, bytes) in files { copy.disk.plant(bytes, at: path) }
    do {
      return try await copy.open().records
    } catch let error as JournalError {
      #expect([.damaged, .notAuthentic, .newerFormat].contains(error.code), "\(error)")
      #expect(error.file != nil, "no file in: \(error)")
      // Compared as spans: arrays are compared byte by byte in debug builds.
      #expect(copy.segments == files.map(\.0).sorted())
      for (path, bytes) in files {
        let now = copy.disk.durableBytes(path) ?? []
        let isSame = now.rawBytes.isEqual(to: bytes.rawBytes)
        #expect(isSame, "a refused opening changed \(path)")
      }
      return nil
    }
  }

  @Test(
    "has every flipped bit caught: it halts, or every record is there and right",
    arguments: [false, true])
  func everyBit(isSealed: Bool) async throws {
    let (fixture, records) = try await small(isSealed: isSealed)
    let files = fixture.segments.map { ($0, fixture.disk.durableBytes($0) ?? []) }
    #expect(files.count >= 2)
    var halts = 0
    for index in files.indices {
      for bit in 0..<(files[index].1.count * 8) {
        // All bits of the headers and some of the rest; `make sim WORKLOAD=journal-bits` has them all.
        guard bit / 8 % 4096 < 112 || bit % 101 == 0 else { continue }
        var changed = files
        changed[index].1[bit / 8] ^= 1 << UInt8(bit % 8)
        if let found = try await reopen(fixture, changed) {
          #expect(found == records, "bit \(bit) of \(files[index].0)")
        } else {
          halts += 1
        }
      }
    }
    #expect(halts > 1000)
  }

  @Test("is not opened when a block in the middle is gone, and names where")
  func hole() async throws {
    let fixture = JournalFixture(faults: DiskFaults())
    let positions = try await fixture.write((0..<6).map { pattern($0, byteCount: 3000) })
    let path = fixture.segments[0]
    var bytes = try #require(fixture.disk.durableBytes(path))
    let start = Int(positions[3].offset) / 4096 * 4096
    for index in start..<(start + 4096) { bytes[index] = 0 }
    fixture.disk.plant(bytes, at: path)
    let error = await #expect(throws: JournalError.self) { try await fixture.open() }
    #expect(error?.code == .damaged)
    #expect(error?.file == path)
    #expect(error?.offset == Int64(start))
    #expect(
      error?.message.contains("had been durable: block 5 at") == true, "\(error?.message ?? "")")
  }

  @Test("names both checksums of a changed block")
  func checksums() async throws {
    let fixture = JournalFixture(faults: DiskFaults())
    let positions = try await fixture.write((0..<3).map { pattern($0, byteCount: 3000) })
    fixture.disk.flipBit(Int(positions[1].offset + 50) * 8, of: fixture.segments[0])
    let error = await #expect(throws: JournalError.self) { try await fixture.open() }
    #expect(error?.offset == Int64(positions[1].offset) / 4096 * 4096)
    let parts = error?.message.split(separator: " ").filter { $0.count >= 14 } ?? []
    #expect(parts.count >= 3, "\(error?.message ?? "")")
  }

  @Test("is not opened when a segment file is missing, short or from elsewhere")
  func files() async throws {
    let fixture = JournalFixture(faults: DiskFaults())
    try await fixture.write((0..<60).map { pattern($0, byteCount: 3000) })
    let other = JournalFixture(seed: 2, faults: DiskFaults())
    try await other.write((0..<60).map { pattern($0, byteCount: 3000) })
    let files = fixture.segments.map { ($0, fixture.disk.durableBytes($0) ?? []) }
    #expect(files.count >= 5)
    let changes: [(String, (inout [(String, [UInt8])]) -> Void)] = [
      ("the first is missing", { $0.removeFirst() }),
      ("one in the middle is missing", { $0.remove(at: 2) }),
      ("all but the last, prepared one are missing", { $0 = [$0[$0.count - 1]] }),
      ("one is short", { $0[1].1.removeLast(4096) }),
      ("one is long", { $0[1].1 += [UInt8](repeating: 0, count: 4096) }),
      ("one is empty", { $0[1].1 = [] }),
      ("one is blank", { $0[1].1 = [UInt8](repeating: 0, count: $0[1].1.count) }),
      ("two are exchanged", { ($0[1].1, $0[2].1) = ($0[2].1, $0[1].1) }),
      ("one is of another journal", { $0[1].1 = other.disk.durableBytes($0[1].0) ?? [] }),
    ]
    for (name, change) in changes {
      var changed = files
      change(&changed)
      #expect(try await reopen(fixture, changed) == nil, "\(name)")
    }
    #expect(try await reopen(fixture, files)?.count == 60)
  }

  @Test("of a newer format is not touched")
  func newerFormat() async throws {
    let (fixture, _) = try await small(isSealed: false)
    var page = [UInt8](repeating: 0, count: 4096)
    page.withUnsafeMutableBytes {
      _ = SegmentHeader(
        journalID: JournalID(low: 1, high: 2), number: 1, segmentBytes: 16_384, firstSequence: 1,
        epoch: 1, previous: 0, keyID: nil, createdNanoseconds: 0
      ).write(to: $0)
    }
    #expect(SegmentHeader.read(page.rawBytes).isHeader)
    page[8] = 2
    // The checksum covers the version: make it right again.
    page.withUnsafeMutableBytes { _ = SegmentHeader.sealChecksum($0) }
    var bytes = try #require(fixture.disk.durableBytes(fixture.segments[0]))
    bytes.replaceSubrange(0..<4096, with: page)
    fixture.disk.plant(bytes, at: fixture.segments[0])
    let error = await #expect(throws: JournalError.self) { try await fixture.open() }
    #expect(error?.code == .newerFormat)
  }

  @Test("a torn last batch is cut off, whichever of its sectors are missing")
  func tornTail() async throws {
    let fixture = JournalFixture(faults: DiskFaults())
    let first = try await fixture.write([pattern(1, byteCount: 3000)])
    let second = try await fixture.write([pattern(2, byteCount: 3000)])
    let path = fixture.segments[0]
    let whole = try #require(fixture.disk.durableBytes(path))
    let start = Int(second[0].offset) / 4096 * 4096
    let sectors = (0..<8).filter { sector in
      whole[(start + sector * 512)..<(start + sector * 512 + 512)].contains { $0 != 0 }
    }
    #expect(sectors.count >= 6)
    for mask in 1..<(1 << sectors.count) {
      var bytes = whole
      for (index, sector) in sectors.enumerated() where mask & (1 << index) != 0 {
        for byte in 0..<512 { bytes[start + sector * 512 + byte] = 0 }
      }
      let copy = JournalFixture(faults: DiskFaults())
      copy.disk.plant(bytes, at: path)
      let found = try await copy.open().records
      #expect(found.map(\.position) == first, "sectors \(mask)")
      // What was cut off is gone for good, and the next record takes its place.
      let tail = try #require(copy.disk.durableBytes(path))
      #expect(tail[start...].allSatisfy { $0 == 0 })
    }
  }
}
