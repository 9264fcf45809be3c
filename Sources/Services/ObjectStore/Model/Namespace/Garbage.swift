/// Blobs that nobody names any more, to be deleted when their time has come.
package struct GarbageEntry: Sendable, Hashable {
  package var number: UInt64
  package var dueMilliseconds: UInt64
  package var blob: BlobReference

  package init(number: UInt64, dueMilliseconds: UInt64, blob: BlobReference) {
    self.number = number
    self.dueMilliseconds = dueMilliseconds
    self.blob = blob
  }
}

package struct ReferencePage: Sendable, Hashable {
  package var blobs: [BlobReference]
  /// Goes on from here; empty at the end.
  package var cursor: [UInt8]

  package init(blobs: [BlobReference], cursor: [UInt8]) {
    self.blobs = blobs
    self.cursor = cursor
  }
}
