/// The forms of a field, over any kind. Inlined into the functions that the generator's code calls.
extension FieldReader {
  @inline(__always) @_lifetime(self: copy self)
  mutating func plain<Kind: FieldKind>(
    _ value: inout Kind.Value, _: Kind.Type
  ) throws(ProtobufError) {
    if self.json != nil {
      if try self.takesValue() { value = try Kind.readJSON(&self) } else { value = Kind.zero }
    } else if self.claims(Kind.wire) {
      value = try Kind.read(&self)
    }
  }

  @inline(__always) @_lifetime(self: copy self)
  mutating func present<Kind: FieldKind>(
    _ value: inout Kind.Value?, _: Kind.Type
  ) throws(ProtobufError) {
    if self.json != nil {
      if try self.takesValue() { value = try Kind.readJSON(&self) } else { value = nil }
    } else if self.claims(Kind.wire) {
      value = try Kind.read(&self)
    }
  }

  @inline(__always) @_lifetime(self: copy self)
  mutating func list<Kind: FieldKind>(
    _ values: inout [Kind.Value], _: Kind.Type
  ) throws(ProtobufError) {
    if self.json != nil { return try self.jsonList(&values, Kind.self) }
    if self.claims(Kind.wire) {
      values.append(try Kind.read(&self))
    } else if self.claims(.delimited) {
      try self.unpack(&values, Kind.self)
    }
  }

  /// A packed list. Room is made for what the bytes can hold, never for what a length claims.
  @inline(__always) @_lifetime(self: copy self)
  private mutating func unpack<Kind: FieldKind>(
    _ values: inout [Kind.Value], _: Kind.Type
  ) throws(ProtobufError) {
    let length = try self.length()
    let outer = self.end
    self.end = self.at &+ length
    if values.isEmpty {
      let width = Kind.wire == .fixed64 ? 8 : Kind.wire == .fixed32 ? 4 : 1
      values.reserveCapacity(width == 1 ? Swift.min(length, 4096) : length / width)
    }
    while self.at < self.end { values.append(try Kind.read(&self)) }
    self.end = outer
  }
}

/// Messages and enumerations. Sub-messages that come twice are merged.
extension FieldReader {
  @inlinable @_lifetime(self: copy self)
  public mutating func message<M: ProtobufMessage>(
    _ value: inout M?
  ) throws(ProtobufError) {
    if self.isJSON { return try self.jsonMessage(&value) }
    guard self.claimsDelimited() else { return }
    let outer = try self.enterMessage()
    if value == nil { value = M() }
    try value?.decodeBinary(from: &self)
    self.leaveMessage(outer)
  }

  @inlinable @_lifetime(self: copy self)
  public mutating func message<M: ProtobufMessage>(
    _ values: inout [M]
  ) throws(ProtobufError) {
    if self.isJSON { return try self.jsonList(&values, MessageKind<M>.self) }
    guard self.claimsDelimited() else { return }
    values.append(try MessageKind<M>.read(&self))
  }

  @inlinable @_lifetime(self: copy self)
  public mutating func enumeration<E: ProtobufEnum>(
    _ value: inout E
  ) throws(ProtobufError) {
    var present: E?
    try self.enumeration(&present)
    if let present { value = present }
  }

  @inlinable @_lifetime(self: copy self)
  public mutating func enumeration<E: ProtobufEnum>(
    _ value: inout E?
  ) throws(ProtobufError) {
    if self.isJSON { return try self.jsonEnumeration(&value) }
    guard self.claimsVarint() else { return }
    value = try EnumKind<E>.read(&self)
  }

  @inlinable @_lifetime(self: copy self)
  public mutating func enumeration<E: ProtobufEnum>(
    _ values: inout [E]
  ) throws(ProtobufError) {
    if self.isJSON { return try self.jsonEnumerations(&values) }
    var numbers: [Int32] = []
    try self.int32(&numbers)
    for number in numbers { values.append(E(rawValue: number)) }
  }

  @usableFromInline var isJSON: Bool { self.json != nil }

  @usableFromInline @_lifetime(self: copy self)
  mutating func claimsDelimited() -> Bool { self.claims(.delimited) }

  @usableFromInline @_lifetime(self: copy self)
  mutating func claimsVarint() -> Bool { self.claims(.varint) }
}

extension FieldReader {
  /// A map entry; a later entry of the same key replaces the earlier one.
  @inlinable @_lifetime(self: copy self)
  public mutating func map<Key: MapKeyKind, Value: FieldKind>(
    _ map: inout MapField<Key.Value, Value.Value>, _: Key.Type, _: Value.Type
  ) throws(ProtobufError) {
    if self.isJSON { return try self.jsonMap(&map, Key.self, Value.self) }
    guard self.claimsDelimited() else { return }
    let outer = try self.enterMessage()
    var key = Key.zero
    var value = Value.zero
    while let number = try self.nextField() {
      if number == 1, self.claimsWire(Key.wire) {
        key = try Key.read(&self)
      } else if number == 2, self.claimsWire(Value.wire) {
        value = try Value.read(&self)
      } else {
        try self.skipPresentField()
      }
    }
    self.leaveMessage(outer)
    map[key] = value
  }

  @usableFromInline @_lifetime(self: copy self)
  mutating func claimsWire(_ wire: WireType) -> Bool { self.claims(wire) }

  @usableFromInline @_lifetime(self: copy self)
  mutating func skipPresentField() throws(ProtobufError) {
    try self.skipValue(of: self.fieldNumber, self.wire)
  }
}
