import Bytes

/// The value of a map field: entries in the order they were added, found by exact key.
///
/// Keys are equal when their bytes are (a `Dictionary` would fold texts that only look alike), and a
/// message that was decoded is written back in the order it came. Small maps are searched in a row,
/// larger ones through an index.
public struct MapField<Key: MapFieldKey, Value: Equatable & Sendable>: Sendable {
  public typealias Entry = (key: Key, value: Value)

  private var entries: [Entry] = []
  /// Place in `entries` by key; empty while the map is small.
  private var index: [Key.Exact: Int] = [:]
  private var indexThreshold: Int { 12 }

  public init() {}

  public var count: Int { self.entries.count }
  public var isEmpty: Bool { self.entries.isEmpty }
  public var keys: [Key] { self.entries.map(\.key) }
  public var values: [Value] { self.entries.map(\.value) }

  public subscript(key: Key) -> Value? {
    get { self.place(of: key).map { self.entries[$0].value } }
    set {
      switch (self.place(of: key), newValue) {
      case (let place?, let value?): self.entries[place].value = value
      case (let place?, nil): self.remove(at: place)
      case (nil, let value?): self.add(key, value)
      case (nil, nil): break
      }
    }
  }

  public mutating func removeAll() { self = Self() }

  private func place(of key: Key) -> Int? {
    if !self.index.isEmpty { return self.index[key.exact] }
    return self.entries.firstIndex { $0.key.isSame(as: key) }
  }

  private mutating func add(_ key: Key, _ value: Value) {
    self.entries.append((key, value))
    if !self.index.isEmpty {
      self.index[key.exact] = self.entries.count - 1
    } else if self.entries.count > self.indexThreshold {
      self.rebuildIndex()
    }
  }

  private mutating func remove(at place: Int) {
    self.entries.remove(at: place)
    self.index = [:]
    if self.entries.count > self.indexThreshold { self.rebuildIndex() }
  }

  private mutating func rebuildIndex() {
    self.index.reserveCapacity(self.entries.count)
    for (place, entry) in self.entries.enumerated() { self.index[entry.key.exact] = place }
  }
}

extension MapField: Sequence {
  public func makeIterator() -> IndexingIterator<[Entry]> { self.entries.makeIterator() }
  public var underestimatedCount: Int { self.entries.count }
}

/// Equal when they hold the same entries, in any order.
extension MapField: Equatable {
  public static func == (left: Self, right: Self) -> Bool {
    left.count == right.count && left.allSatisfy { right[$0.key] == $0.value }
  }
}

extension MapField: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (Key, Value)...) {
    for (key, value) in elements { self[key] = value }
  }
}

extension MapField {
  /// Later entries replace earlier ones of the same key.
  public init(_ entries: some Sequence<(Key, Value)>) {
    for (key, value) in entries { self[key] = value }
  }
}

/// A type that the schema allows as a map key.
public protocol MapFieldKey: Sendable {
  associatedtype Exact: Hashable & Sendable
  /// Equal exactly when the keys have the same bytes.
  var exact: Exact { get }
  func isSame(as other: Self) -> Bool
  /// The order of deterministic output.
  func isBefore(_ other: Self) -> Bool
}

extension MapFieldKey where Self: Hashable & Comparable {
  public var exact: Self { self }
  public func isSame(as other: Self) -> Bool { self == other }
  public func isBefore(_ other: Self) -> Bool { self < other }
}

extension Int32: MapFieldKey {}
extension Int64: MapFieldKey {}
extension UInt32: MapFieldKey {}
extension UInt64: MapFieldKey {}

extension String: MapFieldKey {
  /// Text that is equal only byte for byte.
  public struct Exact: Hashable, Sendable {
    let text: String

    public static func == (left: Self, right: Self) -> Bool { left.text.isSame(as: right.text) }

    public func hash(into hasher: inout Hasher) {
      var text = self.text
      text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
  }

  public var exact: Exact { Exact(text: self) }

  public func isBefore(_ other: String) -> Bool { self.utf8.lexicographicallyPrecedes(other.utf8) }
}

extension Bool: MapFieldKey {
  public var exact: Bool { self }
  public func isSame(as other: Bool) -> Bool { self == other }
  public func isBefore(_ other: Bool) -> Bool { !self && other }
}
