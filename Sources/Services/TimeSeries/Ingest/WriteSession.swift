package import Runtime
import SeriesColumns
import SeriesModel
package import SeriesSchema
package import SeriesStorage
package import SeriesWire
import Values

/// What writes run in.
package struct WriteEnvironment: Sendable {
  package var registry: SchemaRegistry
  package var store: any RowStore
  package var time: any TimeSource
  package var random: any RandomSource
  package var mappings: TableMappings
  /// How long a message waits for a schema that its client knows already.
  package var patience = Duration.zero
  /// Messages after which a long stream hands over what it has, and acknowledges.
  package var messagesMax = 1000
  package var byteCountMax = 8 << 20
  /// The longest that a message waits for others, while messages come.
  package var delayMax = Duration.seconds(1)
  /// Hears of cells that became null because their value was of another type.
  package var mismatched: @Sendable (Int) -> Void = { _ in }

  package init(
    _ registry: SchemaRegistry, _ store: any RowStore, time: any TimeSource,
    random: any RandomSource, mappings: TableMappings = TableMappings()
  ) {
    self.registry = registry
    self.store = store
    self.time = time
    self.random = random
    self.mappings = mappings
  }
}

/// A message that was taken, and its answer once the rows are durable.
package struct WriteReceipt: Sendable, Equatable {
  /// What the reply echoes: a message's number, or the version of a span.
  package var id: UInt64
  package var metadata: CommonWire.Metadata
  package var status: ModelWire.Status
}

