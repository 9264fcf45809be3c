internal import Runtime

/// Where a key ring is kept: a file of one machine, or a fact that all daemons of a cluster share.
public protocol KeyRingStore: Sendable {
  /// Names the place in messages.
  var place: String { get }
  /// Nil when there is no ring yet.
  func read() async throws(SecurityError) -> StoredKeyRing?
  /// Returns once `text` is durable in the place of what was read with `stamp`; nil: of nothing. Throws
  /// `ringChanged` when somebody else has replaced it since.
  func replace(
    _ text: [UInt8], after stamp: Int64?
  ) async throws(SecurityError) -> Int64
}

public struct StoredKeyRing: Sendable {
  public var text: [UInt8]
  /// Another one for every content.
  public var stamp: Int64

  public init(text: [UInt8], stamp: Int64) {
    self.text = text
    self.stamp = stamp
  }
}

/// A ring in a file that this process alone changes.
struct KeyRingFileStore: KeyRingStore {
  let place: String
  let disk: any Disk

  func read() async throws(SecurityError) -> StoredKeyRing? {
    do {
      let text = try await self.disk.readAll(self.place, limit: KeyRingFile.byteCountMax)
      return StoredKeyRing(text: text, stamp: 0)
    } catch {
      guard !error.isNotFound else { return nil }
      throw SecurityError(
        .diskFailed, "cannot read the key ring \(self.place): \(error)", cause: error)
    }
  }

  func replace(
    _ text: [UInt8], after stamp: Int64?
  ) async throws(SecurityError) -> Int64 {
    do {
      try await self.disk.replace(self.place, with: text)
      return 0
    } catch {
      throw SecurityError(
        .diskFailed, "cannot write the key ring \(self.place): \(error)",
        hint: "its file holds the old content or the new, both whole", cause: error)
    }
  }
}
