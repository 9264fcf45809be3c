/// How the rows of a group are spread and how long they stay.
public struct GroupOptions: Sendable, Hashable {
  public var shardCount: UInt32
  public var segmentSeconds: Int64
  /// 0: for ever.
  public var ttlSeconds: Int64
  /// Local time less UTC: segments begin at multiples of `segmentSeconds` since 1970-01-01 00:00 local.
  public var gridOffsetSeconds: Int64

  public init(
    shardCount: UInt32, segmentSeconds: Int64, ttlSeconds: Int64, gridOffsetSeconds: Int64 = 0
  ) {
    precondition(shardCount > 0, "a group of no shards")
    precondition(segmentSeconds > 0, "segments of \(segmentSeconds) s")
    precondition(ttlSeconds >= 0, "a ttl of \(ttlSeconds) s")
    self.shardCount = shardCount
    self.segmentSeconds = segmentSeconds
    self.ttlSeconds = ttlSeconds
    self.gridOffsetSeconds = gridOffsetSeconds
  }

  /// The times of the segment that `time` falls into, were there no others. Cut to 64 bits of
  /// nanoseconds at both ends of time.
  public func segment(of time: Int64) -> Range<Int64> {
    let seconds = time.flooredQuotient(1_000_000_000) + self.gridOffsetSeconds
    let start =
      seconds.flooredQuotient(self.segmentSeconds) * self.segmentSeconds - self.gridOffsetSeconds
    let (low, lowOverflow) = start.multipliedReportingOverflow(by: 1_000_000_000)
    let (high, highOverflow) = (start + self.segmentSeconds)
      .multipliedReportingOverflow(by: 1_000_000_000)
    return (lowOverflow ? Int64.min : low)..<(highOverflow ? Int64.max : high)
  }

  /// Rows before this time are expired; the smallest number when nothing expires.
  public func expiry(_ now: Int64) -> Int64 {
    guard self.ttlSeconds > 0 else { return .min }
    let (ttl, overflow) = self.ttlSeconds.multipliedReportingOverflow(by: 1_000_000_000)
    guard !overflow else { return .min }
    let (expiry, carry) = now.subtractingReportingOverflow(ttl)
    return carry ? .min : expiry
  }
}

extension Int64 {
  func flooredQuotient(_ divisor: Int64) -> Int64 {
    let (quotient, remainder) = self.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}
