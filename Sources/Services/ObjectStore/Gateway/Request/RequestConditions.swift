import Bytes
import HTTP
import ObjectModel
import S3

/// The conditions of a request.
enum RequestConditions {
  /// `"a", "b"` or `*`.
  static func tags(_ value: String?) -> WriteCondition.Tags? {
    guard let value, !value.isEmpty else { return nil }
    let pieces = value.split(separator: ",").map { piece in
      piece.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
    }.map { String($0) }
    if pieces.contains("*") || pieces.contains("\"*\"") { return .any }
    return .list(pieces.compactMap { EntityTag($0) })
  }

  /// A date in the future counts as none.
  static func seconds(_ value: String?, now: Int64) -> Int64? {
    guard let value, let seconds = S3Time.httpSeconds(value), seconds <= now else { return nil }
    return seconds
  }

  /// Of a write: entity tags alone.
  static func write(_ request: S3Request) -> WriteCondition {
    var condition = WriteCondition()
    condition.ifMatch = self.tags(request.header(.ifMatch))
    condition.ifNoneMatch = self.tags(request.header(.ifNoneMatch))
    return condition
  }

  static func read(_ request: S3Request, now: Int64) -> WriteCondition {
    var condition = self.write(request)
    condition.ifModifiedSince = self.seconds(request.header(.ifModifiedSince), now: now)
    condition.ifUnmodifiedSince = self.seconds(request.header(.ifUnmodifiedSince), now: .max)
    return condition
  }

  static func delete(_ request: S3Request) throws(S3Error) -> WriteCondition {
    var condition = WriteCondition()
    condition.ifMatch = self.tags(request.header(.ifMatch))
    if let text = request.header("x-amz-if-match-size") {
      guard let size = Int64(text) else {
        throw S3Error.invalidArgument("x-amz-if-match-size", text, "the size is no number")
      }
      condition.ifSize = size
    }
    if let text = request.header("x-amz-if-match-last-modified-time") {
      guard let seconds = self.anyTime(text) else {
        throw S3Error.invalidArgument("x-amz-if-match-last-modified-time", text, "the time is none")
      }
      condition.ifLastModified = seconds
    }
    return condition
  }

  /// An HTTP date or a time of documents.
  static func anyTime(_ text: String) -> Int64? {
    S3Time.httpSeconds(text) ?? S3Time.milliseconds(text).map { Int64($0 / 1000) }
  }

  /// Of the source of a copy or of a rename, by the prefix of its fields.
  static func source(_ request: S3Request, prefix: String, now: Int64) -> WriteCondition {
    var condition = WriteCondition()
    condition.ifMatch = self.tags(request.header(named: prefix + "if-match"))
    condition.ifNoneMatch = self.tags(request.header(named: prefix + "if-none-match"))
    condition.ifModifiedSince = self.seconds(
      request.header(named: prefix + "if-modified-since"), now: now)
    condition.ifUnmodifiedSince = self.seconds(
      request.header(named: prefix + "if-unmodified-since"), now: .max)
    return condition
  }
}
