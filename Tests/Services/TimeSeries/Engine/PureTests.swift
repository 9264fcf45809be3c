import SeriesColumns
import Testing

@testable import SeriesEngine

@Suite("decisions without a disk")
struct PureTests {
  @Test(
    "segments lie on a grid of local time",
    arguments: [
      (0, 86_400, 0, 0, 86_400), (-1, 86_400, 0, -86_400, 0), (86_399, 86_400, 0, 0, 86_400),
      (0, 86_400, 3600, -3600, 82_800), (82_800, 86_400, 3600, 82_800, 169_200),
      (7201, 3600, 0, 7200, 10_800), (86_399, 5 * 3600, 0, 72_000, 90_000),
      (-1, 7 * 86_400, 20_700, -20_700, 584_100), (0, 7 * 3600, -3600, -21_600, 3600),
      (10 * 86_400, 3 * 86_400, 0, 9 * 86_400, 12 * 86_400),
    ] as [(Int64, Int64, Int64, Int64, Int64)])
  func grid(time: Int64, interval: Int64, offset: Int64, low: Int64, high: Int64) {
    let options = GroupOptions(
      shardCount: 1, segmentSeconds: interval, ttlSeconds: 0, gridOffsetSeconds: offset)
    let second: Int64 = 1_000_000_000
    #expect(options.segment(of: time * second) == (low * second)..<(high * second))
  }

  @Test("the ends of time have segments too")
  func ends() {
    let options = GroupOptions(shardCount: 1, segmentSeconds: 86_400, ttlSeconds: 0)
    #expect(options.segment(of: .min).contains(.min))
    #expect(options.segment(of: .max).upperBound == .max)
    #expect(options.expiry(0) == .min)
  }

  @Test("a segment's name gives its times back")
  func names() {
    for times in [0..<86_400, -5..<7, Int64.min..<0, 3..<Int64.max] as [Range<Int64>] {
      #expect(Segment.times(of: Segment.name(times)) == times)
    }
    #expect(Segment.name(-1..<0) < Segment.name(0..<1))
    #expect(Segment.times(of: "seg-x-y") == nil)
  }

  @Test(
    "which parts are merged",
    arguments: [
      ([10, 10, 10], nil), ([10, 10, 10, 10], 0..<4), ([1000, 10, 10, 10], nil),
      ([1000, 10, 10, 10, 10], 1..<5), ([1, 1, 1, 1, 1, 1, 1, 1, 1, 1], 0..<8),
      ([2 << 30, 10, 10, 10, 10], 1..<5), ([100, 30, 30, 30], 0..<4),
      ([100 << 20, 30 << 20, 30 << 20, 30 << 20], nil),
      ([100 << 20, 60 << 20, 50 << 20, 50 << 20], nil),
      ([100 << 20, 90 << 20, 80 << 20, 70 << 20, 60 << 20], 0..<5),
    ] as [([Int64], Range<Int>?)])
  func policy(sizes: [Int64], expected: Range<Int>?) {
    #expect(MergePolicy().choose(sizes) == expected)
  }

  @Test(
    "what small parts become when nothing is written",
    arguments: [
      ([1 << 20, 10], 1_999, nil), ([1 << 20, 10], 2_000, 0..<2), ([10], 60_000, nil),
      ([20 << 20, 10, 10], 9_999, 1..<3), ([20 << 20, 20], 9_999, nil),
      ([20 << 20, 20], 10_001, 0..<2),
      ([63 << 20, 1 << 20], 32_000, 0..<2), ([64 << 20, 1 << 20], 3_600_000, nil),
      ([2 << 30, 30, 20], 2_000, 1..<3),
    ] as [([Int64], Int64, Range<Int>?)])
  func rest(sizes: [Int64], milliseconds: Int64, expected: Range<Int>?) {
    #expect(MergePolicy().choose(sizes, quietFor: .milliseconds(milliseconds)) == expected)
  }

  @Test("forced merges take what fits")
  func forced() {
    #expect(MergePolicy().choose([1000, 10], isForced: true) == 0..<2)
    #expect(MergePolicy().choose([1000], isForced: true) == nil)
    #expect(MergePolicy().choose([2 << 30, 10], isForced: true) == nil)
  }

  @Test("folder names keep any name apart from any other")
  func folders() {
    let names = ["a", "a/b", "..", "sw_metric-1", "ü", "a%2fb", "", "removed-x", "a b\0c"]
    #expect(Set(names.map { FolderName.encode($0) }).count == names.count)
    for name in names {
      let folder = FolderName.encode(name)
      #expect(FolderName.decode(folder) == name)
      #expect(!folder.contains("/") && !folder.contains("."))
    }
  }

  @Test("kept pages stay within their bytes, those in use the longest, and never of another part")
  func pageCache() {
    let cache = PageCache(byteCountMax: 64 << 10)
    let column = Column(integers: Array(0..<200))
    func key(_ part: UInt64, _ offset: Int64) -> PageCache.Key {
      PageCache.Key(part: part, offset: offset)
    }
    cache.keep(.column(column), key(1, 0))
    for offset in 1..<500 as Range<Int64> {
      cache.keep(.column(column), key(1, offset))
      #expect(cache.statistics.bytes <= 64 << 10)
      // Asked for all the time, it outlives the others.
      guard case .column(let found) = cache.page(key(1, 0)) else {
        Issue.record("it is gone after \(offset)")
        return
      }
      #expect(found.integers == column.integers)
    }
    #expect(cache.page(key(1, 1)) == nil, "nobody asked for it")
    #expect(cache.page(key(2, 0)) == nil)
    // Too large for its share.
    cache.keep(.column(Column(integers: Array(0..<2000))), key(3, 0))
    #expect(cache.page(key(3, 0)) == nil)
    let none = PageCache(byteCountMax: 0)
    none.keep(.column(column), key(1, 0))
    #expect(none.page(key(1, 0)) == nil)
    #expect(none.statistics.bytes == 0)
  }
}
