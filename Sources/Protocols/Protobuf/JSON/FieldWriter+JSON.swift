internal import Bytes
internal import JSON

extension FieldWriter {
  init(json target: consuming ByteWriter, _ table: MessageTable, _ options: JSONEncodingOptions) {
    self.out = ByteWriter(capacity: 0)
    self.isDeterministic = options.isDeterministic
    self.json = JSONWriter(appendingTo: target, layout: options.isPretty ? .pretty : .compact)
    self.options = options
    self.table = table
  }

  consuming func finishJSON() -> ByteWriter {
    guard let json = self.json else { preconditionFailure("BUG: not a JSON writer") }
    return json.finish()
  }

  mutating func jsonName(_ number: Int) {
    guard let field = self.table?.field(number) else {
      preconditionFailure("BUG: \(self.table?.name ?? "no message") has no field \(number)")
    }
    self.json?.name(self.options?.usesSchemaNames == true ? field.name : field.jsonName)
  }
}

/// Fields as members.
extension FieldWriter {
  @usableFromInline @inline(never)
  mutating func jsonPlain<Kind: FieldKind>(_ number: Int, _ value: Kind.Value, _: Kind.Type) {
    guard !Kind.isZero(value) || self.includesDefaults else { return }
    self.jsonName(number)
    Kind.writeJSON(value, to: &self)
  }

  @usableFromInline @inline(never)
  mutating func jsonPresent<Kind: FieldKind>(_ number: Int, _ value: Kind.Value?, _: Kind.Type) {
    guard let value else { return }
    self.jsonName(number)
    Kind.writeJSON(value, to: &self)
  }

  /// A sub-message that stands in no oneof: null when it is absent and that is asked for.
  @usableFromInline @inline(never)
  mutating func jsonMessage<M: ProtobufMessage>(_ number: Int, _ value: M?) {
    if value == nil, self.options?.includesAbsentMessages == true {
      self.jsonName(number)
      self.json?.null()
    } else {
      self.jsonPresent(number, value, MessageKind<M>.self)
    }
  }

  @usableFromInline @inline(never)
  mutating func jsonList<Kind: FieldKind>(_ number: Int, _ values: [Kind.Value], _: Kind.Type) {
    guard !values.isEmpty || self.includesDefaults else { return }
    self.jsonName(number)
    self.json?.beginArray()
    for value in values { Kind.writeJSON(value, to: &self) }
    self.json?.endArray()
  }

  @usableFromInline
  mutating func jsonMap<Key: MapKeyKind, Value: FieldKind>(
    _ number: Int, _ map: MapField<Key.Value, Value.Value>, _: Key.Type, _: Value.Type
  ) {
    guard !map.isEmpty || self.includesDefaults else { return }
    self.jsonName(number)
    self.json?.beginObject()
    let isSorted = self.isDeterministic
    for entry in isSorted ? map.sorted(by: { $0.key.isBefore($1.key) }) : Array(map) {
      self.json?.name(Key.name(of: entry.key))
      Value.writeJSON(entry.value, to: &self)
    }
    self.json?.endObject()
  }

  mutating func jsonEnumeration(_ number: Int32, _ table: EnumTable) {
    if table === ProtoNullValue.table {
      self.json?.null()
    } else if let name = table.name(of: number), !self.usesEnumNumbers {
      self.json?.value(name)
    } else {
      self.json?.integer(number)
    }
  }

  private var includesDefaults: Bool { self.options?.includesDefaults ?? false }
  private var usesEnumNumbers: Bool { self.options?.usesEnumNumbers ?? false }

  /// Notes that a value has no JSON form, and writes null in its place.
  mutating func fail(_ message: String) {
    if self.failure == nil { self.failure = ProtobufError(.noJSONForm, message) }
    self.json?.null()
  }

  /// Sets whose fields are written from now on; hand what it returns to `leave`.
  mutating func enter(_ table: MessageTable) -> MessageTable? {
    let outer = self.table
    self.table = table
    return outer
  }

  mutating func leave(_ outer: MessageTable?) { self.table = outer }
}

extension ProtobufMessage {
  public func encodeJSON(to writer: inout FieldWriter) {
    let outer = writer.enter(Self.table)
    writer.json?.beginObject()
    self.encodeFields(to: &writer)
    writer.json?.endObject()
    writer.leave(outer)
  }
}
