import Bytes
import Crypto
import ObjectModel
import Testing
import Values

@Suite("Object records")
struct ObjectRecordTests {
  static func sample() -> ObjectRecord {
    var record = ObjectRecord()
    record.size = 300_000
    record.entityTag = EntityTag(MD5.digest(of: Array("a".utf8).rawBytes), partCount: 2)
    record.checksum = ObjectChecksum(.crc64nvme, [1, 2, 3, 4, 5, 6, 7, 8])
    record.checksumAlgorithm = .crc64nvme
    record.owner = "owner"
    record.contentType = "text/plain"
    record.expires = "never"
    record.metadata = [.init("color", "blue"), .init("empty", "")]
    record.tags = [.init("k", "v")]
    record.retention = Retention(.compliance, untilMilliseconds: 1000)
    record.parts = [1, 2].map { number in
      ObjectPart(
        number: number, size: 150_000, md5: MD5.digest(of: RawSpan()),
        checksum: ObjectChecksum(.crc32, [9, 9, 9, 9]),
        blob: BlobReference(
          volume: VolumeID(rawValue: 1), id: UUID(bits: UInt128(number)), byteCount: 150_000,
          blockSizeLog2: 17))
    }
    record.flags = .retention
    return record
  }

  @Test("a record reads back as it was written")
  func roundTrip() throws {
    let record = Self.sample()
    #expect(ObjectRecord(decoding: record.encoded) == record)
    var inline = ObjectRecord()
    inline.inlineContent = [1, 2, 3]
    inline.size = 3
    inline.flags = .inline
    #expect(ObjectRecord(decoding: inline.encoded) == inline)
  }

  @Test("a stamp changes what the namespace writes and nothing else")
  func stamps() throws {
    var bytes = Self.sample().encoded
    let stamp = RecordStamp(
      milliseconds: 7, sequence: 8,
      version: VersionID(milliseconds: 7, sequence: 8, node: 1, random: 2), isNullVersion: true)
    stamp.stamp(&bytes)
    var expected = Self.sample()
    expected.commitMilliseconds = 7
    expected.commitSequence = 8
    expected.version = stamp.version
    expected.flags.insert(.nullVersion)
    #expect(ObjectRecord(decoding: bytes) == expected)
  }

  @Test("every blob of a record is told, and those of a table as a table")
  func blobs() throws {
    var ids: [UInt128] = []
    let bytes = Self.sample().encoded
    RecordView(bytes.rawBytes)?.forEachBlob { ids.append($0.id.bits) }
    #expect(ids == [1, 2])
    var record = Self.sample()
    record.parts = []
    record.flags = .partTableBlob
    record.blob = BlobReference(
      volume: VolumeID(rawValue: 3), id: UUID(bits: 77), byteCount: 208, blockSizeLog2: 17)
    var tables: [BlobReference] = []
    let table = record.encoded
    RecordView(table.rawBytes)?.forEachBlob { tables.append($0) }
    #expect(tables.map(\.isPartTable) == [true])
    #expect(tables.map(\.byteCount) == [Int64(2 * ObjectPart.byteCount)])
  }

  @Test("a cut or foreign record is refused or read to where it is whole")
  func hostile() {
    let bytes = Self.sample().encoded
    for count in 0..<bytes.count {
      let record = ObjectRecord(decoding: Array(bytes[..<count]))
      #expect((record == nil) == (count < RecordView.fixedByteCount))
    }
    #expect(ObjectRecord(decoding: [2] + bytes.dropFirst()) == nil)
  }

  @Test("a lock holds until its day, and governance only for who may not bypass it")
  func locks() throws {
    var record = Self.sample()
    for (mode, bypass, now, locked) in [
      (Retention.Mode.compliance, true, UInt64(999), true),
      (.compliance, false, 1000, false),
      (.governance, false, 999, true),
      (.governance, true, 999, false),
    ] {
      record.retention = Retention(mode, untilMilliseconds: 1000)
      let bytes = record.encoded
      let isLocked = RecordView(bytes.rawBytes)?.isLocked(at: now, bypassingGovernance: bypass)
      #expect(isLocked == locked)
    }
  }

  @Test("version texts keep the order and read back")
  func versions() throws {
    let older = VersionID(milliseconds: 1_700_000_000_000, sequence: 9, node: 7, random: 3)
    let newer = VersionID(milliseconds: 1_700_000_000_001, sequence: 1, node: 7, random: 99)
    #expect(newer < older)
    #expect(newer.description < older.description)
    #expect(VersionID(older.description) == older)
    #expect(VersionID(newer.description) == newer)
    #expect(VersionID("null") == nil)
    #expect(older.description.utf8.count == 32)
  }
}
