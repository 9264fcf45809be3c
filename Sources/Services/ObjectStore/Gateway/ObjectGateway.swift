import Bytes
import HTTP
package import HTTPServing
package import ObjectModel
package import Observability
package import Runtime
import S3
import Synchronization
import Values

/// S3 over HTTP: takes requests apart, believes them or not, moves their bytes to and from the blobs and
/// their names to and from the namespace. Keeps nothing that matters after a crash.
///
/// ```swift
/// let gateway = ObjectGateway(
///   options, namespace: namespace, blobs: blobs, control: control, identity: identity,
///   time: loops[0], metrics: registry)
/// let server = gateway.server(loops: loops, metrics: registry)
/// let listener = try await server.start(group, at: .ip("127.0.0.1", port: 9000))
/// ```
package final class ObjectGateway: Sendable {
  package let options: GatewayOptions
  let namespace: any Namespace
  let blobs: any Blobs
  let control: any Control
  let identity: any ObjectIdentity
  let time: any TimeSource
  let metrics: GatewayMetrics
  /// What an operator sees of the requests.
  package let tap: RequestTap
  let signingKeys = SigningKeys()
  let ruleCache: RuleCache
  let pool: BlockPool
  /// Nil: nothing is sealed, and what asks for it is refused.
  let sealer: ObjectSealer?
  /// What the garbage collector asks.
  package let reads = RunningReads()
  private let logger: Logger?
  private let requestNumber: Atomic<UInt64>

  package init(
    _ options: GatewayOptions, namespace: any Namespace, blobs: any Blobs, control: any Control,
    identity: any ObjectIdentity, time: any TimeSource, metrics registry: MetricRegistry,
    logger: Logger? = nil, tap: RequestTap? = nil, sealer: ObjectSealer? = nil
  ) {
    precondition(
      blobs.blockByteCount.nonzeroBitCount == 1, "blocks of \(blobs.blockByteCount) bytes")
    self.options = options
    self.namespace = namespace
    self.blobs = blobs
    self.control = control
    self.identity = identity
    self.time = time
    self.metrics = GatewayMetrics(registry)
    self.tap = tap ?? RequestTap(registry, time: time)
    self.ruleCache = RuleCache(options: options)
    self.pool = BlockPool(
      blockByteCount: blobs.blockByteCount, memoryMax: options.bodyMemoryMax)
    self.sealer = sealer
    self.logger = logger
    self.requestNumber = Atomic(UInt64.random(in: 0 ... .max))
  }

  /// A server that answers with this gateway; its listeners are started by the caller.
  package func server(
    loops: [EventLoop], metrics registry: MetricRegistry,
    _ change: (inout HTTPServerOptions) -> Void = { _ in }
  ) -> HTTPServer {
    var options = HTTPServerOptions { options in
      options.name = "s3"
      options.limits.startLineBytes = 16 << 10
      options.limits.headerBytes = 32 << 10
      options.limits.headerCount = 128
      options.limits.chunkLineBytes = 1024
      // An upload's own limit is checked by its operation; chunks add to what goes over the wire.
      options.limits.bodyBytes = 6 << 30
      options.ignoresUnknownExpectations = true
      options.sendsRequestID = false
      options.serverField = "lakeworks"
    }
    options.errorAnswer = { [weak self] exchange, error in self?.answer(error, exchange) }
    options.failureLog = { [weak self] failure in
      self?.logger?.error(
        "request failed", ["target": "\(failure.target)", "error": "\(failure.error)"])
    }
    change(&options)
    var routes = HTTPRoutes(.raw)
    routes.fallback = self.serve
    return HTTPServer(routes, options, loops: loops, metrics: registry)
  }

  /// Blocks of bodies that are in memory now.
  package var blocksInUse: Int { self.pool.inUseCount }

  // MARK: One request

  func nextRequestNumber() -> UInt64 {
    let number = self.requestNumber.wrappingAdd(
      0x9E37_79B9_7F4A_7C15, ordering: .relaxed
    ).newValue
    var mixed = number
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    return mixed ^ (mixed >> 31)
  }

  /// 16 upper-case hexadecimal digits.
  static func text(requestNumber: UInt64) -> String {
    var text = ByteWriter(capacity: 16)
    for shift in stride(from: 60, through: 0, by: -4) {
      let nibble = UInt8(truncatingIfNeeded: requestNumber >> UInt64(shift)) & 15
      text.append(nibble < 10 ? 0x30 + nibble : 0x37 + nibble)
    }
    return text.bytes.lossyText
  }

  private func serve(_ exchange: HTTPExchange) async throws {
    let number = self.nextRequestNumber()
    let id = Self.text(requestNumber: number)
    let request: S3Request
    do throws(S3Error) {
      let host = exchange.authority.lossyText
      let target = try S3Target(
        path: exchange.path, query: exchange.query,
        virtualBucket: VirtualHost.bucket(host: host, domains: self.options.domains))
      let operation = try Operation(
        exchange.method, target, isCopy: exchange.field(.xAmzCopySource) != nil)
      request = S3Request(
        exchange, target: target, operation: operation, requestID: id, trace: number)
    } catch {
      self.answer(error, exchange, id: id)
      return
    }
    let place = request.operation.place
    self.metrics.record(place)
    defer { self.tap.note(request, place) }
    do {
      try await self.perform(request)
    } catch let error as S3Error {
      guard !request.hasBegun else { throw request.cutOff(error) }
      self.metrics.record(error: error.code.text)
      request.respond(error, hostID: self.options.hostID)
    } catch let error as HTTPError {
      guard !request.hasBegun else { throw request.cutOff(error) }
      request.respond(PayloadReader.refusal(error), hostID: self.options.hostID)
    } catch {
      throw request.cutOff(error)
    }
  }

  private func perform(_ request: S3Request) async throws {
    if request.operation == .preflight { return try await self.preflight(request) }
    if request.operation == .postObject, request.isFormUpload {
      return try await self.postObject(request)
    }
    request.caller = try await self.authenticate(request)
    if request.operation == .listBuckets { return try await self.listBuckets(request) }
    if request.operation == .createBucket { return try await self.createBucket(request) }
    try await self.findBucket(request)
    try await self.dispatch(request)
  }

  /// Looks the bucket up and checks who is expected to own it.
  func findBucket(_ request: S3Request) async throws(S3Error) {
    let bucket = try await self.bucket(request.target.bucket)
    let rules = self.ruleCache.rules(bucket)
    request.found(bucket, rules)
    if let origin = request.header(.origin), let cors = rules.cors,
      let grant = cors.grant(
        origin: origin,
        method: request.header("access-control-request-method")
          ?? "\(request.exchange.method.text)")
    {
      request.fields = grant.fields
    }
    if let expected = request.header("x-amz-expected-bucket-owner"), expected != bucket.owner {
      throw Self.denied
    }
    if let key = request.target.key, key.count > ObjectKey.byteCountMax {
      throw S3Error(
        .keyTooLong, "Your key is too long",
        details: [.init("Size", "\(key.count)"), .init("MaxSizeAllowed", "1024")])
    }
  }

  func bucket(_ name: String) async throws(S3Error) -> BucketRecord {
    let found: BucketRecord?
    do throws(ControlError) {
      found = try await self.control.bucket(name)
    } catch {
      throw Self.refusal(error, bucket: name)
    }
    guard let found else { throw Self.noSuchBucket(name) }
    return found
  }

  // MARK: Errors outside an operation

  /// What the server refuses before a handler sees it.
  private func answer(_ error: HTTPError, _ exchange: HTTPExchange) {
    let code: S3ErrorCode
    switch error.status.code {
    case 400 where error.code == .badTarget: code = .invalidURI
    case 408: code = .requestTimeout
    case 413: code = .entityTooLarge
    case 414: code = .invalidURI
    case 431: code = .requestHeaderSectionTooLarge
    case 503: code = .slowDown
    case 500: code = .internalError
    case 501: code = .notImplemented
    default: code = S3ErrorCode("BadRequest", error.status.code)
    }
    self.answer(
      S3Error(code, error.message), exchange,
      id: Self.text(requestNumber: self.nextRequestNumber()))
  }

  private func answer(_ error: S3Error, _ exchange: HTTPExchange, id: String) {
    self.metrics.record(error: error.code.text)
    exchange.begin(Status(error.code.status))
    exchange.field(.xAmzRequestId, id)
    exchange.field(.xAmzId2, id)
    for field in error.fields { exchange.field(named: field.name, field.value) }
    if error.code.status == 503 { exchange.field(.retryAfter, "1" as StaticString) }
    exchange.field(.contentType, "application/xml" as StaticString)
    var text = ByteWriter(capacity: 512)
    error.append(
      resource: "", requestID: id, hostID: self.options.hostID, to: &text)
    exchange.end(text.bytes)
  }
}
