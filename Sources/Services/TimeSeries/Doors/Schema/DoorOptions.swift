/// What doors may do to the schema by themselves, and how much they take at once.
package struct DoorOptions: Sendable {
  /// Whether a group that is not there is made when something comes for it.
  package var makesGroups = true
  /// Of groups that are made.
  package var shards: UInt32 = 2
  package var segmentDays: UInt32 = 1
  package var ttlDays: UInt32 = 30
  /// Tags and fields of one measure.
  package var columnsMax = 1000
  /// Measures of one group that doors still add to.
  package var measuresMax = 20_000
  /// Of a body, as it comes and when it is unpacked.
  package var bodyBytesMax = 32 << 20
  package var contentBytesMax = 128 << 20
  /// Where Prometheus writes when it does not say.
  package var prometheusGroup = "prometheus"

  package init() {}
  package init(_ change: (inout DoorOptions) -> Void) { change(&self) }
}
