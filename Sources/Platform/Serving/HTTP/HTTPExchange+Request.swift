private import Bytes
public import HTTP
public import Observability
public import Runtime

extension HTTPExchange {
  public var method: Method { self.parser.head.method }
  public var version: Version { self.parser.head.version }
  public var peer: SocketAddress { self.connection.peer }
  /// The session of TLS; nil on a plain connection.
  public var tls: TLSSession? { self.connection.tls }

  /// The bytes of the head.
  var headBytes: RawSpan {
    @_lifetime(borrow self) get {
      let span = RawSpan(_unsafeStart: self.headBase, byteCount: self.parser.head.byteCount)
      return _overrideLifetime(span, borrowing: self)
    }
  }

  @_lifetime(borrow self)
  func bytes(_ extent: Extent) -> RawSpan {
    let span = extent.bytes(in: self.headBytes)
    return _overrideLifetime(span, borrowing: self)
  }

  /// The target as it came, for signatures.
  public var target: RawSpan {
    @_lifetime(borrow self) get { self.bytes(self.parser.head.target) }
  }

  /// The path, still percent-encoded.
  public var path: RawSpan {
    @_lifetime(borrow self) get { self.bytes(self.parser.head.path) }
  }

  /// What is behind the question mark, still encoded; empty when there is none.
  public var query: RawSpan {
    @_lifetime(borrow self) get { self.bytes(self.parser.head.query ?? .empty) }
  }

  /// The host that the request is for, with its port.
  public var authority: RawSpan {
    @_lifetime(borrow self) get { self.bytes(self.parser.head.authority) }
  }

  // MARK: Fields

  /// The first value of a field.
  @_lifetime(borrow self)
  public func field(_ name: FieldName) -> RawSpan? {
    guard let extent = self.parser.head.fields.extent(of: name) else { return nil }
    return self.bytes(extent)
  }

  /// The first value of a field that has no number; `name` in lower case.
  @_lifetime(borrow self)
  public func field(named name: StaticString) -> RawSpan? {
    let value = self.parser.head.fields.value(named: name, in: self.headBytes)
    return _overrideLifetime(value, borrowing: self)
  }

  /// The first value as text, with U+FFFD for what is not UTF-8.
  public func fieldText(_ name: FieldName) -> String? { self.field(name)?.lossyText }

  public var fieldCount: Int { self.parser.head.fields.count }

  /// Name and value of a field, by its position.
  public func withField<R>(at index: Int, _ body: (FieldName, RawSpan, RawSpan) throws -> R)
    rethrows
    -> R
  {
    let field = self.parser.head.fields[index]
    return try body(field.name, self.bytes(field.nameExtent), self.bytes(field.value))
  }

  /// Whether the conditions of the request hold for content that is known like this.
  public func evaluateConditions(against current: Validators?) -> Conditions.Outcome {
    Conditions(
      ifMatch: self.field(.ifMatch), ifNoneMatch: self.field(.ifNoneMatch),
      ifModifiedSince: self.field(.ifModifiedSince),
      ifUnmodifiedSince: self.field(.ifUnmodifiedSince)
    ).evaluate(self.method, against: current)
  }

  /// The ranges asked for, when If-Range lets them stand.
  public func ranges(size: Int64, _ current: Validators) -> RangeRequest {
    guard self.method == .get || self.method == .head,
      Conditions.allowsRange(ifRange: self.field(.ifRange), current)
    else { return .whole }
    return RangeRequest(self.field(.range), size: size)
  }

  /// Credentials; nil when there are none or they are not well formed.
  public var authorization: Authorization? {
    guard let field = self.field(.authorization) else { return nil }
    return Authorization(field)
  }

  // MARK: Parameters

  /// The raw bytes of a parameter of the route, by its position in the pattern.
  @_lifetime(borrow self)
  public func rawParameter(_ index: Int) -> RawSpan {
    let path = self.parser.head.path
    let part = self.match[index]
    return self.bytes(Extent(offset: path.offset + part.offset, count: part.count))
  }

  /// A parameter of the route as text, by its position in the pattern.
  ///
  /// - Precondition: the routes are in text mode; in raw mode a key need not be text.
  public func parameter(_ index: Int) -> String {
    guard let text = PercentCoding.text(self.rawParameter(index)) else {
      preconditionFailure("a parameter of a raw route is asked for as text")
    }
    return text
  }

  /// A parameter by its name in the pattern. Traps when the pattern has no such name.
  public func parameter(_ name: String) -> String {
    let names = self.worker.table.parameterNames[self.match.route]
    guard let index = names.firstIndex(of: name) else {
      preconditionFailure("the route has parameters \(names), not \(name)")
    }
    return self.parameter(index)
  }

  /// The decoded value of a query parameter; nil when there is none. Throws 400 when it is no text.
  public func queryText(_ name: StaticString) throws(HTTPError) -> String? {
    try QueryString.text(name, in: self.query)
  }

  public func hasQuery(_ name: StaticString) -> Bool {
    QueryString.first(name, in: self.query) != nil
  }

  // MARK: Identity

  /// What this request is called in logs and answers: the client's `x-request-id` when it is up to 128
  /// visible characters, else one of ours.
  public var requestIDText: String {
    self.withRequestID { $0.lossyText }
  }

  /// Where the work on this request belongs: a child of the client's `traceparent`, or the first of a
  /// new trace.
  public var trace: TraceContext {
    if let context = self.traceContext { return context }
    let context: TraceContext
    if let parent = self.parentTrace {
      context = parent.child(random: self.worker.identifiers.random())
    } else {
      context = TraceContext(
        random: (
          self.worker.identifiers.random(), self.worker.identifiers.random(),
          self.worker.identifiers.random()
        ), sampler: self.options.traceSampler)
    }
    self.traceContext = context
    return context
  }

  /// The trace for a log line: nobody's, unless it is known already.
  var loggedTrace: TraceContext? { self.traceContext ?? self.parentTrace }

  private var parentTrace: TraceContext? {
    guard let field = self.field(.traceparent) else { return nil }
    return TraceContext(parent: field)
  }

  func withRequestID<R>(_ body: (RawSpan) -> R) -> R {
    self.prepareRequestID()
    if let given = self.givenRequestID { return body(self.bytes(given)) }
    return body(self.requestID.span.bytes)
  }

  func prepareRequestID() {
    guard !self.hasRequestID else { return }
    self.hasRequestID = true
    self.givenRequestID = nil
    if let extent = self.parser.head.fields.extent(of: .xRequestId), extent.count > 0,
      extent.count <= 128, self.isVisible(extent)
    {
      self.givenRequestID = extent
    } else {
      self.requestID = self.worker.identifiers.next(millisecond: self.worker.milliseconds())
    }
  }

  private func isVisible(_ extent: Extent) -> Bool {
    let value = self.bytes(extent)
    for index in 0..<value.byteCount {
      let byte = value[byteAt: index]
      if byte < 0x21 || byte > 0x7E { return false }
    }
    return true
  }
}
