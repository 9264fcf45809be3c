import Bytes
import ObjectNamespace

/// An ordered map in memory: what a tree must hold.
final class NamespaceModel: @unchecked Sendable {
  // Sendable: touched only by the thread that drives the simulation.
  struct Value: Equatable {
    var bytes: [UInt8]
    var weight: UInt64
  }

  private(set) var keys: [[UInt8]] = []
  private(set) var values: [[UInt8]: Value] = [:]

  var count: Int { self.keys.count }

  subscript(_ key: [UInt8]) -> Value? {
    get { self.values[key] }
    set {
      let index = self.index(of: key)
      let isThere = self.values[key] != nil
      self.values[key] = newValue
      if newValue == nil, isThere { self.keys.remove(at: index) }
      if newValue != nil, !isThere { self.keys.insert(key, at: index) }
    }
  }

  /// The first key at or after `key`.
  func index(of key: [UInt8]) -> Int {
    var low = 0
    var high = self.keys.count
    while low < high {
      let middle = (low + high) / 2
      if self.keys[middle].lexicographicallyPrecedes(key) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }

  func below(_ prefix: [UInt8]) -> ArraySlice<[UInt8]> {
    let start = self.index(of: prefix)
    var end = start
    while end < self.keys.count, self.keys[end].starts(with: prefix) { end += 1 }
    return self.keys[start..<end]
  }

  func sums(_ prefix: [UInt8]) -> TreeSums {
    var sums = TreeSums()
    for key in self.below(prefix) {
      sums.objects += 1
      sums.weight += self.values[key]?.weight ?? 0
    }
    return sums
  }

  func rename(_ source: [UInt8], to destination: [UInt8]) {
    for key in Array(self.below(source)) {
      let value = self.values[key]
      self[key] = nil
      self[destination + key[source.count...]] = value
    }
  }

  struct Entry: Equatable {
    var isPrefix: Bool
    var key: [UInt8]
    var value: [UInt8]
  }

  /// By stepping over every key.
  func scan(_ scan: TreeScan) -> (entries: [Entry], isTruncated: Bool) {
    var entries: [Entry] = []
    var last: [UInt8]?
    for key in self.keys where key.starts(with: scan.prefix) {
      if !scan.after.isEmpty {
        guard scan.after.lexicographicallyPrecedes(key) else { continue }
        if scan.skipsBelow, key.starts(with: scan.after) { continue }
      }
      if let common = Self.commonPrefix(key, scan) {
        if common == last { continue }
        guard entries.count < scan.limit else { return (entries, scan.limit > 0) }
        last = common
        entries.append(Entry(isPrefix: true, key: common, value: []))
      } else {
        guard entries.count < scan.limit else { return (entries, scan.limit > 0) }
        entries.append(
          Entry(isPrefix: false, key: key, value: self.values[key]?.bytes ?? []))
      }
    }
    return (entries, false)
  }

  private static func commonPrefix(_ key: [UInt8], _ scan: TreeScan) -> [UInt8]? {
    let count = scan.delimiter.count
    guard count > 0, key.count >= scan.prefix.count + count else { return nil }
    for start in scan.prefix.count...(key.count - count)
    where key[start...].starts(with: scan.delimiter) {
      return Array(key[..<(start + count)])
    }
    return nil
  }
}
