import CommandTable
import Values

/// `BUCKET/KEY`, or `lake://BUCKET/KEY`.
struct ObjectName: ArgumentValue, Hashable {
  var bucket: String
  var key: String

  static let placeholder = "BUCKET/KEY"
  static let source = ValueSource.resources("object")
  static let scheme = "lake://"

  init(bucket: String, key: String) {
    self.bucket = bucket
    self.key = key
  }

  init(argument: String) throws(ValueError) {
    let place = try BucketPlace(argument: argument)
    guard !place.prefix.isEmpty else {
      throw ValueError(.malformed, "\(argument.visible.quoted) names no object: BUCKET/KEY does")
    }
    guard place.prefix.utf8.count <= 1024 else {
      throw ValueError(
        .outOfRange, "the key has \(place.prefix.utf8.count) bytes; keys have 1 to 1024")
    }
    self.init(bucket: place.bucket, key: place.prefix)
  }

  var text: String { "\(self.bucket)/\(self.key)" }
  /// The part behind the last slash.
  var lastPart: String { String(self.key.split(separator: "/").last ?? "object") }
}

/// `BUCKET`, or `BUCKET/PREFIX`: what stands behind the first slash, as it is.
struct BucketPlace: ArgumentValue, Hashable {
  var bucket: String
  var prefix: String

  static let placeholder = "BUCKET"
  static let source = ValueSource.resources("object")

  init(argument: String) throws(ValueError) {
    let bare =
      argument.hasPrefix(ObjectName.scheme)
      ? argument.dropFirst(ObjectName.scheme.count) : Substring(argument)
    let slash = bare.firstIndex(of: "/")
    self.bucket = String(bare[..<(slash ?? bare.endIndex)])
    self.prefix = slash.map { String(bare[bare.index(after: $0)...]) } ?? ""
    guard !self.bucket.isEmpty else {
      throw ValueError(.malformed, "\(argument.visible.quoted) names no bucket")
    }
  }

  var text: String { self.prefix.isEmpty ? self.bucket : "\(self.bucket)/\(self.prefix)" }
}
