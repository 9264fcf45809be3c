import Bytes
import Crypto
import SeriesColumns
import SeriesStorage

// `ledger` of a data node. Little-endian:
//
//    0  4  CRC-32C of what follows
//    4  1  form 2
//    5     varint entries, each: text group; varint shard; 8 + 8 bytes times; varint epoch; 1 byte state
//          varint promises, each: text group; text name; varint epoch
//
// Form 1 has no promises.

/// What a node knows of shards that were moved to it or from it: which epoch of the placement who asks for them
/// must know at least.
struct MoveLedger: Sendable, Hashable {
  private static let form: UInt8 = 2

  enum State: UInt8, Sendable {
    /// Being moved: the placement does not say yet where they are.
    case open = 1
    /// They are here.
    case held = 2
    /// They are not here any more.
    case released = 3
    /// They are here, and came back all at once with those of other nodes: who asks under an older epoch might
    /// see some of them and others not.
    case restored = 4
  }

  /// Files of a group that have come and will be shown when the placement is of an epoch, if it says so.
  struct Promise: Sendable, Hashable {
    var restore: GroupRestore
    var epoch: UInt64
  }

  struct Entry: Sendable, Hashable {
    var group: String
    var shard: UInt32
    var times: ClosedRange<Int64>
    var epoch: UInt64
    var state: State

    var range: ShardRange { ShardRange(group: self.group, times: self.times, shards: [self.shard]) }
  }

  private(set) var entries: [Entry] = []
  /// By group.
  private(set) var promises: [String: Promise] = [:]

  init() {}

  func entries(of group: String) -> [Entry] { self.entries.filter { $0.group == group } }
  var groups: Set<String> { Set(self.entries.map(\.group)).union(self.promises.keys) }
  /// Groups of which something is not resolved.
  var openGroups: Set<String> {
    Set(self.entries.filter { $0.state == .open }.map(\.group)).union(self.promises.keys)
  }

  mutating func promise(_ promise: Promise) { self.promises[promise.restore.group] = promise }

  /// Forgets a promise that was kept, or that nobody waits for.
  mutating func endPromise(_ group: String) { self.promises[group] = nil }

  /// Adds an entry; older ones go as far as it covers them. Neighbours of one state become one: who knows the newer
  /// epoch knows the older.
  mutating func set(_ entry: Entry) {
    var entry = entry
    self.entries.removeAll { other in
      guard other.group == entry.group, other.shard == entry.shard else { return false }
      if entry.times.contains(other.times.lowerBound), entry.times.contains(other.times.upperBound),
        other.epoch <= entry.epoch
      {
        return true
      }
      guard other.state == entry.state, other.state != .open, Self.touch(other.times, entry.times)
      else { return false }
      entry.times =
        min(
          other.times.lowerBound, entry.times.lowerBound)...max(
          other.times.upperBound, entry.times.upperBound)
      entry.epoch = max(entry.epoch, other.epoch)
      return true
    }
    self.entries.append(entry)
  }

  private static func touch(_ one: ClosedRange<Int64>, _ other: ClosedRange<Int64>) -> Bool {
    one.overlaps(other) || one.upperBound < .max && one.upperBound + 1 == other.lowerBound
      || other.upperBound < .max && other.upperBound + 1 == one.lowerBound
  }

  /// Whether rows that were sent under an epoch may be taken.
  func takes(_ batch: RowBatch, _ epoch: UInt64) -> Bool {
    !self.entries.contains { entry in
      entry.epoch > epoch && entry.shard == batch.shard && entry.group == batch.group
        && batch.timestamps.contains { entry.times.contains($0) }
    }
  }

  /// Whether what is asked under an epoch is here.
  func answers(_ group: String, _ share: GroupShare) -> Bool {
    !self.entries.contains { entry in
      [.released, .restored].contains(entry.state) && entry.epoch > share.epoch
        && entry.group == group
        && share.shares.contains {
          $0.shards.contains(entry.shard) && $0.times.overlaps(entry.times)
        }
    }
  }

  // MARK: Bytes

  var bytes: [UInt8] {
    var writer = ByteWriter(capacity: 64 * self.entries.count + 16)
    writer.append(littleEndian: UInt32(0))
    writer.append(Self.form)
    writer.append(varint: UInt64(self.entries.count))
    for entry in self.entries {
      writer.append(counted: entry.group)
      writer.append(varint: UInt64(entry.shard))
      writer.append(entry.times)
      writer.append(varint: entry.epoch)
      writer.append(entry.state.rawValue)
    }
    writer.append(varint: UInt64(self.promises.count))
    for (group, promise) in self.promises.sorted(by: { $0.key < $1.key }) {
      writer.append(counted: group)
      writer.append(counted: promise.restore.name)
      writer.append(varint: promise.epoch)
    }
    let count = writer.count
    writer.overwrite(
      at: 0, littleEndian: CRC32C.checksum(of: writer.bytes.extracting(4..<count)))
    return writer.bytes.array
  }

  init(_ bytes: [UInt8]) throws(ColumnError) {
    var reader = DirectoryReader(bytes)
    let checksum = try reader.number(UInt32.self)
    let computed = CRC32C.checksum(of: bytes.span.bytes.extracting(4..<bytes.count))
    guard checksum == computed else { throw ColumnError("its checksum does not hold") }
    let form = try reader.byte()
    guard form == 1 || form == Self.form else { throw ColumnError("it has another form") }
    for _ in 0..<(try reader.count()) {
      let group = try reader.text()
      let shard = try reader.shard()
      let times = try reader.times()
      let epoch = try reader.varint()
      guard let state = State(rawValue: try reader.byte()) else {
        throw ColumnError("an entry of an unknown state")
      }
      self.entries.append(
        Entry(group: group, shard: shard, times: times, epoch: epoch, state: state))
    }
    guard form == Self.form else { return }
    for _ in 0..<(try reader.count()) {
      let group = try reader.text()
      let restore = GroupRestore(group, as: try reader.text())
      self.promise(Promise(restore: restore, epoch: try reader.varint()))
    }
  }
}
