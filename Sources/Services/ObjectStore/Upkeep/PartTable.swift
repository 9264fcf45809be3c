private import Bytes
package import ObjectModel

/// The blobs that a table of parts names: `ObjectPart` entries, one behind the other.
package enum PartTable {
  static let byteCountMax = Int64(ObjectPart.numberMax * ObjectPart.byteCount)

  package enum Reading: Sendable {
    case blobs([BlobReference])
    /// There is no such blob.
    case gone
    case unreadable(BlobError)
  }

  package static func read(
    _ table: BlobReference, _ blobs: any Blobs, _ call: BlobCall
  ) async -> Reading {
    guard table.byteCount <= self.byteCountMax else {
      return .unreadable(BlobError(.corrupted, "a table of parts of \(table.byteCount) bytes"))
    }
    let block = BlockBuffer(byteCount: table.blockByteCount)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Int(table.byteCount))
    for number in 0..<table.blockCount {
      let count = table.contentByteCount(ofBlock: number)
      let address = BlockAddress(volume: table.volume, blob: table.id, number: number)
      do throws(BlobError) {
        _ = try await blobs.get(call, address, 0..<count, into: block.bytes)
      } catch {
        return error.code == .notFound ? .gone : .unreadable(error)
      }
      bytes += block.bytes[..<count]
    }
    var found: [BlobReference] = []
    for start in stride(from: 0, to: bytes.count, by: ObjectPart.byteCount) {
      let end = start + ObjectPart.byteCount
      guard end <= bytes.count,
        let part = ObjectPart(decoding: bytes.rawBytes.extracting(start..<end))
      else {
        return .unreadable(
          BlobError(.corrupted, "entry \(found.count) of a part table is none"))
      }
      if let blob = part.blob { found.append(blob) }
    }
    return .blobs(found)
  }
}
