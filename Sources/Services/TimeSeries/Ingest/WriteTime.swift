import Protobuf
import SeriesSchema

enum WriteTime {
  /// Nil outside of what 64 bits hold, and for what is not a whole number of milliseconds.
  static func nanoseconds(_ time: ProtoTimestamp?) -> Int64? {
    guard let nanoseconds = time?.exactNanoseconds, nanoseconds % 1_000_000 == 0 else {
      return nil
    }
    return nanoseconds
  }
}
