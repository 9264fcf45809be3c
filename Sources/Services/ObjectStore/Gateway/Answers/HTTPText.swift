import S3
import Values

enum HTTPText {
  /// `Sun, 06 Nov 1994 08:49:37 GMT`
  static func date(milliseconds: UInt64) -> String {
    // A clock's milliseconds are in the years 1970 to 9999.
    guard let time = try? Timestamp(seconds: Int64(clamping: milliseconds / 1000)) else {
      return ""
    }
    return HTTPDate.text(time)
  }
}
