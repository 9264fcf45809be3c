private import Bytes
internal import KeyValue
internal import ObjectModel

/// A store as a batch sees it: what is committed, and over it what the batch has changed so far.
final class RocksView {
  enum Change {
    /// Weight and value, as stored.
    case put([UInt8])
    case remove
  }

  private let tree: RocksTree
  private var cursor: Cursor
  private(set) var changes: [[UInt8]: Change] = [:]
  /// The keys of `changes`, in order.
  private var changed: [[UInt8]] = []

  init(_ tree: RocksTree) throws {
    self.tree = tree
    self.cursor = try tree.store.cursor(.all, in: tree.objects)
  }

  func change(_ key: [UInt8], _ change: Change) {
    if self.changes.updateValue(change, forKey: key) == nil {
      self.changed.insert(key, at: self.place(of: key))
    }
  }

  func restore(_ changes: [[UInt8]: Change]) {
    guard self.changes.count != changes.count || !self.changes.isEmpty else { return }
    self.changes = changes
    self.changed = changes.keys.sorted { ByteOrder.compare($0, $1) < 0 }
  }

  private func place(of key: [UInt8]) -> Int {
    var low = 0
    var high = self.changed.count
    while low < high {
      let middle = (low + high) / 2
      if ByteOrder.compare(self.changed[middle], key) < 0 {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }

  func get(_ key: [UInt8]) throws -> [UInt8]? {
    switch self.changes[key] {
    case .put(let value): return value
    case .remove: return nil
    case nil: break
    }
    let found = try Self.stored(&self.cursor, from: key) { _ in false }
    return found?.key == key ? found?.value : nil
  }

  /// The first stored key at or after `bound` that is not passed over.
  private static func stored(
    _ cursor: inout Cursor, from bound: [UInt8], passing: ([UInt8]) -> Bool
  ) throws -> (key: [UInt8], value: [UInt8])? {
    var isValid = try cursor.seek(bound.rawBytes)
    while isValid {
      let key = cursor.key.array
      if !passing(key) { return (key, cursor.value.array) }
      isValid = try cursor.next()
    }
    return nil
  }

  /// The first key at or after `bound`.
  func first(from bound: [UInt8]) throws -> (key: [UInt8], value: [UInt8])? {
    let changes = self.changes
    let stored = try Self.stored(&self.cursor, from: bound) { changes[$0] != nil }
    var index = self.place(of: bound)
    while index < self.changed.count {
      let key = self.changed[index]
      if case .put(let value) = self.changes[key] {
        if let stored, ByteOrder.compare(stored.key, key) < 0 { break }
        return (key, value)
      }
      index += 1
    }
    return stored
  }

  func scan(_ request: TreeScan) throws -> TreePage {
    var packed = ByteWriter(capacity: 4096)
    var count = 0
    guard request.limit > 0 else { return TreePage() }
    guard var bound = Self.start(request) else { return TreePage() }
    while let found = try self.first(from: bound), found.key.starts(with: request.prefix) {
      guard count < request.limit else {
        return TreePage(packed: packed.bytes.array, count: count, isTruncated: true)
      }
      count += 1
      guard let common = Self.commonPrefix(found.key, request) else {
        Self.append(0, found.key, found.value, to: &packed)
        bound = found.key + [0]
        continue
      }
      Self.append(1, common, [], to: &packed)
      guard let next = ByteOrder.successor(ofPrefix: common) else { break }
      bound = next
    }
    return TreePage(packed: packed.bytes.array, count: count, isTruncated: false)
  }

  private static func start(_ request: TreeScan) -> [UInt8]? {
    guard !request.after.isEmpty else { return request.prefix }
    let after =
      request.skipsBelow ? ByteOrder.successor(ofPrefix: request.after) : request.after + [0]
    guard let after else { return nil }
    return ByteOrder.compare(after, request.prefix) > 0 ? after : request.prefix
  }

  private static func append(
    _ kind: UInt8, _ key: [UInt8], _ value: [UInt8], to packed: inout ByteWriter
  ) {
    var reader = ByteReader(value.rawBytes)
    let weight = reader.littleEndian(UInt64.self) ?? 0
    packed.append(kind)
    packed.append(littleEndian: UInt32(key.count))
    packed.append(littleEndian: UInt32(max(0, value.count - 8)))
    packed.append(littleEndian: weight)
    packed.append(key)
    packed.append(value.dropFirst(8))
  }

  private static func commonPrefix(_ key: [UInt8], _ request: TreeScan) -> [UInt8]? {
    let count = request.delimiter.count
    guard count > 0, key.count >= request.prefix.count + count else { return nil }
    for start in request.prefix.count...(key.count - count)
    where key[start..<(start + count)].elementsEqual(request.delimiter) {
      return Array(key[..<(start + count)])
    }
    return nil
  }

  func sums(_ prefix: [UInt8]) throws -> TreeSums {
    var sums = TreeSums()
    var bound = prefix
    while let found = try self.first(from: bound), found.key.starts(with: prefix) {
      sums.objects += 1
      sums.weight &+= found.value.rawBytes.number(at: 0, as: UInt64.self)
      bound = found.key + [0]
    }
    return sums
  }
}

/// A deciding commit over RocksDB.
package struct RocksTransaction: TreeTransaction {
  // Good inside the deciding closure only, on the deciding thread.
  let view: RocksView
  var number: UInt64
  package let milliseconds: UInt64
  private let renameKeysMax: Int

  init(_ view: RocksView, number: UInt64, milliseconds: UInt64, renameKeysMax: Int) {
    self.view = view
    self.number = number
    self.milliseconds = milliseconds
    self.renameKeysMax = renameKeysMax
  }

  package mutating func nextNumber() -> UInt64 {
    self.number += 1
    return self.number
  }

  package mutating func get(_ key: [UInt8]) throws -> [UInt8]? {
    try self.view.get(key).map { Array($0.dropFirst(8)) }
  }

  package mutating func scan(_ request: TreeScan) throws -> TreePage {
    try self.view.scan(request)
  }

  package mutating func sums(under prefix: [UInt8]) throws -> TreeSums {
    try self.view.sums(prefix)
  }

  package mutating func put(_ key: [UInt8], _ value: [UInt8], weight: UInt64) throws {
    var stored = ByteWriter(capacity: value.count + 8)
    stored.append(littleEndian: weight)
    stored.append(value)
    self.view.change(key, .put(stored.bytes.array))
  }

  @discardableResult
  package mutating func remove(_ key: [UInt8]) throws -> Bool {
    guard try self.view.get(key) != nil else { return false }
    self.view.change(key, .remove)
    return true
  }

  package mutating func rename(
    _ source: [UInt8], to destination: [UInt8], keyBytesMax: Int
  ) throws -> UInt64 {
    guard let first = try self.view.first(from: source), first.key.starts(with: source) else {
      throw NamespaceError(.noSuchKey, "nothing is under the source")
    }
    if let there = try self.view.first(from: destination), there.key.starts(with: destination) {
      throw NamespaceError(.destinationExists, "something is under the destination")
    }
    var moved: [(key: [UInt8], value: [UInt8])] = []
    var bound = source
    while let found = try self.view.first(from: bound), found.key.starts(with: source) {
      guard moved.count < self.renameKeysMax else {
        throw NamespaceError(
          .unsupported, "this engine renames up to \(self.renameKeysMax) keys at once")
      }
      guard found.key.count - source.count + destination.count <= keyBytesMax else {
        throw NamespaceError(.keyTooLong, "a key would be too long")
      }
      moved.append(found)
      bound = found.key + [0]
    }
    for (key, value) in moved {
      self.view.change(key, .remove)
      self.view.change(destination + key[source.count...], .put(value))
    }
    return UInt64(moved.count)
  }
}
