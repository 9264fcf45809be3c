import Hosting
import ObjectAdmin
import ObjectBlobs
import ObjectModel
import ObjectRemote
import ObjectUpkeep

/// Reads the copies of blobs one by one: the disks of this node, and other nodes.
struct BlobCopies: Sendable {
  private let host: ServiceHost
  private let roles: ObjectRoles

  init(_ host: ServiceHost, _ roles: ObjectRoles) {
    self.host = host
    self.roles = roles
  }

  func read(_ blobs: [BlobReference]) async throws -> [BlobCopyReport] {
    guard let all = self.roles.anyBlobs(self.host) else {
      throw BlobError(.unreachable, "the stores cannot be reached from this node")
    }
    var reports: [BlobCopyReport] = []
    for blob in blobs {
      reports += try await self.read(blob)
      guard blob.isPartTable,
        case .blobs(let parts) = await PartTable.read(blob, all, BlobCall(priority: .scrub))
      else { continue }
      for part in parts { reports += try await self.read(part) }
    }
    return reports
  }

  private func read(_ blob: BlobReference) async throws -> [BlobCopyReport] {
    let peers = try await self.roles.peers(of: blob.volume, self.host)
    guard !peers.isEmpty else {
      var report = BlobCopyReport(blob: blob, disk: "")
      report.failure = "\(blob.volume) is nowhere"
      return [report]
    }
    let buffer = BlockBuffer(byteCount: blob.blockByteCount)
    var reports: [BlobCopyReport] = []
    for peer in peers {
      try Task.checkCancellation()
      reports.append(await self.read(blob, peer, buffer))
    }
    return reports
  }

  private func read(
    _ blob: BlobReference, _ peer: VolumeRepair.Peer, _ buffer: BlockBuffer
  ) async -> BlobCopyReport {
    var report = BlobCopyReport(blob: blob, disk: peer.name)
    let call = BlobCall(priority: .scrub)
    for number in 0..<blob.blockCount {
      let count = blob.contentByteCount(ofBlock: number)
      let address = BlockAddress(volume: blob.volume, blob: blob.id, number: number)
      let target = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<count])
      do throws(BlobError) {
        _ = try await peer.node.get(call, address, 0..<count, into: target)
      } catch {
        switch error.code {
        case .corrupted: report.damaged += 1
        case .notFound: report.missing += 1
        default:
          report.failure = error.message
          return report
        }
      }
    }
    return report
  }
}
