private import Observability
import Bytes
import Crypto
import ObjectModel
import S3

/// The parts of multipart objects: in the record when they are few, else a blob of their own.
extension ObjectGateway {
  static let partsInRecordMax = 64

  /// The parts of an object; empty when it was put in one piece.
  func parts(_ request: S3Request, _ record: ObjectRecord) async throws(S3Error) -> [ObjectPart] {
    guard record.isMultipart else { return [] }
    guard record.flags.contains(.partTableBlob), let blob = record.blob else { return record.parts }
    var parts: [ObjectPart] = []
    let reader = ContentReader(
      self, request.blobCall, ContentLayout(blob: blob), 0..<blob.byteCount)
    do {
      var bytes = [UInt8]()
      bytes.reserveCapacity(Int(blob.byteCount))
      let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: 64 << 10, alignment: 16)
      defer { piece.deallocate() }
      while true {
        let count = try await reader.read(into: piece)
        guard count > 0 else { break }
        bytes += piece[..<count]
      }
      for start in stride(
        from: 0, to: bytes.count - ObjectPart.byteCount + 1, by: ObjectPart.byteCount)
      {
        let entry = bytes.rawBytes.extracting(start..<start + ObjectPart.byteCount)
        guard let part = ObjectPart(decoding: entry) else { break }
        parts.append(part)
      }
    } catch let error as S3Error {
      throw error
    } catch {
      throw S3Error(.internalError, "We encountered an internal error. Please try again.")
    }
    guard parts.count == Int(record.entityTag.partCount) else {
      self.metrics.corruptReads.add()
      throw S3Error(.internalError, "We encountered an internal error. Please try again.")
    }
    return parts
  }

  /// Puts the parts where they belong.
  func setParts(
    _ request: S3Request, _ parts: [ObjectPart], of record: inout ObjectRecord
  ) async throws {
    guard parts.count > Self.partsInRecordMax else {
      record.parts = parts
      return
    }
    var bytes = ByteWriter(capacity: parts.count * ObjectPart.byteCount)
    for part in parts { part.append(to: &bytes) }
    let all = bytes.bytes.array
    let writer = ContentWriter(
      self, request.blobCall,
      BlobPlacement(
        byteCount: Int64(all.count), storageClass: 0, placement: request.bucket.placement),
      checksum: nil, sizeMax: .max)
    let stored = try await writer.store(
      InlineSource(all, 0..<Int64(all.count)), mayInline: false)
    record.flags.insert(.partTableBlob)
    record.blob = stored.blob
    record.blob?.isPartTable = true
  }
}
