package import Protobuf
package import SeriesWire

/// A message that the registry keeps.
package protocol SchemaObject: ProtobufMessage {
  static var kind: SchemaKind { get }
  var metadata: CommonWire.Metadata? { get set }
  var createdAt: ProtoTimestamp? { get set }
  var updatedAt: ProtoTimestamp? { get set }
  /// What can be said of the object alone. Throws with the status of a schema that makes no sense.
  func validate() throws(SeriesFault)
  /// Whether it may take the place of `old`.
  func validateChange(from old: Self) throws(SeriesFault)
}

extension SchemaObject {
  package func validateChange(from old: Self) throws(SeriesFault) {}

  package var key: SchemaKey {
    let metadata = self.metadata ?? CommonWire.Metadata()
    return Self.kind == .group
      ? .group(metadata.name) : SchemaKey(Self.kind, metadata.group, metadata.name)
  }

  package var modRevision: Int64 { self.metadata?.modRevision ?? 0 }

  /// Without what the server sets: two that are equal so differ in nothing that a client said.
  package var bare: Self {
    var object = self
    object.metadata?.id = 0
    object.metadata?.createRevision = 0
    object.metadata?.modRevision = 0
    object.updatedAt = nil
    object.createdAt = nil
    return object
  }
}

extension CommonWire.Group: SchemaObject { package static var kind: SchemaKind { .group } }
extension DatabaseWire.Stream: SchemaObject { package static var kind: SchemaKind { .stream } }
extension DatabaseWire.Measure: SchemaObject { package static var kind: SchemaKind { .measure } }
extension DatabaseWire.Trace: SchemaObject { package static var kind: SchemaKind { .trace } }
extension DatabaseWire.Property: SchemaObject { package static var kind: SchemaKind { .property } }
extension DatabaseWire.IndexRule: SchemaObject {
  package static var kind: SchemaKind { .indexRule }
}
extension DatabaseWire.IndexRuleBinding: SchemaObject {
  package static var kind: SchemaKind { .indexRuleBinding }
}
extension DatabaseWire.TopNAggregation: SchemaObject {
  package static var kind: SchemaKind { .topN }
}

/// Any of them.
package enum SchemaItem: Sendable {
  case group(CommonWire.Group)
  case stream(DatabaseWire.Stream)
  case measure(DatabaseWire.Measure)
  case trace(DatabaseWire.Trace)
  case property(DatabaseWire.Property)
  case indexRule(DatabaseWire.IndexRule)
  case indexRuleBinding(DatabaseWire.IndexRuleBinding)
  case topN(DatabaseWire.TopNAggregation)

  init(_ kind: SchemaKind, decoding bytes: RawSpan) throws(ProtobufError) {
    switch kind {
    case .group: self = .group(try CommonWire.Group(decoding: bytes))
    case .stream: self = .stream(try DatabaseWire.Stream(decoding: bytes))
    case .measure: self = .measure(try DatabaseWire.Measure(decoding: bytes))
    case .trace: self = .trace(try DatabaseWire.Trace(decoding: bytes))
    case .property: self = .property(try DatabaseWire.Property(decoding: bytes))
    case .indexRule: self = .indexRule(try DatabaseWire.IndexRule(decoding: bytes))
    case .indexRuleBinding:
      self = .indexRuleBinding(try DatabaseWire.IndexRuleBinding(decoding: bytes))
    case .topN: self = .topN(try DatabaseWire.TopNAggregation(decoding: bytes))
    }
  }

  package var object: any SchemaObject {
    switch self {
    case .group(let object): object
    case .stream(let object): object
    case .measure(let object): object
    case .trace(let object): object
    case .property(let object): object
    case .indexRule(let object): object
    case .indexRuleBinding(let object): object
    case .topN(let object): object
    }
  }
}
