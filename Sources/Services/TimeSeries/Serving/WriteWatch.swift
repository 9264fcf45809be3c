import GRPC
import GRPCServing
import SeriesIngest
import SeriesSchema
import SeriesWire

/// Looks at the messages of one stream of writes: whether its caller may write to their groups, and how many there
/// are. For one task.
struct WriteWatch {
  private let watch: CallWatch
  private let calls: SeriesCalls?
  private let method: SeriesMethod
  /// The group of the last message, which may be written to.
  private var group: String?
  private var tally = SeriesCalls.Tally()

  init(_ call: ServerCall, _ calls: SeriesCalls?) {
    self.watch = CallWatch(call, nil)
    self.calls = calls
    self.method = SeriesMethod(call.path, .write)
  }

  /// A message came; one that names no group is of the last one's.
  mutating func take(_ metadata: CommonWire.Metadata?) throws(GRPCStatus) {
    if let metadata, metadata.group != self.group {
      self.flush()
      do throws(SeriesFault) {
        try self.watch.require(.write, [metadata.group])
      } catch {
        throw GRPCStatus(error)
      }
      self.group = metadata.group
    }
    self.tally.received += 1
  }

  /// An answer goes out.
  mutating func answer(_ receipt: WriteReceipt) {
    self.tally.sent += 1
    guard receipt.status != .succeed else { return }
    self.tally.refused += 1
    if receipt.status == .expiredSchema { self.tally.expired += 1 }
    if receipt.status == .schemaNotApplied { self.tally.unapplied += 1 }
  }

  /// Adds to the counters what came since the last time.
  mutating func flush() {
    guard !self.tally.isEmpty else { return }
    self.calls?.add(self.tally, self.method, group: self.group ?? "")
    self.tally = SeriesCalls.Tally()
  }
}
