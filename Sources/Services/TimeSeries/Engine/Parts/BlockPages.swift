internal import SeriesColumns

/// The pages of a block, as they were read or as an earlier query left them.
struct BlockPages {
  let runs: [SeriesRun]
  private let bytes: UnsafeRawBufferPointer?
  private let starts: [Int]
  private var proven: [(number: Int, page: ProvenPage)] = []

  /// Pages that were just read. Valid while the bytes are.
  init(
    _ bytes: UnsafeRawBufferPointer, _ starts: [Int], _ decoder: PageDecoder
  ) throws(ColumnError) {
    self.bytes = bytes
    self.starts = starts
    self.runs = try decoder.runs(UnsafeRawBufferPointer(rebasing: bytes[..<starts[1]]))
  }

  /// Pages that were kept, `count` of them at most, and no others.
  init(_ runs: [SeriesRun], count: Int) {
    self.bytes = nil
    self.starts = []
    self.runs = runs
    self.proven.reserveCapacity(count)
  }

  /// Whether they were just read.
  var isRead: Bool { self.bytes != nil }

  /// Where a page that was read begins in the block.
  func start(_ number: Int) -> Int { self.starts[number] }

  mutating func add(_ page: ProvenPage, _ number: Int) { self.proven.append((number, page)) }

  /// Nil where a page is empty.
  func form(_ number: Int) -> PageForm? {
    if let known = self.proven.first(where: { $0.number == number }) {
      return .proven(known.page)
    }
    return self.stored(number).map { .stored($0) }
  }

  /// A page as it was read.
  func stored(_ number: Int) -> UnsafeRawBufferPointer? {
    guard let bytes = self.bytes, self.starts[number] < self.starts[number + 1] else { return nil }
    return UnsafeRawBufferPointer(rebasing: bytes[self.starts[number]..<self.starts[number + 1]])
  }
}
