internal import Runtime
internal import SeriesColumns
internal import Synchronization

/// A slice of time of a group.
final class Segment: Sendable {
  let group: String
  let times: Range<Int64>
  let directory: String
  private let disk: any Disk
  private let shards: Mutex<[UInt32: Shard]> = Mutex([:])

  init(group: String, times: Range<Int64>, in groupDirectory: String, on disk: any Disk) {
    self.group = group
    self.times = times
    self.directory = groupDirectory + "/" + Self.name(times)
    self.disk = disk
  }

  static let prefix = "seg-"

  /// Both ends as 16 digits of 2^63 + nanoseconds: names sort as times do.
  static func name(_ times: Range<Int64>) -> String {
    "\(self.prefix)\(self.digits(times.lowerBound))-\(self.digits(times.upperBound))"
  }

  private static func digits(_ time: Int64) -> String {
    let digits = String(UInt64(bitPattern: time) ^ 1 << 63, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  static func times(of name: String) -> Range<Int64>? {
    let words = name.split(separator: "-")
    guard words.count == 3, words[0] == "seg", let low = UInt64(words[1], radix: 16),
      let high = UInt64(words[2], radix: 16), low < high
    else { return nil }
    return Int64(bitPattern: low ^ 1 << 63)..<Int64(bitPattern: high ^ 1 << 63)
  }

  static func open(
    group: String, times: Range<Int64>, in groupDirectory: String, on disk: any Disk
  ) async throws(SeriesError) -> Segment {
    let segment = Segment(group: group, times: times, in: groupDirectory, on: disk)
    let entries: [DirectoryEntry]
    do {
      entries = try await disk.list(segment.directory)
    } catch {
      throw SeriesError.io("list a segment", error)
    }
    for entry in entries where entry.isDirectory {
      if entry.name.hasPrefix(RemovedFolder.prefix) {
        // What stays of it is found again at the next start.
        try? await RemovedFolder.clear(segment.directory + "/" + entry.name, on: disk)
      }
      guard entry.name.hasPrefix("shard-"), let number = UInt32(entry.name.dropFirst(6)) else {
        continue
      }
      let shard = try await Shard.open(
        segment.directory + "/" + entry.name, number: number, on: disk)
      segment.shards.withLock { $0[number] = shard }
    }
    return segment
  }

  func shard(_ number: UInt32) -> Shard {
    self.shards.withLock { shards in
      if let shard = shards[number] { return shard }
      let shard = Shard.make(self.directory + "/shard-\(number)", number: number, on: self.disk)
      shards[number] = shard
      return shard
    }
  }

  /// In the order of their numbers.
  func allShards() -> [Shard] {
    self.shards.withLock { $0.values.sorted { $0.number < $1.number } }
  }

  /// Puts a shard in the place of one that was taken.
  func put(_ shard: Shard) { self.shards.withLock { $0[shard.number] = shard } }

  /// From now on there is no such shard here, until rows come for it again.
  func take(_ number: UInt32) { self.shards.withLock { $0[number] = nil } }
}
