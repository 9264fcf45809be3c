private import Bytes

/// The forms of a field, over any kind. Inlined into the functions that the generator's code calls.
extension FieldWriter {
  @inline(__always)
  mutating func plain<Kind: FieldKind>(_ number: Int, _ value: Kind.Value, _: Kind.Type) {
    if self.json != nil { return self.jsonPlain(number, value, Kind.self) }
    guard !Kind.isZero(value) else { return }
    self.tag(number, Kind.wire)
    Kind.write(value, to: &self)
  }

  @inline(__always)
  mutating func present<Kind: FieldKind>(_ number: Int, _ value: Kind.Value?, _: Kind.Type) {
    if self.json != nil { return self.jsonPresent(number, value, Kind.self) }
    guard let value else { return }
    self.tag(number, Kind.wire)
    Kind.write(value, to: &self)
  }

  @inline(__always)
  mutating func list<Kind: FieldKind>(_ number: Int, _ values: [Kind.Value], _: Kind.Type) {
    if self.json != nil { return self.jsonList(number, values, Kind.self) }
    for value in values {
      self.tag(number, Kind.wire)
      Kind.write(value, to: &self)
    }
  }

  @inline(__always)
  mutating func packed<Kind: FieldKind>(_ number: Int, _ values: [Kind.Value], _: Kind.Type) {
    if self.json != nil { return self.jsonList(number, values, Kind.self) }
    guard !values.isEmpty else { return }
    let start = self.beginDelimited(number)
    for value in values { Kind.write(value, to: &self) }
    self.endDelimited(start)
  }
}

/// Messages and enumerations.
extension FieldWriter {
  @inlinable public mutating func message<M: ProtobufMessage>(_ number: Int, _ value: M?) {
    if self.isJSON { return self.jsonMessage(number, value) }
    guard let value else { return }
    let start = self.beginDelimited(number)
    value.encodeBinary(to: &self)
    self.endDelimited(start)
  }

  /// A sub-message marked `optional`.
  @inlinable public mutating func message<M: ProtobufMessage>(_ number: Int, present value: M?) {
    guard let value else { return }
    self.message(number, value)
  }

  @inlinable public mutating func message<M: ProtobufMessage>(_ number: Int, _ values: [M]) {
    if self.isJSON { return self.jsonList(number, values, MessageKind<M>.self) }
    for value in values {
      let start = self.beginDelimited(number)
      value.encodeBinary(to: &self)
      self.endDelimited(start)
    }
  }

  @inlinable public mutating func enumeration<E: ProtobufEnum>(_ number: Int, _ value: E) {
    if self.isJSON { return self.jsonPlain(number, value, EnumKind<E>.self) }
    self.int32(number, value.rawValue)
  }

  @inlinable public mutating func enumeration<E: ProtobufEnum>(_ number: Int, present value: E?) {
    if self.isJSON { return self.jsonPresent(number, value, EnumKind<E>.self) }
    self.int32(number, present: value?.rawValue)
  }

  @inlinable public mutating func enumeration<E: ProtobufEnum>(_ number: Int, _ values: [E]) {
    if self.isJSON { return self.jsonList(number, values, EnumKind<E>.self) }
    self.int32(number, values.map(\.rawValue))
  }

  @inlinable
  public mutating func enumeration<E: ProtobufEnum>(_ number: Int, unpacked values: [E]) {
    if self.isJSON { return self.jsonList(number, values, EnumKind<E>.self) }
    self.int32(number, unpacked: values.map(\.rawValue))
  }
}

extension FieldWriter {
  /// A map, in the order of its entries, or of its keys when the output is deterministic.
  @inlinable public mutating func map<Key: MapKeyKind, Value: FieldKind>(
    _ number: Int, _ map: MapField<Key.Value, Value.Value>, _: Key.Type, _: Value.Type
  ) {
    if self.isJSON { return self.jsonMap(number, map, Key.self, Value.self) }
    if map.isEmpty { return }
    for entry in self.isDeterministic ? map.sorted(by: { $0.key.isBefore($1.key) }) : Array(map) {
      let start = self.beginDelimited(number)
      self.put(1, Key.wire)
      Key.write(entry.key, to: &self)
      self.put(2, Value.wire)
      Value.write(entry.value, to: &self)
      self.endDelimited(start)
    }
  }

  @usableFromInline mutating func put(_ number: Int, _ wire: WireType) { self.tag(number, wire) }
}
