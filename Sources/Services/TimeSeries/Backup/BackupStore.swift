package import SeriesColumns

/// Where backups are kept: a folder, or a bucket of an S3 store.
///
/// Objects are whole: a name has all of its content or is not there.
package protocol BackupStore: Sendable {
  /// Returns once it would survive a power cut. What is there under the name is replaced.
  func put(_ name: String, _ content: [UInt8]) async throws(SeriesError)
  /// Nil when there is none of that name.
  func get(_ name: String, limit: Int) async throws(SeriesError) -> [UInt8]?
  /// Names that begin so, in the order of their bytes.
  func list(_ prefix: String) async throws(SeriesError) -> [String]
  /// One that is not there is removed already.
  func remove(_ name: String) async throws(SeriesError)
}

/// `file:///PATH` or `s3://BUCKET/PREFIX`.
package struct BackupPlace: Hashable, Sendable, CustomStringConvertible {
  package enum Kind: Hashable, Sendable {
    case folder
    case bucket(String)
  }

  package var kind: Kind
  /// Of a folder absolute; of a bucket without slashes at its ends.
  package var path: String

  package init(_ text: String) throws(SeriesError) {
    if text.hasPrefix("file:///") {
      let path = text.dropFirst(7)
      self.kind = .folder
      self.path = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : String(path)
    } else if text.hasPrefix("s3://") {
      let parts = text.dropFirst(5).split(
        separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      guard let bucket = parts.first, !bucket.isEmpty else { throw Self.malformed(text) }
      self.kind = .bucket(String(bucket))
      self.path = parts.count > 1 ? String(parts[1]) : ""
      while self.path.hasSuffix("/") { self.path.removeLast() }
    } else {
      throw Self.malformed(text)
    }
    let parts = self.path.split(separator: "/", omittingEmptySubsequences: false).dropFirst(
      self.kind == .folder ? 1 : 0)
    guard self.path != "/", !parts.contains("."), !parts.contains("..") else {
      throw Self.malformed(text)
    }
  }

  private static func malformed(_ text: String) -> SeriesError {
    SeriesError(
      .malformed,
      "\(text.prefix(200)) is no place for backups: file:///PATH and s3://BUCKET/PREFIX are")
  }

  package var description: String {
    switch self.kind {
    case .folder: "file://\(self.path)"
    case .bucket(let name): "s3://\(name)" + (self.path.isEmpty ? "" : "/\(self.path)")
    }
  }
}
