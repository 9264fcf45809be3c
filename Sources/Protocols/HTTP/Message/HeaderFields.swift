private import Bytes

/// The fields of a header or trailer section, in the order they came: extents into the window that they
/// were parsed from, and the number of every name that is well known. Memory is kept from message to
/// message, so ordinary requests allocate nothing.
public struct HeaderFields: ~Copyable {
  public struct Field {
    var nameOffset: UInt32
    var valueOffset: UInt32
    var valueCount: UInt32
    var nameCount: UInt16
    public var name: FieldName

    public var nameExtent: Extent {
      Extent(offset: self.nameOffset, count: UInt32(self.nameCount))
    }
    public var value: Extent { Extent(offset: self.valueOffset, count: self.valueCount) }
  }

  private var base: UnsafeMutablePointer<Field>?
  public private(set) var count = 0
  private var capacity = 0

  public init() {}

  deinit { self.base?.deallocate() }

  public subscript(index: Int) -> Field {
    precondition(index >= 0 && index < self.count, "field \(index) of \(self.count)")
    // There is memory as soon as there is a field.
    return self.base.unsafelyUnwrapped[index]
  }

  /// Where the first value of `name` is.
  public func extent(of name: FieldName) -> Extent? {
    for index in 0..<self.count {
      let field = self.base.unsafelyUnwrapped[index]
      if field.name == name { return field.value }
    }
    return nil
  }

  /// The first value of `name`, in the window that the fields were parsed from.
  @_lifetime(copy window)
  public func value(of name: FieldName, in window: RawSpan) -> RawSpan? {
    guard let extent = self.extent(of: name) else { return nil }
    return extent.bytes(in: window)
  }

  /// The first value of a name that has no number, given in lower case.
  @_lifetime(copy window)
  public func value(named name: StaticString, in window: RawSpan) -> RawSpan? {
    for index in 0..<self.count {
      let field = self.base.unsafelyUnwrapped[index]
      guard Int(field.nameCount) == name.utf8CodeUnitCount else { continue }
      let isEqual = window.withUnsafeBytes {
        Window($0).matches(name, field.nameExtent.range)
      }
      if isEqual { return field.value.bytes(in: window) }
    }
    return nil
  }

  /// How many fields have this name.
  public func count(of name: FieldName) -> Int {
    var count = 0
    for index in 0..<self.count where self.base.unsafelyUnwrapped[index].name == name { count += 1 }
    return count
  }

  mutating func append(_ name: FieldName, _ nameRange: Range<Int>, _ valueRange: Range<Int>) {
    if self.count == self.capacity { self.grow() }
    (self.base.unsafelyUnwrapped + self.count).initialize(
      to: Field(
        nameOffset: UInt32(nameRange.lowerBound), valueOffset: UInt32(valueRange.lowerBound),
        valueCount: UInt32(valueRange.count), nameCount: UInt16(nameRange.count), name: name))
    self.count &+= 1
  }

  private mutating func grow() {
    let wanted = Swift.max(16, self.capacity * 2)
    let moved = UnsafeMutablePointer<Field>.allocate(capacity: wanted)
    if let base = self.base {
      moved.moveInitialize(from: base, count: self.count)
      base.deallocate()
    }
    self.base = moved
    self.capacity = wanted
  }

  /// Forgets the fields, keeps the memory.
  mutating func removeAll() { self.count = 0 }

  /// Forgets the fields and gives the memory back, for a connection that waits.
  mutating func release() {
    self.base?.deallocate()
    self.base = nil
    self.count = 0
    self.capacity = 0
  }
}
