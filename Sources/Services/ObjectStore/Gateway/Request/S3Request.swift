import Bytes
import HTTP
import HTTPServing
import ObjectModel
import Runtime
import S3
import Values

/// One request on its way through the gateway. Belongs to its exchange, and ends with it.
final class S3Request {
  let exchange: HTTPExchange
  let target: S3Target
  let operation: Operation
  let requestID: String
  let trace: UInt64
  /// Set by authentication.
  var caller = Caller.anonymous
  /// Set once the bucket was found.
  private(set) var record: BucketRecord?
  var rules: BucketRules?
  /// An answer was begun: errors cannot be told any more.
  private(set) var hasBegun = false
  /// Of the answer; 0: there is none, or it was cut off.
  private(set) var status: UInt16 = 0
  /// From the head of the request to the begin of its answer.
  private(set) var firstByteNanoseconds: UInt64?
  private(set) var errorCode: String?
  /// Fields that every answer to this request carries: those of CORS.
  var fields: [S3Error.Detail] = []

  init(
    _ exchange: HTTPExchange, target: S3Target, operation: Operation, requestID: String,
    trace: UInt64
  ) {
    self.exchange = exchange
    self.target = target
    self.operation = operation
    self.requestID = requestID
    self.trace = trace
  }

  func found(_ bucket: BucketRecord, _ rules: BucketRules) {
    self.record = bucket
    self.rules = rules
  }

  /// - Precondition: the bucket was found.
  var bucket: BucketRecord {
    guard let record = self.record else { preconditionFailure("BUG: no bucket was looked up") }
    return record
  }

  /// - Precondition: the request is for an object.
  var key: ObjectKey {
    guard let key = self.target.key else { preconditionFailure("BUG: the request has no key") }
    return ObjectKey(key)
  }

  /// A browser's form.
  var isFormUpload: Bool {
    self.header(.contentType)?.lowercased().hasPrefix("multipart/form-data") ?? false
  }

  var hasKey: Bool { self.target.key != nil }

  /// A call to the bucket's namespace.
  var call: NamespaceCall { NamespaceCall(root: self.bucket.root, trace: self.trace) }

  var blobCall: BlobCall { BlobCall(trace: self.trace) }

  // MARK: Fields of the request

  /// The first value of a field by its lower-case name, as text.
  func header(_ name: StaticString) -> String? {
    let exchange = self.exchange
    return exchange.field(named: name)?.lossyText
  }

  func header(_ name: FieldName) -> String? {
    let exchange = self.exchange
    return exchange.field(name)?.lossyText
  }

  func has(_ name: FieldName) -> Bool {
    let exchange = self.exchange
    return exchange.field(name) != nil
  }

  /// The path as it came.
  var pathText: String {
    let exchange = self.exchange
    return exchange.path.lossyText
  }

  var authorityText: String {
    let exchange = self.exchange
    return exchange.authority.lossyText
  }

  /// The same for a name that is known only now.
  func header(named name: String) -> String? {
    for index in 0..<self.exchange.fieldCount {
      let value = self.exchange.withField(at: index) { _, field, value -> String? in
        field.isEqual(ignoringCase: name) ? value.lossyText : nil
      }
      if let value { return value }
    }
    return nil
  }

  /// Calls `body` with every field whose lower-case name begins with `prefix`, without the prefix.
  func forEachHeader(prefix: String, _ body: (String, String) -> Void) {
    for index in 0..<self.exchange.fieldCount {
      self.exchange.withField(at: index) { _, field, value in
        guard field.byteCount > prefix.utf8.count,
          field.extracting(0..<prefix.utf8.count).isEqual(ignoringCase: prefix)
        else { return }
        body(
          field.extracting(prefix.utf8.count..<field.byteCount).lossyText.lowercased(),
          value.lossyText)
      }
    }
  }

  // MARK: The answer

  /// The status line and what every answer carries.
  func begin(_ status: UInt16) {
    self.hasBegun = true
    self.status = status
    self.firstByteNanoseconds = self.exchange.elapsedNanoseconds
    self.exchange.begin(Status(status))
    self.exchange.field(.xAmzRequestId, self.requestID)
    self.exchange.field(.xAmzId2, self.requestID)
    for field in self.fields { self.exchange.field(named: field.name, field.value) }
  }

  /// Notes that no whole answer went out, and why.
  func cutOff(_ error: any Error) -> any Error {
    self.status = 0
    self.errorCode = (error as? S3Error)?.code.text ?? "InternalError"
    return error
  }

  func field(_ name: String, _ value: String?) {
    if let value { self.exchange.field(named: name, value) }
  }

  func respond(_ status: UInt16) {
    self.begin(status)
    self.exchange.end()
  }

  func respond(_ status: UInt16 = 200, xml: [UInt8]) {
    self.begin(status)
    self.exchange.field(.contentType, "application/xml" as StaticString)
    self.exchange.end(xml.rawBytes)
  }

  func respond(_ error: S3Error, hostID: String) {
    self.errorCode = error.code.text
    self.begin(error.code.status)
    for field in error.fields { self.exchange.field(named: field.name, field.value) }
    guard error.code != .notModified else { return self.exchange.end() }
    if error.code.status == 503 { self.exchange.field(.retryAfter, "1" as StaticString) }
    self.exchange.field(.contentType, "application/xml" as StaticString)
    var text = ByteWriter(capacity: 512)
    error.append(
      resource: self.pathText, requestID: self.requestID, hostID: hostID, to: &text)
    self.exchange.end(text.bytes)
  }
}

extension RawSpan {
  /// - Parameter name: lower-case.
  func isEqual(ignoringCase name: String) -> Bool {
    guard self.byteCount == name.utf8.count else { return false }
    for (index, byte) in name.utf8.enumerated() {
      let ours = self.unsafeLoad(fromUncheckedByteOffset: index, as: UInt8.self)
      guard ours == byte || (0x41...0x5A ~= ours && ours | 0x20 == byte) else { return false }
    }
    return true
  }
}
