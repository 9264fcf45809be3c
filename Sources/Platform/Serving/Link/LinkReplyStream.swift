public import Link

/// The parts of an answer, as they come. Used by one task, that of the call.
///
/// Parts that were not taken hold the sender up, so a stream is read to its end or cancelled; one that is
/// forgotten is cancelled.
public final class LinkReplyStream: @unchecked Sendable {
  // Sendable: confined to the loop of its call.
  private let source: any ReplySource
  private var isOver = false

  init(_ source: any ReplySource) { self.source = source }

  deinit { if !self.isOver { self.source.giveUp() } }

  /// The next part; nil at the end. After a throw there is no more.
  public func next() async throws(LinkError) -> [UInt8]? {
    guard !self.isOver else { return nil }
    do throws(LinkError) {
      let part = try await self.source.nextPart()
      if part == nil { self.isOver = true }
      return part
    } catch {
      self.isOver = true
      throw error
    }
  }

  /// Gives the rest up.
  public func cancel() {
    guard !self.isOver else { return }
    self.isOver = true
    self.source.giveUp()
  }

  /// All parts as one, at most `limit` bytes.
  public func collect(limit: Int) async throws(LinkError) -> [UInt8] {
    var all: [UInt8] = []
    while let part = try await self.next() {
      guard all.count + part.count <= limit else {
        self.cancel()
        throw LinkError(.badRequest, "the answer has more than \(limit) bytes")
      }
      all += part
    }
    return all
  }
}

/// Where the parts of a stream come from.
protocol ReplySource: AnyObject {
  func nextPart() async throws(LinkError) -> [UInt8]?
  /// May be called from any thread.
  func giveUp()
}
