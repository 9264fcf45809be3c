import HTTP
import HTTPServing
import ObjectModel
import Runtime
import S3
import Values

/// A request that has ended, in words: made only of those that somebody looks at.
struct ObservedRequest {
  var operation: Operation
  var bucket: String
  var key: String?
  var status: UInt16
  var totalNanoseconds: UInt64
  var firstByteNanoseconds: UInt64
  var received: Int64
  var sent: Int64
  var client: String
  var accessKey: String?
  var requestID: String
  var error: String?
  /// The program, as it calls itself.
  var agent: String?

  var byteCount: UInt64 { UInt64(clamping: self.received) + UInt64(clamping: self.sent) }

  init(_ request: S3Request, _ times: RequestTimes) {
    self.operation = request.operation
    self.bucket = request.target.bucket
    self.key = request.target.key.map { ObjectKey($0).text }
    self.status = request.status
    self.totalNanoseconds = times.total
    self.firstByteNanoseconds = times.firstByte
    self.received = request.exchange.contentReceived
    self.sent = request.exchange.contentSent
    switch request.exchange.peer {
    case .ip(let host, _): self.client = host
    case .unix: self.client = "local"
    }
    self.accessKey = request.caller.key?.id
    self.requestID = request.requestID
    self.error = request.errorCode
    self.agent = request.header(.userAgent)
  }

  init(_ line: TraceLine) {
    // What a line holds was an operation when it was written.
    self.operation = Operation(rawValue: line.operation) ?? .getObject
    self.bucket = line.bucket
    self.key = line.key
    self.status = line.status
    self.totalNanoseconds = line.totalNanoseconds
    self.firstByteNanoseconds = line.firstByteNanoseconds
    self.received = line.received
    self.sent = line.sent
    self.client = line.client
    self.accessKey = line.accessKey
    self.requestID = line.requestID
    self.error = line.error
  }
}

/// Since the head of the request was whole, in nanoseconds.
struct RequestTimes {
  var total: UInt64
  var firstByte: UInt64
}
