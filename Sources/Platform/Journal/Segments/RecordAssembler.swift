internal import Bytes

/// Puts the fragments of consecutive blocks together to records.
struct RecordAssembler: ~Copyable {
  private var partial = ByteWriter(capacity: 256)
  private var partialPosition: JournalPosition?
  private var partialEpoch: UInt64 = 0
  /// Nothing has been taken yet: pieces of a record that began in a trimmed segment are passed over.
  private var isAtStart = true

  /// Whether the last record is unfinished.
  var hasPartial: Bool { self.partialPosition != nil }

  /// Takes the payload of the next block and hands over the records that it completes, each with its
  /// position. Returns a text that names the problem when the pieces do not fit together.
  mutating func take(
    _ header: BlockHeader, at offset: Int, _ payload: RawSpan,
    _ emit: (borrowing JournalRecordView) throws(JournalError) -> Void
  ) throws(JournalError) -> String? {
    if header.abandonsPartial {
      guard self.hasPartial || self.isAtStart else { return "it abandons a record that is whole" }
      self.partialPosition = nil
      self.partial.removeAll(keepingCapacityUpTo: 1 << 20)
      self.isAtStart = false
    }
    var fragments = FragmentReader(payload)
    while !fragments.isAtEnd {
      guard let fragment = fragments.next() else {
        return "its payload is no fragment at \(fragments.offset)"
      }
      let place = offset + BlockHeader.byteCount + fragment.offset
      let position = JournalPosition(
        segment: header.segment, offset: UInt32(truncatingIfNeeded: place))
      switch fragment.kind {
      case .whole:
        if self.hasPartial { return "a record begins before the one before it has ended" }
        self.isAtStart = false
        try emit(
          JournalRecordView(position: position, epoch: header.epoch, bytes: fragment.bytes))
      case .first:
        if self.hasPartial { return "a record begins before the one before it has ended" }
        self.isAtStart = false
        self.partialPosition = position
        self.partialEpoch = header.epoch
        self.partial.removeAll(keepingCapacityUpTo: 1 << 20)
        self.partial.append(fragment.bytes)
      case .middle, .last:
        guard let start = self.partialPosition else {
          if self.isAtStart {
            self.isAtStart = fragment.kind == .middle
            continue
          }
          return "a piece of a record has no beginning"
        }
        let total = self.partial.count + fragment.bytes.byteCount
        if total > JournalOptions.recordBytesLimit { return "a record of over \(total) bytes" }
        self.partial.append(fragment.bytes)
        guard fragment.kind == .last else { continue }
        self.partialPosition = nil
        try emit(
          JournalRecordView(position: start, epoch: self.partialEpoch, bytes: self.partial.bytes))
      }
    }
    return nil
  }
}
