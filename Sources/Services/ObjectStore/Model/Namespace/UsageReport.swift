/// How much is under a prefix.
package struct SubtreeSums: Sendable, Hashable {
  /// Current objects, without delete markers.
  package var objects: UInt64
  package var bytes: UInt64
  /// Versions that are not current, and delete markers; only of a whole tree.
  package var versions: UInt64
  package var versionBytes: UInt64
  package var uploads: UInt64
  package var uploadBytes: UInt64

  package init(
    objects: UInt64 = 0, bytes: UInt64 = 0, versions: UInt64 = 0, versionBytes: UInt64 = 0,
    uploads: UInt64 = 0, uploadBytes: UInt64 = 0
  ) {
    self.objects = objects
    self.bytes = bytes
    self.versions = versions
    self.versionBytes = versionBytes
    self.uploads = uploads
    self.uploadBytes = uploadBytes
  }
}

package struct UsageReport: Sendable, Hashable {
  package var total: SubtreeSums
  /// By folder, in their order; each name begins with the prefix and ends in a slash.
  package var rows: [Row]
  package var isTruncated: Bool

  package struct Row: Sendable, Hashable {
    package var name: [UInt8]
    package var sums: SubtreeSums
    package init(name: [UInt8], sums: SubtreeSums) {
      self.name = name
      self.sums = sums
    }
  }

  package init(total: SubtreeSums, rows: [Row] = [], isTruncated: Bool = false) {
    self.total = total
    self.rows = rows
    self.isTruncated = isTruncated
  }
}
