/// Which parts become one.
struct MergePolicy: Sendable, Hashable {
  /// Parts of one merge.
  var inputsMax = 8
  /// Fewer than these are left for later.
  var inputsMin = 4
  /// The result must be so much larger than the largest of the inputs: every byte is written anew about as
  /// often as parts can grow by this factor. Small parts, which many queries read, are merged for less.
  var gainMin = 4.0
  var smallGainMin = 1.7
  var smallBytesMax: Int64 = 64 << 20
  /// A part that would be larger is not made; one that is nearly so is final.
  var partBytesMax: Int64 = 2 << 30
  /// Parts of a shard above which two are enough.
  var partsMax = 32
  /// Small parts become one for any gain, and be they two, when nothing was written for so long, and for so long
  /// for each MiB of theirs: many times what the merge takes, so that pauses between writes cost little.
  var quiet: Duration = .seconds(2)
  var quietPerMiB: Duration = .milliseconds(500)

  /// A range of `sizes`, which stand in the order of arrival; nil when nothing is worth it. Only
  /// neighbours are merged, so that of equal versions the later one stays the later one.
  ///
  /// - Parameter quietFor: how long nothing was written.
  func choose(
    _ sizes: [Int64], isForced: Bool = false, quietFor: Duration = .zero
  ) -> Range<Int>? {
    let isUrgent = isForced || sizes.count > self.partsMax
    var best: (range: Range<Int>, gain: Double)?
    for start in sizes.indices {
      var (sum, largest) = (Int64(0), Int64(0))
      for end in start..<min(sizes.count, start + self.inputsMax) {
        sum += sizes[end]
        largest = max(largest, sizes[end])
        guard sum <= self.partBytesMax else { break }
        let isEager = isUrgent || self.isQuiet(quietFor, for: sum)
        guard end - start + 1 >= (isEager ? 2 : self.inputsMin) else { continue }
        let gain = Double(sum) / Double(max(1, largest))
        guard isEager || gain >= self.gain(sum) else { continue }
        if gain > best?.gain ?? 0 { best = (start..<(end + 1), gain) }
      }
    }
    return best?.range
  }

  /// Level of zstd for a part that is made of so many bytes: a small one will be merged again, or is read so often
  /// that little is won.
  func level(_ bytes: Int64, of level: Int) -> Int {
    bytes > self.smallBytesMax ? level : min(level, 1)
  }

  private func gain(_ bytes: Int64) -> Double {
    bytes > self.smallBytesMax ? self.gainMin : self.smallGainMin
  }

  private func isQuiet(_ time: Duration, for bytes: Int64) -> Bool {
    guard time >= self.quiet, bytes <= self.smallBytesMax else { return false }
    return time >= self.quietPerMiB * (Double(bytes) / Double(1 << 20))
  }
}
