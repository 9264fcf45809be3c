import Bytes
import Crypto

/// Names and their numbers, looked up by bytes: no text is made for a name that is known.
struct ByteIndex: Sendable {
  private var slots: [Int32]
  private var hashes: [UInt32] = []
  private var offsets: [UInt32] = [0]
  private var bytes: [UInt8] = []

  init() { self.slots = Array(repeating: -1, count: 16) }

  init(_ names: some Sequence<String>) {
    self.init()
    for name in names { _ = self.add(Array(name.utf8).rawBytes) }
  }

  var count: Int { self.hashes.count }

  private static func hash(_ key: RawSpan) -> UInt32 {
    UInt32(truncatingIfNeeded: XXH64.hash(of: key))
  }

  func isKey(_ number: Int, _ key: RawSpan) -> Bool {
    guard number < self.hashes.count else { return false }
    let (start, end) = (Int(self.offsets[number]), Int(self.offsets[number + 1]))
    guard end - start == key.byteCount else { return false }
    return self.bytes.rawBytes.extracting(start..<end).isEqual(to: key)
  }

  /// The number of `key`. `guess` is looked at first: names mostly come in the same order.
  func find(_ key: RawSpan, guess: Int) -> Int? {
    self.isKey(guess, key) ? guess : self.find(key)
  }

  func find(_ key: RawSpan) -> Int? {
    let hash = Self.hash(key)
    let mask = self.slots.count - 1
    var at = Int(hash) & mask
    while self.slots[at] >= 0 {
      let number = Int(self.slots[at])
      if self.hashes[number] == hash, self.isKey(number, key) { return number }
      at = (at + 1) & mask
    }
    return nil
  }

  /// Adds a name that is not there yet, under the next number.
  mutating func add(_ key: RawSpan) -> Int {
    let number = self.hashes.count
    self.hashes.append(Self.hash(key))
    self.bytes.append(contentsOf: key.array)
    self.offsets.append(UInt32(self.bytes.count))
    if self.hashes.count * 2 > self.slots.count {
      self.slots = Array(repeating: -1, count: self.slots.count * 2)
      for other in self.hashes.indices { self.place(other) }
    } else {
      self.place(number)
    }
    return number
  }

  private mutating func place(_ number: Int) {
    let mask = self.slots.count - 1
    var at = Int(self.hashes[number]) & mask
    while self.slots[at] >= 0 { at = (at + 1) & mask }
    self.slots[at] = Int32(number)
  }
}
