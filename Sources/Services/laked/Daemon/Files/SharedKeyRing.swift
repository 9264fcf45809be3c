import Cluster
import Runtime
import Security

/// The key ring of a cluster of several machines: a fact, sealed under the master key that every daemon is
/// given. What one daemon seals, the others open.
struct SharedKeyRing: KeyRingStore {
  static let prefix = "keys/"
  private static let key = FactKey("keys/ring")

  let facts: any Facts
  let place = "in the facts"

  func read() async throws(SecurityError) -> StoredKeyRing? {
    do throws(FactsError) {
      return try await self.facts.get(Self.key).map {
        StoredKeyRing(text: $0.value, stamp: $0.modifiedAt.number)
      }
    } catch {
      throw SecurityError(.diskFailed, "cannot read the key ring: \(error)", cause: error)
    }
  }

  func replace(
    _ text: [UInt8], after stamp: Int64?
  ) async throws(SecurityError) -> Int64 {
    guard text.count <= Fact.valueByteCountMax else {
      throw SecurityError(
        .ringFull, "the key ring has \(text.count) bytes, a fact holds \(Fact.valueByteCountMax)",
        hint: "finish rotations that are under way, so that old versions go")
    }
    let condition: FactTransaction.Condition =
      stamp.map { .isUnchanged(Self.key, since: FactRevision($0)) } ?? .isAbsent(Self.key)
    do throws(FactsError) {
      switch try await self.facts.put(Self.key, text, if: condition) {
      case .done(let revision): return revision.number
      case .refused: throw FactsError(.unknownOutcome, "somebody else changed it")
      }
    } catch {
      // Whether it was ours is told by what is there.
      if error.code == .unknownOutcome, let there = try await self.read(), there.text == text {
        return there.stamp
      }
      throw SecurityError(
        error.code == .unknownOutcome ? .ringChanged : .diskFailed,
        "cannot write the key ring: \(error)", cause: error)
    }
  }

  /// Takes over what other daemons make of the ring, until the task is cancelled.
  static func follow(
    _ ring: KeyRing, in facts: any Facts, time: any TimeSource
  ) async throws {
    while true {
      do {
        let page = try await facts.list(Self.prefix)
        try await ring.reload()
        let watch = try await facts.watch(Self.prefix, after: page.revision)
        do {
          while true {
            _ = try await watch.next()
            try await ring.reload()
          }
        } catch {
          await watch.stop()
          throw error
        }
      } catch let error as CancellationError {
        throw error
      } catch let error as SecurityError where error.code == .masterKeyWrong {
        throw error
      } catch {
        try await time.sleep(for: .seconds(1))
      }
    }
  }
}
