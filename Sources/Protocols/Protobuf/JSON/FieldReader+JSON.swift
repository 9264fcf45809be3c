internal import JSON

/// Fields from JSON. Null stands for absence everywhere but in `Value` and `NullValue`.
extension FieldReader {
  @usableFromInline @_lifetime(self: copy self)
  mutating func jsonMessage<M: ProtobufMessage>(_ value: inout M?) throws(ProtobufError) {
    if self.isNull, M.table !== ProtoValue.table {
      value = nil
      return
    }
    if self.isNull { self.json?.tookNull = true }
    value = try MessageKind<M>.readJSON(&self)
  }

  @usableFromInline @_lifetime(self: copy self)
  mutating func jsonEnumeration<E: ProtobufEnum>(_ value: inout E?) throws(ProtobufError) {
    if self.isNull, E.table !== ProtoNullValue.table {
      value = nil
      return
    }
    if let number = try self.enumNumber(E.table) { value = E(rawValue: number) }
  }

  @usableFromInline @_lifetime(self: copy self)
  mutating func jsonEnumerations<E: ProtobufEnum>(_ values: inout [E]) throws(ProtobufError) {
    if self.isNull { return }
    var elements = try self.elements()
    while let element = elements.next() {
      self.json?.cursor = element
      guard let number = try self.enumNumber(E.table) else { continue }
      values.append(E(rawValue: number))
    }
  }

  @usableFromInline @_lifetime(self: copy self)
  mutating func jsonList<Kind: FieldKind>(
    _ values: inout [Kind.Value], _: Kind.Type
  ) throws(ProtobufError) {
    if self.isNull { return }
    var elements = try self.elements()
    while let element = elements.next() {
      self.json?.cursor = element
      values.append(try Kind.readJSON(&self))
    }
  }

  @usableFromInline @_lifetime(self: copy self)
  mutating func jsonMap<Key: MapKeyKind, Value: FieldKind>(
    _ map: inout MapField<Key.Value, Value.Value>, _: Key.Type, _: Value.Type
  ) throws(ProtobufError) {
    let object = self.cursor
    if object.isNull { return }
    guard object.kind == .object else { throw self.wrongValue("an object") }
    var members = object.members
    while let member = members.next() {
      guard let key = Key.value(ofName: member.name) else {
        throw ProtobufError(.wrongValue, "\(member.name) is not a key of this map")
      }
      guard map[key] == nil else {
        throw ProtobufError(.repeatedField, "the key \(member.name) is given twice")
      }
      self.json?.cursor = member.value
      do {
        map[key] = try Value.readJSON(&self)
      } catch {
        // An enumeration name that is unknown and ignored drops the entry.
        guard error.code == .unknownField, self.ignoresUnknownFields else { throw error }
      }
    }
  }

  var ignoresUnknownFields: Bool {
    if let json = self.json { json.ignoresUnknownFields } else { false }
  }

  @_lifetime(copy self)
  func elements() throws(ProtobufError) -> JSONCursor.Elements {
    let array = self.cursor
    guard array.kind == .array else { throw self.wrongValue("an array") }
    return array.elements
  }

  /// The number of an enumeration value given by name or number; nil for an unknown name that is to
  /// be ignored.
  @_lifetime(self: copy self)
  mutating func enumNumber(_ table: EnumTable) throws(ProtobufError) -> Int32? {
    if self.isNull, table === ProtoNullValue.table {
      self.json?.tookNull = true
      return 0
    }
    guard let name = self.cursor.string else { return try Int32Kind.readJSON(&self) }
    if let number = table.number(of: name) ?? Int32(name) { return number }
    if self.json?.ignoresUnknownNames == true { return nil }
    throw ProtobufError(.wrongValue, "\(name) is not a value of \(table.name)")
  }
}

extension ProtobufMessage {
  public mutating func decodeJSON(from reader: inout FieldReader) throws(ProtobufError) {
    try self.decodeMembers(from: &reader, skipping: nil)
  }

  /// The members of an object into the fields; `skipped` is a member that is not a field.
  mutating func decodeMembers(
    from reader: inout FieldReader, skipping skipped: String?
  ) throws(ProtobufError) {
    let object = reader.cursor
    guard object.kind == .object else { throw reader.wrongValue("an object") }
    var seen: Set<Int> = []
    var oneofs: Set<Int> = []
    var members = object.members
    while let member = members.next() {
      let name = member.name
      if name == skipped { continue }
      guard let field = Self.table.field(named: name) else {
        if reader.ignoresUnknownFields { continue }
        throw ProtobufError(.unknownField, "\(Self.table.name) has no field \(name)")
      }
      guard seen.insert(field.number).inserted else {
        throw ProtobufError(.repeatedField, "\(name) is given twice")
      }
      reader.json?.cursor = member.value
      reader.json?.tookNull = false
      do {
        try self.decodeField(field.number, from: &reader)
      } catch {
        throw ProtobufError(error.code, "\(name): \(error.message)", hint: error.hint)
      }
      let isThere = !member.value.isNull || reader.json?.tookNull == true
      guard field.oneof < 0 || !isThere || oneofs.insert(field.oneof).inserted else {
        throw ProtobufError(.repeatedField, "\(name): another member of its oneof is given too")
      }
    }
  }
}
