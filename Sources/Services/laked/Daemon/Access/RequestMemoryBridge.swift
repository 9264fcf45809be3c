import Admin
import AdminServing
private import Bytes
import Cluster
import Hosting

/// The cluster's memory of requests as the admin API asks for it: an answer is its status in two bytes and
/// its body.
struct RequestMemoryBridge: AdminRequestMemory {
  let memory: RequestMemory

  func begin(
    principal: String, requestID: String, fingerprint: [UInt8]
  ) async throws(AdminError) -> AdminMemory {
    let outcome = try await clusterWork {
      try await self.memory.begin(principal, requestID, fingerprint: fingerprint)
    }
    switch outcome {
    case .new(let ticket): return .isNew(ticket)
    case .inProgress: return .isUnderWay
    case .differs: return .differs
    case .answered(let bytes):
      var reader = ByteReader(bytes.rawBytes)
      guard let status = reader.littleEndian(UInt16.self), (200...599).contains(status) else {
        throw AdminError(.failed, "facts.damaged", "the first answer cannot be read")
      }
      return .answered(AdminRemembered(status: status, body: reader.rest.array))
    }
  }

  func end(_ ticket: any Sendable, answer: AdminRemembered?) async {
    guard let ticket = ticket as? RequestMemory.Ticket else {
      preconditionFailure("BUG: a ticket of another memory")
    }
    guard let answer, answer.body.count + 2 <= RequestMemory.answerByteCountMax else {
      // What cannot be forgotten now is forgotten with its time.
      try? await self.memory.abandon(ticket)
      return
    }
    var bytes = ByteWriter(capacity: answer.body.count + 2)
    bytes.append(littleEndian: answer.status)
    bytes.append(answer.body)
    do {
      try await self.memory.finish(ticket, answer: bytes.bytes.array)
    } catch {
      // What was refused may be asked again; what was done must not be.
      if answer.status >= 300 { try? await self.memory.abandon(ticket) }
    }
  }
}
