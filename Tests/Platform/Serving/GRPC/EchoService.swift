import GRPC
import GRPCServing
import Protobuf
import Runtime
import Synchronization

/// The handler that both sides' tests talk to.
final class EchoService: EchoHandler {
  let cancelled = Atomic<Int>(0)
  let running = Atomic<Int>(0)

  private func enter(_ request: EchoRequest, _ call: ServerCall) async throws(GRPCStatus) {
    for field in call.metadata.fields where field.name.hasPrefix("echo-") {
      call.responseMetadata.append(field)
    }
    for field in call.metadata.fields where field.name.hasPrefix("trail-") {
      call.trailingMetadata.append(field)
    }
    guard request.delayMilliseconds > 0 else { return }
    do {
      try await EventLoop.current?.sleep(for: .milliseconds(request.delayMilliseconds))
    } catch {
      self.cancelled.add(1, ordering: .relaxed)
      throw GRPCStatus(.cancelled, "cancelled while it slept")
    }
  }

  private func leave(_ request: EchoRequest) throws(GRPCStatus) {
    guard request.failCode != 0 else { return }
    var status = GRPCStatus(
      GRPCStatus.Code(rawValue: Int(request.failCode)), request.failMessage)
    if request.hasDetails { status.details = [ProtoAny(ProtoDuration { $0.seconds = 7 })] }
    status.metadata.append("reason", "asked")
    throw status
  }

  private func response(_ payload: [UInt8], _ number: Int32) -> EchoResponse {
    EchoResponse {
      $0.payload = payload
      $0.number = number
      $0.cancelled = Int32(self.cancelled.load(ordering: .relaxed))
    }
  }

  func unary(
    _ request: EchoRequest, _ call: ServerCall
  ) async throws(GRPCStatus) -> EchoResponse {
    try await self.enter(request, call)
    try self.leave(request)
    return self.response(request.payload, 0)
  }

  func expand(
    _ request: EchoRequest, _ responses: ResponseStream<EchoResponse>, _ call: ServerCall
  ) async throws(GRPCStatus) {
    try await self.enter(request, call)
    do {
      for number in 0..<request.count {
        try await responses.send(self.response(request.payload, number))
      }
    } catch {
      self.cancelled.add(1, ordering: .relaxed)
      throw error
    }
    try self.leave(request)
  }

  func collect(
    _ requests: RequestStream<EchoRequest>, _ call: ServerCall
  ) async throws(GRPCStatus) -> EchoResponse {
    var payload: [UInt8] = []
    var count: Int32 = 0
    while let request = try await requests.next() {
      if count == 0 { try await self.enter(request, call) }
      payload += request.payload
      count += 1
      try self.leave(request)
    }
    return self.response(payload, count)
  }

  func chat(
    _ requests: RequestStream<EchoRequest>, _ responses: ResponseStream<EchoResponse>,
    _ call: ServerCall
  ) async throws(GRPCStatus) {
    var number: Int32 = 0
    do {
      while let request = try await requests.next() {
        try await self.enter(request, call)
        try await responses.send(self.response(request.payload, number))
        number += 1
        try self.leave(request)
      }
    } catch  where error.code == .cancelled {
      self.cancelled.add(1, ordering: .relaxed)
      throw error
    }
  }
}
