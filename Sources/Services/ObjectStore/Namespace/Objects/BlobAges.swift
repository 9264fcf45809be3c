internal import ObjectModel

// A blob that nobody names is an orphan when it is old enough. So that none is taken which somebody is
// just about to name, a commit that names a blob for the first time must do so while it is young.

extension BlobReference {
  /// Throws `blobTooOld` when the blob was begun too long before `now` to be named for the first time.
  func checkAge(_ options: KeyedNamespaceOptions, at now: UInt64) throws(NamespaceError) {
    let limit = options.orphanMilliseconds / 2
    guard limit > 0, let begun = self.begunMilliseconds, begun < now, now - begun > limit else {
      return
    }
    throw NamespaceError(
      .blobTooOld,
      "blob \(self.id) was begun \((now - begun) / 1000) s ago, and may be named for the first time "
        + "within \(limit / 1000) s")
  }
}

extension RecordView {
  func checkAges(
    _ options: KeyedNamespaceOptions, keeping kept: Set<BlobReference>, at now: UInt64
  ) throws(NamespaceError) {
    var failure: NamespaceError?
    self.forEachBlob { blob in
      guard failure == nil, !kept.contains(blob) else { return }
      do throws(NamespaceError) { try blob.checkAge(options, at: now) } catch { failure = error }
    }
    if let failure { throw failure }
  }
}
