internal import Bytes

/// Records that wait for the writer, in the order they will be found in.
struct CommitQueue: ~Copyable {
  struct Entry {
    enum Kind {
      case record(byteCount: Int)
      /// Nothing but a block header, which makes a new epoch durable.
      case epoch
      /// The same for a trim. It may use a segment's last page: on a full disk only a trim helps.
      case trim

      var isTrim: Bool { if case .trim = self { true } else { false } }
    }
    var kind: Kind
    var epoch: UInt64
    var waiter: Waiter
  }

  enum Waiter {
    case append(UnsafeContinuation<Result<JournalPosition, JournalError>, Never>)
    case ticket(JournalTicket)

    func resume(_ result: Result<JournalPosition, JournalError>) {
      switch self {
      case .append(let waiter): waiter.resume(returning: result)
      case .ticket(let ticket): ticket.settle(result)
      }
    }
  }

  /// The bytes of the records, one after the other.
  var bytes = ByteWriter(capacity: 64 << 10)
  var entries: [Entry] = []

  var isEmpty: Bool { self.entries.isEmpty }

  /// How many of `entries` are records, and their bytes.
  static func sizes(of entries: [Entry]) -> (records: Int, bytes: Int) {
    var sizes = (records: 0, bytes: 0)
    for entry in entries {
      guard case .record(let byteCount) = entry.kind else { continue }
      sizes.records += 1
      sizes.bytes += byteCount
    }
    return sizes
  }

  mutating func removeAll() {
    self.entries.removeAll(keepingCapacity: true)
    self.bytes.removeAll(keepingCapacityUpTo: 4 << 20)
  }
}
