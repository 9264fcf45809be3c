internal import Bytes
private import Crypto

/// The frame map on disk: where every frame lies and what is below it.
///
/// ```
/// page, 64 KiB:
///  0  magic "LKNM"            u32
///  4  number of the page      u32
///  8  checkpoint generation   u64
/// 16  namespace id, folded    u64
/// 24  zeros                   8 bytes
/// 32  2,047 entries of 32 bytes, for frame ids 2,047 × number and up:
///       0  unit in the file   u32
///       4  units              u16   0: there is no such frame
///       6  longest key below  u16   an upper bound
///       8  checksum           u64   XXH3-64 of the frame's units
///      16  keys below         u64
///      24  their weight       u64
///
/// directory, as many units as it takes:
///  0  magic "LKND"            u32
///  4  pages                   u32
///  8  checkpoint generation   u64
/// 16  namespace id, folded    u64
/// 24  zeros                   8 bytes
/// 32  for each page: unit u32, zeros u32, checksum u64 (XXH3-64 of the page)
/// ```
enum FrameMap {
  static let pageMagic: UInt32 = 0x4D4E_4B4C
  static let directoryMagic: UInt32 = 0x444E_4B4C
  static let pageUnits = 16
  static let pageBytes = 65_536
  static let headerBytes = 32
  static let entryBytes = 32
  static let pageEntries = 2047

  static func directoryUnits(pages: Int) -> Int {
    (self.headerBytes + pages * 16 + FrameFormat.unitBytes - 1) / FrameFormat.unitBytes
  }

  static func writeHeader(
    _ target: UnsafeMutableRawPointer, magic: UInt32, number: Int, generation: UInt64,
    namespace: UInt64
  ) {
    target.initializeMemory(as: UInt8.self, repeating: 0, count: self.headerBytes)
    let memory = FrameMemory(target)
    memory.set(0, u32: magic)
    memory.set(4, u32: UInt32(number))
    memory.set(8, u64: generation)
    memory.set(16, u64: namespace)
  }

  /// Why bytes that are what was written are still not what is looked for; nil: they are.
  static func problem(
    _ bytes: UnsafeMutableRawPointer, magic: UInt32, number: Int, namespace: UInt64
  ) -> String? {
    let memory = FrameMemory(bytes)
    if memory.u32(0) != magic { return "its magic is \(String(memory.u32(0), radix: 16))" }
    if memory.u32(4) != UInt32(number) { return "it is number \(memory.u32(4)), not \(number)" }
    if memory.u64(16) != namespace { return "it belongs to another namespace" }
    return nil
  }
}

/// A page of the map as a checkpoint will write it.
final class MapPage {
  let number: Int
  let bytes: UnsafeMutableRawBufferPointer

  init(number: Int) {
    self.number = number
    self.bytes = .allocate(byteCount: FrameMap.pageBytes, alignment: 4096)
    self.bytes.initializeMemory(as: UInt8.self, repeating: 0)
  }

  deinit { self.bytes.deallocate() }

  private var memory: FrameMemory {
    FrameMemory(self.bytes.baseAddress.unsafelyUnwrapped)
  }

  private func place(_ id: UInt32) -> Int {
    FrameMap.headerBytes + (Int(id) % FrameMap.pageEntries) * FrameMap.entryBytes
  }

  func set(_ id: UInt32, _ entry: borrowing FrameEntry) {
    let at = self.place(id)
    self.memory.set(at + 6, u16: entry.longest)
    self.memory.set(at + 16, u64: entry.objects)
    self.memory.set(at + 24, u64: entry.weight)
    self.setPlace(
      id, DiskRun(unit: entry.diskUnit, units: Int(entry.diskUnits)), checksum: entry.checksum)
  }

  func setPlace(_ id: UInt32, _ run: DiskRun, checksum: UInt64) {
    let at = self.place(id)
    self.memory.set(at, u32: run.unit)
    self.memory.set(at + 4, u16: UInt16(run.units))
    self.memory.set(at + 8, u64: checksum)
  }

  /// Fills an entry from the page. False: there is no such frame.
  func read(_ id: UInt32, into entry: inout FrameEntry) -> Bool {
    let at = self.place(id)
    let units = self.memory.u16(at + 4)
    guard units > 0 else { return false }
    entry.diskUnit = self.memory.u32(at)
    entry.diskUnits = units
    entry.longest = self.memory.u16(at + 6)
    entry.checksum = self.memory.u64(at + 8)
    entry.objects = self.memory.u64(at + 16)
    entry.weight = self.memory.u64(at + 24)
    entry.state = .used
    return true
  }

  var checksum: UInt64 { XXH3.hash64(of: UnsafeRawBufferPointer(self.bytes)) }
}
