/// What looking after a namespace asks of it besides serving; answered in the process that owns it.
package protocol NamespaceUpkeep: Namespace {
  /// From now on calls of another term are refused, those under way too.
  func own(inTerm epoch: UInt64)

  /// Every tree, closed ones too, in ascending order.
  func roots(after root: RootID?, limit: Int) async throws(NamespaceError) -> [RootID]

  /// Like `takeGarbage`, behind an entry: what cannot be deleted now keeps nobody from what is behind.
  func takeGarbage(
    dueBefore milliseconds: UInt64, after number: UInt64, limit: Int
  ) async throws(NamespaceError) -> [GarbageEntry]

  /// How many blobs wait in the queue, and their bytes.
  func garbageBacklog() async throws(NamespaceError) -> GarbageBacklog

  /// Everything that names a blob, each with its key, in pages. A name that moves during the walk, in
  /// either direction, is in it, or in a place that `moves` tells.
  func holdings(
    _ place: HoldingPlace, after cursor: [UInt8], limit: Int
  ) async throws(NamespaceError) -> HoldingPage

  /// Places that names may have moved to since `mark` against the order of the walk; moves that are under
  /// way count. From `watchMoves` on they are kept; throws `conflict` when there were too many to keep.
  func moves(since mark: UInt64) throws(NamespaceError) -> MovedPlaces
  /// Begins to keep them, and answers the first mark.
  func watchMoves() -> UInt64
  /// Ends what `watchMoves` began.
  func unwatchMoves()
}

package struct GarbageBacklog: Sendable, Hashable {
  package var entries: UInt64
  package var bytes: UInt64

  package init(entries: UInt64, bytes: UInt64) {
    self.entries = entries
    self.bytes = bytes
  }
}

/// Where to look for names of blobs.
package enum HoldingPlace: Sendable, Hashable {
  /// Objects, versions and parts of a tree.
  case root(RootID)
  /// What waits to be deleted, of all trees.
  case queue
  /// As `moves` gave it: one name, or all that begin with it.
  case moved(key: [UInt8], isFolder: Bool)
}

package struct HoldingPage: Sendable, Hashable {
  package var holdings: [Holding]
  /// Goes on from here; empty at the end.
  package var cursor: [UInt8]

  package init(holdings: [Holding], cursor: [UInt8]) {
    self.holdings = holdings
    self.cursor = cursor
  }
}

/// A name and the blob that it names.
package struct Holding: Sendable, Hashable {
  /// In the namespace's own order: only good for comparing, and for messages by `name`.
  package var key: [UInt8]
  /// The object's key; of a part, the upload's identifier; empty in the queue.
  package var name: [UInt8]
  package var blob: BlobReference

  package init(key: [UInt8], name: [UInt8], blob: BlobReference) {
    self.key = key
    self.name = name
    self.blob = blob
  }
}

package struct MovedPlaces: Sendable, Hashable {
  package var places: [HoldingPlace]
  /// What to ask with next.
  package var mark: UInt64

  package init(places: [HoldingPlace], mark: UInt64) {
    self.places = places
    self.mark = mark
  }
}
