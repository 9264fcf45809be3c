/// Which faults a simulated disk injects, as probabilities, and the shape of the device.
///
/// The default injects none, takes no time, and at a power cut keeps everything that was written.
public struct DiskFaults: Sendable {
  /// What the device writes as a whole or not at all: 512, 4096, or 1 for a device without that promise.
  public var sectorBytes = 512
  /// What all files together may occupy, in blocks of 4096 bytes.
  public var capacityBytes = Int64.max

  // At a power cut, for what was not synced

  /// A write, a truncation or a hole is lost whole.
  public var lostWrite = 0.0
  /// Of a write that is not lost, only some of its sectors arrive.
  public var tornWrite = 0.0
  /// A file's writes arrive in another order, so that the older of two overlapping ones may win.
  public var reorderedWrites = 0.0
  /// A created, renamed or removed name is as it was before.
  public var lostName = 0.0
  /// One bit of a file's durable content turns over.
  public var restBitFlip = 0.0

  // While running

  /// One bit of what a read returns is wrong; the file is not.
  public var readBitFlip = 0.0
  /// EIO from a read.
  public var readFailure = 0.0
  /// EIO from a write, some sectors of which arrived.
  public var writeFailure = 0.0
  /// EIO from a sync. As on Linux, the pages count as clean from then on: what they held is lost in
  /// part, and the next sync succeeds without writing it.
  public var syncFailure = 0.0
  /// After a failed sync, readers see what is on the device, no longer what was written.
  public var evictionAfterSyncFailure = 0.5
  /// Virtual time of every operation.
  public var latency: Duration = .zero
  /// An operation takes `slowLatency` instead.
  public var slowOperation = 0.0
  public var slowLatency: Duration = .milliseconds(300)

  public init() {}
  public init(_ change: (inout DiskFaults) -> Void) { change(&self) }

  /// A disk of which only the power cuts are hard: what was not synced is lost, torn or reordered.
  public static let powerCuts = DiskFaults {
    $0.lostWrite = 0.3
    $0.tornWrite = 0.5
    $0.reorderedWrites = 0.5
    $0.lostName = 0.5
  }
}
