import GRPC
import GRPCServing
import Protobuf
import SeriesIngest
import SeriesSchema
import SeriesWire

/// The three streams of writes. Refusals are told at once, the rest once it is durable; whatever ends the
/// call, what was taken before is handed over.
extension SeriesFront {
  private func admit() throws(GRPCStatus) {
    guard self.protector?.admitsStream() ?? true else {
      throw GRPCStatus(.resourceExhausted, MemoryProtector.words)
    }
  }

  func streamWrites(_ path: String) -> MethodHandler {
    let method = GRPCMethod<StreamWire.WriteRequest, StreamWire.WriteResponse>(
      path, .bidirectional)
    return .bidirectional(method) { (requests, responses, call) throws(GRPCStatus) in
      try self.admit()
      var watch = WriteWatch(call, self.calls)
      var session = WriteSession(.stream, in: self.writes)
      var fault: GRPCStatus?
      do throws(GRPCStatus) {
        while let request = try await requests.next() {
          try watch.take(request.metadata)
          let told = try await self.taking { () async throws(SeriesFault) in
            try await session.take(request)
          }
          if let told {
            watch.answer(told)
            try await responses.send(Self.streamAnswer(told))
          }
          guard session.isDue else { continue }
          for receipt in await session.handOver() {
            watch.answer(receipt)
            try await responses.send(Self.streamAnswer(receipt))
          }
        }
      } catch {
        fault = error
      }
      for receipt in await session.handOver() where fault == nil || fault?.code != .cancelled {
        watch.answer(receipt)
        try await responses.send(Self.streamAnswer(receipt))
      }
      watch.flush()
      if let fault { throw fault }
    }
  }

  func measureWrites(_ path: String) -> MethodHandler {
    let method = GRPCMethod<MeasureWire.WriteRequest, MeasureWire.WriteResponse>(
      path, .bidirectional)
    return .bidirectional(method) { (requests, responses, call) throws(GRPCStatus) in
      try self.admit()
      var watch = WriteWatch(call, self.calls)
      var session = WriteSession(.measure, in: self.writes)
      var fault: GRPCStatus?
      do throws(GRPCStatus) {
        while let request = try await requests.next() {
          try watch.take(request.metadata)
          let told = try await self.taking { () async throws(SeriesFault) in
            try await session.take(request)
          }
          if let told {
            watch.answer(told)
            try await responses.send(Self.measureAnswer(told))
          }
          guard session.isDue else { continue }
          for receipt in await session.handOver() {
            watch.answer(receipt)
            try await responses.send(Self.measureAnswer(receipt))
          }
        }
      } catch {
        fault = error
      }
      for receipt in await session.handOver() where fault == nil || fault?.code != .cancelled {
        watch.answer(receipt)
        try await responses.send(Self.measureAnswer(receipt))
      }
      watch.flush()
      if let fault { throw fault }
    }
  }

  func traceWrites(_ path: String) -> MethodHandler {
    let method = GRPCMethod<TraceWire.WriteRequest, TraceWire.WriteResponse>(
      path, .bidirectional)
    return .bidirectional(method) { (requests, responses, call) throws(GRPCStatus) in
      try self.admit()
      var watch = WriteWatch(call, self.calls)
      var session = WriteSession(.trace, in: self.writes)
      var fault: GRPCStatus?
      do throws(GRPCStatus) {
        while let request = try await requests.next() {
          try watch.take(request.metadata)
          let told = try await self.taking { () async throws(SeriesFault) in
            try await session.take(request)
          }
          if let told {
            watch.answer(told)
            try await responses.send(Self.traceAnswer(told))
          }
          guard session.isDue else { continue }
          for receipt in await session.handOver() {
            watch.answer(receipt)
            try await responses.send(Self.traceAnswer(receipt))
          }
        }
      } catch {
        fault = error
      }
      for receipt in await session.handOver() where fault == nil || fault?.code != .cancelled {
        watch.answer(receipt)
        try await responses.send(Self.traceAnswer(receipt))
      }
      watch.flush()
      if let fault { throw fault }
    }
  }

  private func taking(
    _ body: () async throws(SeriesFault) -> WriteReceipt?
  ) async throws(GRPCStatus) -> WriteReceipt? {
    do throws(SeriesFault) {
      return try await body()
    } catch {
      throw GRPCStatus(error)
    }
  }

  private static func streamAnswer(_ receipt: WriteReceipt) -> StreamWire.WriteResponse {
    StreamWire.WriteResponse {
      $0.messageID = receipt.id
      $0.status = receipt.status.name ?? ""
      $0.metadata = receipt.metadata
    }
  }

  private static func measureAnswer(_ receipt: WriteReceipt) -> MeasureWire.WriteResponse {
    MeasureWire.WriteResponse {
      $0.messageID = receipt.id
      $0.status = receipt.status.name ?? ""
      $0.metadata = receipt.metadata
    }
  }

  private static func traceAnswer(_ receipt: WriteReceipt) -> TraceWire.WriteResponse {
    TraceWire.WriteResponse {
      $0.version = receipt.id
      $0.status = receipt.status.name ?? ""
      $0.metadata = receipt.metadata
    }
  }
}