/// One stream of writes: remembers where its messages go and what their positions mean, gathers rows,
/// and hands them over in batches. For one task.
package struct WriteSession: ~Copyable {
  package static let metadataMissing =
    "metadata is required for the first request of gRPC stream"

  private let kind: SchemaKind
  private let environment: WriteEnvironment
  private var metadata: CommonWire.Metadata?
  private var sticky = StickySpec()
  /// Of the last message: valid while the subject and what the stream said stay the same.
  private var target: (target: WriteTarget, sticky: StickySpec)?
  private var batches = WriteBatches()
  private var waiting: [WriteReceipt] = []
  private var firstAt: MonotonicTime?
  /// Names elements that the client did not: the stream's own number, and theirs in it.
  private let seed: UInt64
  private var elementCount: UInt64 = 0

  package init(_ kind: SchemaKind, in environment: WriteEnvironment) {
    self.kind = kind
    self.environment = environment
    self.seed = environment.random.next()
  }

  package var waitingCount: Int { self.waiting.count }

  /// Whether what was gathered should be handed over now.
  package var isDue: Bool {
    guard let firstAt = self.firstAt else { return false }
    return self.waiting.count >= self.environment.messagesMax
      || self.batches.byteCount >= self.environment.byteCountMax
      || self.environment.time.now - firstAt >= self.environment.delayMax
  }

  // MARK: Messages

  /// Takes a message; its receipt when it is refused, nil when it waits to be handed over. Throws what
  /// ends the stream.
  package mutating func take(
    _ request: StreamWire.WriteRequest
  ) async throws(SeriesFault) -> WriteReceipt? {
    if !request.tagFamilySpec.isEmpty {
      self.sticky = StickySpec(
        families: request.tagFamilySpec.map { StickySpec.Family(name: $0.name, tags: $0.tagNames) },
        isGiven: true)
    }
    guard request.messageID > 0 else { throw .rule("message_id", "value must be greater than 0") }
    guard let element = request.element else { throw .rule("element", "value is required") }
    let metadata = try self.target(of: request.metadata)
    do throws(WriteRefusal) {
      guard let time = WriteTime.nanoseconds(element.timestamp) else {
        throw WriteRefusal(.invalidTimestamp)
      }
      let target = try await self.find(metadata)
      let version = self.elementID(element.elementID, metadata)
      try self.batches.add(
        element.tagFamilies, fields: [], time: time, version: version, target)
    } catch {
      return WriteReceipt(id: request.messageID, metadata: metadata, status: error.status)
    }
    self.wait(request.messageID, metadata)
    return nil
  }

  package mutating func take(
    _ request: MeasureWire.WriteRequest
  ) async throws(SeriesFault) -> WriteReceipt? {
    if let spec = request.dataPointSpec {
      self.sticky = StickySpec(
        families: spec.tagFamilySpec.map { StickySpec.Family(name: $0.name, tags: $0.tagNames) },
        fields: spec.fieldNames, isGiven: true)
    }
    guard request.messageID > 0 else { throw .rule("message_id", "value must be greater than 0") }
    guard let point = request.dataPoint else { throw .rule("data_point", "value is required") }
    guard point.timestamp != nil else { throw .rule("data_point.timestamp", "value is required") }
    guard !point.tagFamilies.isEmpty else {
      throw .rule("data_point.tag_families", "at least 1 item is needed")
    }
    let metadata = try self.target(of: request.metadata)
    do throws(WriteRefusal) {
      guard let time = WriteTime.nanoseconds(point.timestamp) else {
        throw WriteRefusal(.invalidTimestamp)
      }
      let target = try await self.find(metadata)
      let version =
        point.version == 0 ? Int64(bitPattern: request.messageID) : point.version
      try self.batches.add(
        point.tagFamilies, fields: point.fields, time: time, version: version, target)
    } catch {
      return WriteReceipt(id: request.messageID, metadata: metadata, status: error.status)
    }
    self.wait(request.messageID, metadata)
    return nil
  }

  package mutating func take(
    _ request: TraceWire.WriteRequest
  ) async throws(SeriesFault) -> WriteReceipt? {
    if let spec = request.tagSpec {
      self.sticky = StickySpec(
        families: [StickySpec.Family(name: "", tags: spec.tagNames)], isGiven: true)
    }
    guard request.version > 0 else { throw .rule("version", "value must be greater than 0") }
    guard !request.tags.isEmpty else { throw .rule("tags", "at least 1 item is needed") }
    let metadata = try self.target(of: request.metadata)
    do throws(WriteRefusal) {
      let target = try await self.find(metadata)
      try self.batches.add(
        request.tags, span: request.span, version: Int64(bitPattern: request.version), target)
    } catch {
      return WriteReceipt(id: request.version, metadata: metadata, status: error.status)
    }
    self.wait(request.version, metadata)
    return nil
  }

  private mutating func wait(_ id: UInt64, _ metadata: CommonWire.Metadata) {
    self.waiting.append(WriteReceipt(id: id, metadata: metadata, status: .succeed))
    if self.firstAt == nil { self.firstAt = self.environment.time.now }
  }

  private mutating func target(
    of metadata: CommonWire.Metadata?
  ) throws(SeriesFault) -> CommonWire.Metadata {
    if let metadata { self.metadata = metadata }
    guard let metadata = self.metadata else { throw SeriesFault(.unknown, Self.metadataMissing) }
    return metadata
  }

  /// The table that a message goes to, once the revision it knows is the server's.
  private mutating func find(
    _ metadata: CommonWire.Metadata
  ) async throws(WriteRefusal) -> WriteTarget {
    let registry = self.environment.registry
    guard !registry.isDeleting(metadata.group) else { throw WriteRefusal(.internalError) }
    let key = SchemaKey(self.kind, metadata.group, metadata.name)
    let status = await registry.gate(
      key, revision: metadata.modRevision, patience: self.environment.patience)
    guard status == .succeed else {
      // Who did not ask for a revision is not told that there is none.
      let isHidden = status == .notFound && metadata.modRevision == 0 && self.kind != .trace
      throw WriteRefusal(isHidden ? .internalError : status)
    }
    guard let subject = registry.subject(self.kind, metadata.group, metadata.name) else {
      throw WriteRefusal(.internalError)
    }
    if let known = self.target, known.target.mapping.subject === subject,
      known.sticky == self.sticky
    {
      return known.target
    }
    let target = WriteTarget(
      mapping: self.environment.mappings[subject], spec: self.sticky.spec(subject))
    self.target = (target, self.sticky)
    return target
  }

  private mutating func elementID(_ id: String, _ metadata: CommonWire.Metadata) -> Int64 {
    var name = id
    if id.isEmpty {
      self.elementCount += 1
      name = "\(self.seed) \(self.elementCount)"
    }
    return Int64(
      bitPattern: ElementID.hash(group: metadata.group, name: metadata.name, clientID: name))
  }

  // MARK: Handing over

  /// Hands over what was gathered, and returns what came of each message.
  package mutating func handOver() async -> [WriteReceipt] {
    guard !self.waiting.isEmpty else { return [] }
    var receipts = self.waiting
    self.waiting.removeAll(keepingCapacity: true)
    self.firstAt = nil
    if self.batches.mismatchCount > 0 {
      self.environment.mismatched(self.batches.mismatchCount)
    }
    var batches = self.batches.take()
    // A group may have begun to go since its messages were taken.
    let registry = self.environment.registry
    batches.removeAll { registry.isDeleting($0.group) }
    for index in receipts.indices where registry.isDeleting(receipts[index].metadata.group) {
      receipts[index].status = .internalError
    }
    guard !batches.isEmpty else { return receipts }
    do throws(SeriesError) {
      _ = try await self.environment.store.write(batches)
    } catch {
      let status: ModelWire.Status = error.code == .diskFull ? .diskFull : .internalError
      for index in receipts.indices where receipts[index].status == .succeed {
        receipts[index].status = status
      }
    }
    return receipts
  }
}
