package import Values

/// The bytes of objects, in blocks. A blob is written once, block by block in any order, and never
/// changes; nobody finds it but by its reference.
///
/// `put` returns when the block survives a power cut on as many replicas as its volume asks for; `get`
/// gives bytes that match their checksum, or throws. Called from event loops, never blocks them.
package protocol Blobs: AnyObject, Sendable {
  /// The size of the blocks that new blobs are cut into: a power of two.
  var blockByteCount: Int { get }

  /// Chooses a volume for a new blob, among those with room. Throws `noSpace` when there is none.
  func place(_ wish: BlobPlacement) async throws(BlobError) -> VolumeID

  /// Writes a block.
  ///
  /// - Parameter bytes: stay where they are, unchanged, until this returns; `BlockBuffer` has them where
  ///   direct I/O wants them.
  /// - Parameter checksum: XXH3-64 of the bytes, computed where they came in; stored and checked from
  ///   then on. The same block with the same checksum again: fine.
  func put(
    _ call: BlobCall, _ block: BlockAddress, _ bytes: UnsafeRawBufferPointer, checksum: UInt64
  ) async throws(BlobError)

  /// Reads a part of a block into the front of `target`.
  ///
  /// The block's checksum was verified when it is returned; nil when only the part was read and an
  /// outer checksum must prove it.
  func get(
    _ call: BlobCall, _ block: BlockAddress, _ range: Range<Int>,
    into target: UnsafeMutableRawBufferPointer
  ) async throws(BlobError) -> UInt64?

  /// Forgets every block of a blob. Readers that have begun end well. Not there: fine.
  func delete(_ call: BlobCall, _ blob: BlobReference) async throws(BlobError)
}

/// What every call to a blob store carries: the head of the Link message.
package struct BlobCall: Sendable {
  package enum Priority: UInt8, Sendable {
    case foreground = 0
    case repair = 1
    case scrub = 2
  }

  package var trace: UInt64
  package var priority: Priority
  package var deadline: MonotonicTime

  package init(
    trace: UInt64 = 0, priority: Priority = .foreground, deadline: MonotonicTime = .distantFuture
  ) {
    self.trace = trace
    self.priority = priority
    self.deadline = deadline
  }
}

/// What a new blob will be like, as far as it is known.
package struct BlobPlacement: Sendable, Hashable {
  /// Nil: not known yet.
  package var byteCount: Int64?
  package var storageClass: UInt8
  package var placement: BucketPlacement

  package init(byteCount: Int64?, storageClass: UInt8, placement: BucketPlacement) {
    self.byteCount = byteCount
    self.storageClass = storageClass
    self.placement = placement
  }
}

package struct BlobError: Error, Sendable, Hashable, CustomStringConvertible {
  package var code: Code
  package var message: String
  /// The block that it is about.
  package var block: BlockAddress?

  package init(_ code: Code, _ message: String, block: BlockAddress? = nil) {
    self.code = code
    self.message = message
    self.block = block
  }

  package var description: String { "\(self.code): \(self.message)" }

  /// The result codes of Link messages: 1 to 9 as the storage nodes have them.
  package struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: UInt32
    package init(rawValue: UInt32) { self.rawValue = rawValue }
    package static let `internal` = Code(rawValue: 1)
    package static let notFound = Code(rawValue: 2)
    package static let corrupted = Code(rawValue: 3)
    package static let slowDown = Code(rawValue: 4)
    package static let shuttingDown = Code(rawValue: 5)
    package static let fenceStale = Code(rawValue: 6)
    package static let wrongDevice = Code(rawValue: 7)
    package static let versionSkipped = Code(rawValue: 8)
    package static let noSpace = Code(rawValue: 9)
    package static let deadlineExceeded = Code(rawValue: 11)
    package static let badRequest = Code(rawValue: 14)
    package static let unreachable = Code(rawValue: 17)

    private static let names: [UInt32: String] = [
      1: "internal", 2: "not_found", 3: "corrupted", 4: "slow_down", 5: "shutting_down",
      6: "fence_stale", 7: "wrong_device", 8: "version_skipped", 9: "no_space",
      11: "deadline_exceeded", 14: "bad_request", 17: "unreachable",
    ]
    package var description: String {
      "blobs." + (Self.names[self.rawValue] ?? "\(self.rawValue)")
    }
  }
}
