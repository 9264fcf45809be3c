import Bytes
import Crypto
import Journal
import Simulation
import Testing

@Suite("a sealed journal", .simulated)
struct JournalSealingTests {
  @Test("shows nothing of its records on the disk")
  func opaque() async throws {
    let marker = Array("a very secret marker".utf8)
    for isSealed in [false, true] {
      let fixture = JournalFixture()
      let key = try JournalTests.key(3)
      try await fixture.write([marker]) {
        if isSealed { $0.sealing = JournalSealing(current: key) }
      }
      let found = fixture.segments.contains { path in
        let bytes = fixture.disk.durableBytes(path) ?? []
        return bytes.indices.dropLast(marker.count).contains {
          bytes[$0] == marker[0] && Array(bytes[$0..<($0 + marker.count)]) == marker
        }
      }
      #expect(found == !isSealed)
    }
  }

  @Test("opens with the key it names, and with no other")
  func keys() async throws {
    let fixture = JournalFixture()
    let key = try JournalTests.key(1)
    try await fixture.write([[1, 2, 3]]) { $0.sealing = JournalSealing(current: key) }
    let missing = await #expect(throws: JournalError.self) { try await fixture.open() }
    #expect(missing?.code == .keyMissing)
    var secret = [UInt8](repeating: 99, count: 32)
    let impostor = JournalKey(id: key.id, secret: SecretBytes(taking: &secret))
    let wrong = await #expect(throws: JournalError.self) {
      try await fixture.open { $0.sealing = JournalSealing(current: impostor) }
    }
    #expect(wrong?.code == .notAuthentic)
    #expect(wrong?.offset == 4096)
    let records = try await fixture.open { $0.sealing = JournalSealing(current: key) }.records
    #expect(records.map(\.bytes) == [[1, 2, 3]])
  }

  @Test("changes keys at a segment, and reads what the older ones sealed, or nobody did")
  func rotation() async throws {
    let fixture = JournalFixture()
    let old = try JournalTests.key(1)
    let new = try JournalTests.key(2)
    try await fixture.write([[0]])
    try await fixture.write([[1]]) { $0.sealing = JournalSealing(current: old) }
    let positions = try await fixture.write([[2]]) {
      $0.sealing = JournalSealing(current: new, older: [old])
    }
    #expect(positions[0].segment == 3)
    fixture.disk.crash()
    let all = JournalSealing(current: new, older: [old])
    let records = try await fixture.open { $0.sealing = all }.records
    #expect(records.map(\.bytes) == [[0], [1], [2]])
    let withoutOld = await #expect(throws: JournalError.self) {
      try await fixture.open { $0.sealing = JournalSealing(current: new) }
    }
    #expect(withoutOld?.code == .keyMissing)
  }

  @Test("never seals two blocks alike, though a torn one's number is used again")
  func freshNonces() async throws {
    // The same record under the same number, after the first block was cut off.
    let fixture = JournalFixture(faults: DiskFaults { $0.lostWrite = 0 })
    let key = try JournalTests.key(1)
    let record = pattern(1, byteCount: 2000)
    var stored: [[UInt8]] = []
    for _ in 0..<2 {
      try await fixture.write([record]) { $0.sealing = JournalSealing(current: key) }
      var bytes = try #require(fixture.disk.durableBytes(fixture.segments[0]))
      stored.append(Array(bytes[(4096 + 96)..<(4096 + 2000)]))
      // As if the write had never reached the disk.
      for index in 4096..<8192 { bytes[index] = 0 }
      fixture.disk.plant(bytes, at: fixture.segments[0])
    }
    #expect(stored[0] != stored[1])
  }
}
