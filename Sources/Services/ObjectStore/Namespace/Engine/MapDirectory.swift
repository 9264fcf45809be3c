internal import Bytes

/// Where the pages of the map lie. `FrameMap` has its bytes.
struct MapDirectory: Sendable {
  struct Page: Equatable, Sendable {
    var run: DiskRun
    var checksum: UInt64
  }
  private(set) var pages: [Page] = []

  /// Puts pages at new places; answers the old ones.
  mutating func take(_ places: [Int: Page]) -> [DiskRun] {
    var released: [DiskRun] = []
    for (number, page) in places {
      while self.pages.count <= number {
        self.pages.append(Page(run: DiskRun(unit: 0, units: 0), checksum: 0))
      }
      if self.pages[number].run.units > 0 { released.append(self.pages[number].run) }
      self.pages[number] = page
    }
    return released
  }

  func encoded(_ superblock: Superblock) -> [UInt8] {
    let byteCount = FrameMap.directoryUnits(pages: self.pages.count) * FrameFormat.unitBytes
    var writer = ByteWriter(capacity: byteCount)
    writer.append(littleEndian: FrameMap.directoryMagic)
    writer.append(littleEndian: UInt32(self.pages.count))
    writer.append(littleEndian: superblock.generation)
    writer.append(littleEndian: superblock.folded)
    writer.append(littleEndian: UInt64(0))
    for page in self.pages {
      writer.append(littleEndian: page.run.unit)
      writer.append(littleEndian: UInt32(page.run.units))
      writer.append(littleEndian: page.checksum)
    }
    writer.append(repeating: 0, count: byteCount - writer.count)
    return writer.bytes.array
  }

  /// Nil: the bytes are no directory of `count` pages.
  init?(_ bytes: RawSpan, count: Int) {
    guard bytes.byteCount >= FrameMap.headerBytes + count * 16 else { return nil }
    for number in 0..<count {
      let at = FrameMap.headerBytes + number * 16
      let run = DiskRun(
        unit: bytes.number(at: at, as: UInt32.self),
        units: Int(bytes.number(at: at + 4, as: UInt32.self)))
      guard run.units == FrameMap.pageUnits || run.units == 0 else { return nil }
      self.pages.append(Page(run: run, checksum: bytes.number(at: at + 8, as: UInt64.self)))
    }
  }

  init() {}
}
