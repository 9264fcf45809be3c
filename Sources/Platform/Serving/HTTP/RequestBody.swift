internal import Bytes
internal import HTTP

/// How much of a request's body has been read.
struct RequestBody: ~Copyable {
  enum Phase: Equatable {
    /// Nothing is left, or there was nothing.
    case done
    case length(Int64)
    case chunked
  }

  var phase = Phase.done
  /// 100 Continue is still to be sent.
  var owesContinue = false
  /// Of the route.
  var bytesMax = Int64.max
  var received: Int64 = 0
  /// Nanoseconds that we have waited for the client.
  var waited: UInt64 = 0
  var decoder: ChunkedDecoder?
  var trailers = ByteWriter(capacity: 0)

  mutating func begin(_ framing: RequestFraming, owesContinue: Bool, limits: MessageLimits) {
    self.owesContinue = owesContinue
    self.bytesMax = .max
    self.received = 0
    self.waited = 0
    self.decoder = nil
    switch framing {
    case .none, .length(0): self.phase = .done
    case .length(let count): self.phase = .length(count)
    case .chunked:
      self.phase = .chunked
      self.decoder = ChunkedDecoder(limits: limits)
    }
  }
}
