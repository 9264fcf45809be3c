public import HTTP
private import Runtime
private import Values

/// An answer whose content comes in pieces. Not read, its server waits: at most
/// `HTTPClientOptions.bufferBytesMax` of it are kept.
public final class HTTPClientStream: Sendable {
  private let transfer: Transfer
  public let status: Status
  public let fields: [(name: String, value: String)]

  init(_ transfer: Transfer) {
    self.transfer = transfer
    let (code, fields) = transfer.state.withLock { ($0.status, $0.fields) }
    self.status = Status(Swift.min(Swift.max(code, 100), 999))
    self.fields = fields
  }

  /// The first value of a field, whatever the case of its name.
  public func field(_ name: String) -> String? { self.fields.value(of: name) }

  /// The next piece of the content; nil at its end. One task reads.
  public func next() async throws(HTTPClientError) -> [UInt8]? {
    try await self.transfer.takeContent()
  }

  /// All content, at most `limit` bytes.
  public func collect(limit: Int) async throws(HTTPClientError) -> [UInt8] {
    var collected: [UInt8] = []
    if let length = self.field("content-length").flatMap({ Int($0) }), length <= limit,
      self.transfer.request.method != .head
    {
      collected.reserveCapacity(length)
    }
    while let piece = try await self.next() {
      guard collected.count + piece.count <= limit else {
        throw HTTPClientError(
          .answerTooLarge, "the answer has more than \(limit) bytes", mayHaveArrived: true)
      }
      if collected.isEmpty, collected.capacity < piece.count {
        collected = piece
      } else {
        collected += piece
      }
    }
    return collected
  }
}

extension Transfer {
  /// Whether the request may be sent again after this failure.
  func mayRepeat(after error: HTTPClientError) -> Bool {
    let hasBegun = self.state.withLock { $0.hasUploadBegun }
    guard self.request.content.canBeRepeated || !hasBegun else { return false }
    switch error.code {
    case .cannotConnect: return true
    case .disconnected: return self.request.isIdempotent
    default: return false  // time is up, or it would fail again in the same way
    }
  }

  /// Whether the answer asks for the same request once more.
  func saysLater(_ stream: HTTPClientStream) -> Bool {
    guard self.request.content.canBeRepeated else { return false }
    switch stream.status.code {
    case 429, 503: return true
    case 502, 504: return self.request.isIdempotent
    default: return false
    }
  }

  var isOver: Bool { self.state.withLock { $0.isOver } }
}
