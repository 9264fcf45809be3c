/// Which parts become one.
struct MergePolicy: Sendable, Hashable {
  /// Parts of one merge.
  var inputsMax = 8
  /// Fewer than these are left for later.
  var inputsMin = 4
  /// The result must be so much larger than the largest of the inputs: every byte is written anew about as
  /// often as parts can grow by this factor. Small parts, which many queries read, are merged for less.
  var gainMin = 2.5
  var smallGainMin = 1.7
  var smallBytesMax: Int64 = 64 << 20
  /// A part that would be larger is not made; one that is nearly so is final.
  var partBytesMax: Int64 = 2 << 30
  /// Parts of a shard above which two are enough.
  var partsMax = 32

  /// A range of `sizes`, which stand in the order of arrival; nil when nothing is worth it. Only
  /// neighbours are merged, so that of equal versions the later one stays the later one.
  func choose(_ sizes: [Int64], isForced: Bool = false) -> Range<Int>? {
    let least = isForced || sizes.count > self.partsMax ? 2 : self.inputsMin
    var best: (range: Range<Int>, gain: Double)?
    for start in sizes.indices {
      var (sum, largest) = (Int64(0), Int64(0))
      for end in start..<min(sizes.count, start + self.inputsMax) {
        sum += sizes[end]
        largest = max(largest, sizes[end])
        guard sum <= self.partBytesMax else { break }
        guard end - start + 1 >= least else { continue }
        let gain = Double(sum) / Double(max(1, largest))
        let wanted = sum > self.smallBytesMax ? self.gainMin : self.smallGainMin
        guard isForced || gain >= wanted || sizes.count > self.partsMax else { continue }
        if gain > best?.gain ?? 0 { best = (start..<(end + 1), gain) }
      }
    }
    return best?.range
  }
}
