import Bytes
import Iceberg
import JSON
import Testing

@Suite("Deletion vectors and Puffin files")
struct DeletionVectorTests {
  static func positions(_ vector: borrowing DeletionVector) -> [UInt64] {
    var found: [UInt64] = []
    vector.forEach {
      found.append($0)
      return true
    }
    return found
  }

  static func samples() -> [[UInt64]] {
    [
      [], [0], [5, 6, 7, 100_000], Array(0..<70_000), (0..<9000).map { $0 * 7 },
      [1 << 32, 1, (1 << 40) + 3, DeletionVector.positionMax],
    ]
  }

  @Test("what is written is read back, through the blob and its checksum")
  func roundTrip() throws {
    for sample in Self.samples() {
      var vector = DeletionVector()
      for position in sample.reversed() { vector.insert(position) }
      #expect(Self.positions(vector) == sample.sorted())
      let count = vector.count
      #expect(count == UInt64(sample.count))
      var blob = ByteWriter()
      vector.append(blobTo: &blob)
      let again = try DeletionVector(blob: blob.bytes)
      let isEqual = again.isEqual(to: vector)
      #expect(isEqual)
      #expect(Self.positions(again) == sample.sorted())
    }
  }

  /// Positions 1, 3, 5, 7 and 9: the layout by hand.
  @Test("the bytes are those of the format")
  func bytes() throws {
    var vector = DeletionVector()
    for position: UInt64 in [1, 3, 5, 7, 9] { vector.insert(position) }
    var blob = ByteWriter()
    vector.append(blobTo: &blob)
    let expected =
      "0000002a" + "d1d33964" + "0100000000000000" + "00000000" + "3a300000" + "01000000"
      + "00000400" + "10000000" + "01000300050007000900"
    #expect(Hexadecimal.text(of: blob.bytes).hasPrefix(expected))
    let count = blob.count
    #expect(count == expected.utf8.count / 2 + 4)
  }

  @Test("sets are joined, and single positions looked up and taken out")
  func operations() {
    var left = DeletionVector()
    left.insert(10..<20)
    left.insert((1 << 32) - 2..<(1 << 32) + 2)
    var right = DeletionVector()
    right.insert(15..<25)
    left.formUnion(right)
    left.remove(12)
    left.remove(1 << 50)
    let (count, hasEleven, hasTwelve, hasFar) = (
      left.count, left.contains(11), left.contains(12), left.contains((1 << 32) + 1)
    )
    #expect(count == 18)
    #expect(hasEleven)
    #expect(!hasTwelve)
    #expect(hasFar)
    var seen = 0
    left.forEach { _ in
      seen += 1
      return seen < 3
    }
    #expect(seen == 3)
  }

  @Test("no changed byte of a blob goes unnoticed")
  func damage() throws {
    var vector = DeletionVector()
    vector.insert(3..<9)
    for position in stride(from: UInt64(0), to: 30_000, by: 3) { vector.insert(position) }
    var blob = ByteWriter()
    vector.append(blobTo: &blob)
    let bytes = blob.bytes.array
    for index in stride(from: 0, to: bytes.count, by: bytes.count / 200 + 1) {
      var damaged = bytes
      damaged[index] ^= 0x10
      #expect(throws: IcebergError.self) { _ = try DeletionVector(blob: damaged.rawBytes) }
    }
    for cut in [0, 3, 4, 11, bytes.count - 1] {
      let short = Array(bytes.prefix(cut))
      #expect(throws: IcebergError.self) { _ = try DeletionVector(blob: short.rawBytes) }
    }
  }

  /// With the checksum out of the way: the structure itself is checked.
  @Test(
    "vectors whose counts lie are refused",
    arguments: [
      // A bitset that says 70 values and has 1; an array out of order; runs that overlap; a key twice.
      "0100000000000000" + "00000000" + "3a300000" + "01000000" + "0000" + "4514" + "10000000"
        + String(repeating: "00", count: 8191) + "01",
      "0100000000000000" + "00000000" + "3a300000" + "01000000" + "00000100" + "10000000"
        + "05000400",
      "0100000000000000" + "00000000" + "3b300000" + "01" + "00000500" + "0200"
        + "0000020002000200",
      "0200000000000000" + "00000000" + "3a300000" + "00000000" + "00000000" + "3a300000"
        + "00000000",
      "0100000000000000" + "ffffffff" + "3a300000" + "00000000",
      "0100000000000000" + "00000000" + "3a300000" + "01000100",
      "ffffffffffffffff", "01", "",
    ])
  func lies(_ text: String) throws {
    let bytes = try #require(Hexadecimal.bytes(of: text))
    let error = #expect(throws: IcebergError.self) { _ = try DeletionVector(bytes.rawBytes) }
    #expect(error?.code == .corrupted)
  }

  @Test("a Puffin file keeps its blobs and where they lie")
  func puffin() throws {
    var writer = PuffinWriter(properties: ["created-by": "tests"])
    var vector = DeletionVector()
    vector.insert(3..<9)
    let first = try writer.add(vector, referencing: "s3://b/1.parquet")
    let content = [UInt8](repeating: 7, count: 10_000)
    for codec in [PuffinBlob.Codec.lz4, .zstd] {
      try writer.add(
        PuffinBlob(type: PuffinBlob.thetaSketchType, fields: [1], codec: codec),
        content: content.rawBytes)
    }
    let written = writer.finish()
    let footerByteCount = written.footerByteCount
    let bytes = written.bytes.bytes.array
    #expect(try PuffinFooter.byteCount(ofTrailer: bytes.rawBytes) == footerByteCount)
    let footer = try PuffinFooter(endOf: bytes.rawBytes, fileByteCount: Int64(bytes.count))
    #expect(footer.properties == ["created-by": "tests"])
    #expect(footer.blobs[0] == first)
    #expect(first.properties == ["cardinality": "6", "referenced-data-file": "s3://b/1.parquet"])
    for blob in footer.blobs {
      let stored = bytes.rawBytes.extracting(Int(blob.offset)..<Int(blob.offset + blob.length))
      let read = try blob.content(of: stored)
      if blob.type == DeletionVector.blobType {
        let count = try DeletionVector(blob: read.bytes).count
        #expect(count == 6)
      } else {
        #expect(read.bytes.array == content)
        #expect(throws: IcebergError.self) { _ = try blob.content(of: stored, byteCountMax: 9999) }
      }
    }
    // The last part of the file is enough.
    let tail = Array(bytes.suffix(footerByteCount))
    #expect(try PuffinFooter(endOf: tail.rawBytes, fileByteCount: Int64(bytes.count)) == footer)
    for cut in [0, 11, footerByteCount - 1] {
      let short = Array(bytes.suffix(cut))
      #expect(throws: IcebergError.self) {
        _ = try PuffinFooter(endOf: short.rawBytes, fileByteCount: Int64(bytes.count))
      }
    }
  }
}
