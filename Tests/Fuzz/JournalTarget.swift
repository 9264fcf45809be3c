import Fuzzing
import Workloads

extension FuzzTarget {
  /// A segment file, as it is and with every checksum made right.
  static let journal = FuzzTarget("journal", seeds: JournalForgery.seeds) {
    try JournalForgery.check($0)
  }
}
