private import Bytes
private import JSON
internal import Values

/// Writes down every request, one JSON object a line. Where lines go is said by whoever makes it.
package struct AccessLog: Sendable {
  /// Takes lines for a file; must not block.
  package typealias Sink = @Sendable ([UInt8]) -> Void

  private static let agentByteCountMax = 256

  private let sink: Sink

  package init(_ sink: @escaping Sink) { self.sink = sink }

  func note(_ request: borrowing ObservedRequest, at moment: WallTime) {
    self.sink(Self.line(request, at: moment))
  }

  /// What a trace shows, and who asked. Neither signatures nor other parts of the query.
  static func line(_ request: borrowing ObservedRequest, at moment: WallTime) -> [UInt8] {
    func milliseconds(_ nanoseconds: UInt64) -> Double {
      Double(nanoseconds / 1000) / 1000
    }
    var writer = JSONWriter(appendingTo: ByteWriter(capacity: 512))
    writer.object { json in
      json.member("at", "\(Timestamp(moment))")
      json.member("op", request.operation.rawValue)
      json.member("bucket", request.bucket)
      json.member("key", ifPresent: request.key)
      json.member("status", Int(request.status))
      json.member("error", ifPresent: request.error)
      json.member("total_ms", milliseconds(request.totalNanoseconds))
      json.member("first_byte_ms", milliseconds(request.firstByteNanoseconds))
      json.member("received_bytes", request.received)
      json.member("sent_bytes", request.sent)
      json.member("client", request.client)
      json.member("key_id", ifPresent: request.accessKey)
      json.member("request_id", request.requestID)
      json.member(
        "agent",
        ifPresent: request.agent.map {
          String(decoding: $0.utf8.prefix(Self.agentByteCountMax), as: UTF8.self)
        })
    }
    var text = writer.finish()
    text.append(UInt8(ascii: "\n"))
    return text.bytes.array
  }
}
