public import Bytes
public import HTTP
internal import Runtime
internal import Values

/// Writing the answer. The order is begin, fields, then one of the ends; anything else traps, because it
/// is a mistake in our source.
extension HTTPExchange {
  /// The status line and the fields that every answer has.
  public func begin(_ status: Status) {
    precondition(self.phase == .none, "an answer is begun twice")
    precondition(!status.isInformational, "\(status.code) is no final status")
    self.phase = .fields
    self.status = status
    // Once: every look at what is not held counts a reference.
    let connection = self.connection
    self.responseStart = connection.output.count
    let seconds = self.worker.milliseconds() / 1000
    self.worker.encoder.begin(status, seconds: seconds, to: &connection.output)
    if self.worker.plan.sendsRequestID {
      self.withRequestID { connection.output.append(field: .xRequestId, $0) }
    }
  }

  public func field(_ name: FieldName, _ value: String) {
    self.checkFields()
    self.connection.output.append(field: name, value)
  }

  public func field(_ name: FieldName, _ value: StaticString) {
    self.checkFields()
    self.connection.output.append(field: name, value)
  }

  public func field(_ name: FieldName, bytes value: RawSpan) {
    self.checkFields()
    self.connection.output.append(field: name, value)
  }

  public func field(_ name: FieldName, date seconds: Int64) {
    self.checkFields()
    self.connection.output.append(field: name, date: seconds)
  }

  public func field(_ name: FieldName, decimal value: Int64) {
    self.checkFields()
    self.connection.output.append(field: name, decimal: value)
  }

  public func field(named name: String, _ value: String) {
    self.checkFields()
    self.connection.output.append(fieldNamed: name, value)
  }

  private func checkFields() {
    precondition(self.phase == .fields, "a field is written in phase \(self.phase)")
  }

  /// Ends the answer without content.
  public func end() {
    self.endHead(length: 0)
    self.phase = .done
  }

  /// Ends the answer with this content, which HEAD does not get.
  public func end(_ content: RawSpan) {
    self.endHead(length: Int64(content.byteCount))
    self.phase = .done
    guard self.sendsContent else { return }
    self.connection.output.append(content)
    self.bytesOut = Int64(content.byteCount)
  }

  public func end(_ content: StaticString) {
    self.end(
      UnsafeRawBufferPointer(start: content.utf8Start, count: content.utf8CodeUnitCount).bytes)
  }

  public func end(text: String) {
    var text = text
    text.withUTF8 { self.end(UnsafeRawBufferPointer($0).bytes) }
  }

  /// Ends the answer with what `write` appends: encoders write straight into the output.
  public func end<E: Error>(writing write: (inout ByteWriter) throws(E) -> Void) throws(E) {
    self.endHead(length: nil)
    let mark = self.connection.output.beginCountedContent()
    try write(&self.connection.output)
    let count = self.connection.output.endCountedContent(mark)
    if !self.status.allowsContent {
      self.connection.output.truncate(to: mark.head)
      self.connection.output.appendHeadEnd()
    } else if !self.sendsContent {
      self.connection.output.truncate(to: mark.content)
    } else {
      self.bytesOut = Int64(count)
    }
    self.phase = .done
  }

  /// Begin, Content-Type, content.
  public func respond(_ status: Status, _ type: StaticString, _ content: StaticString) {
    self.begin(status)
    self.field(.contentType, type)
    self.end(content)
  }

  public func respond(_ status: Status, _ type: StaticString, text: String) {
    self.begin(status)
    self.field(.contentType, type)
    self.end(text: text)
  }

  public func respond(_ status: Status, _ type: StaticString, bytes: RawSpan) {
    self.begin(status)
    self.field(.contentType, type)
    self.end(bytes)
  }

  /// An answer that is its status.
  public func respond(_ status: Status) {
    self.begin(status)
    self.end()
  }

  /// Whether content goes behind the head: not to HEAD, and not with 204 or 304.
  var sendsContent: Bool { self.method != .head && self.status.allowsContent }

  /// Decides about the connection and ends the head; nil: the caller writes the length.
  func endHead(length: Int64?) {
    precondition(self.phase == .fields, "an answer is ended in phase \(self.phase)")
    let connection = self.connection
    self.decideKeepAlive(connection)
    if !self.keepsAlive {
      connection.output.appendCloseField()
    } else if self.version == .http10 {
      connection.output.append(field: .connection, "keep-alive" as StaticString)
    }
    guard let length else { return }
    if self.status.allowsContent { connection.output.append(contentLength: length) }
    connection.output.appendHeadEnd()
  }

  private func decideKeepAlive(_ connection: Connection) {
    guard self.keepsAlive else { return }
    if !self.parser.head.keepsAlive || connection.isDraining { self.keepsAlive = false }
    switch self.body.phase {
    case .done: break
    case .length(let left):
      // Who was not told to go on may send the content or not: nobody can tell what comes next.
      if self.body.owesContinue || left > self.worker.plan.drainBytes { self.keepsAlive = false }
    case .chunked: if self.body.owesContinue { self.keepsAlive = false }
    }
  }

  /// Takes an answer back of which nothing was sent. False when it is too late.
  func takeBack() -> Bool {
    if self.phase == .none { return true }
    guard !self.isPartlySent else { return false }
    self.connection.output.truncate(to: self.responseStart)
    self.phase = .none
    self.bytesOut = 0
    return true
  }

  func flushOutput() async throws(IOFailure) {
    self.connection.deadline = self.loop.now.after(self.worker.plan.writeTimeout)
    self.isPartlySent = self.phase != .none
    try await self.connection.flush()
  }
}
