internal import Bytes
internal import ObjectModel
private import Values

/// What is known of a block: 64 bytes, in memory and in the index file the same.
///
/// ```
///  0  blob                  u64, u64
/// 16  number of the block   u32
/// 20  volume                u16
/// 22  state                 u8    0 empty, 1 present, 2 was removed
/// 23  flags                 u8    1 never confirmed, 2 found damaged, 4 no block: a place set aside
/// 24  checksum              u64   XXH3-64 of the bytes
/// 32  bytes                 u32
/// 36  units of the extents  4 × u32   of 4 KiB, in the data file
/// 52  their lengths         4 × u8    in units; 0: there is none
/// 56  written, ms           u64
/// ```
struct BlockEntry: BitwiseCopyable {
  var blobHigh: UInt64 = 0
  var blobLow: UInt64 = 0
  var number: UInt32 = 0
  var volume: UInt16 = 0
  var state: UInt8 = 0
  var flags: UInt8 = 0
  var checksum: UInt64 = 0
  var byteCount: UInt32 = 0
  var starts: (UInt32, UInt32, UInt32, UInt32) = (0, 0, 0, 0)
  var lengths: (UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0)
  var milliseconds: UInt64 = 0

  static let byteCountOnDisk = 64
  static let empty: UInt8 = 0
  static let present: UInt8 = 1
  static let removed: UInt8 = 2
  static let unconfirmed: UInt8 = 1
  static let damaged: UInt8 = 2
  static let setAside: UInt8 = 4
  static let extentsMax = 4

  init() {}

  init(_ address: BlockAddress) {
    self.blobHigh = UInt64(truncatingIfNeeded: address.blob.bits >> 64)
    self.blobLow = UInt64(truncatingIfNeeded: address.blob.bits)
    self.number = address.number
    self.volume = address.volume.rawValue
    self.state = Self.present
  }

  var address: BlockAddress {
    BlockAddress(
      volume: VolumeID(rawValue: self.volume),
      blob: UUID(bits: UInt128(self.blobHigh) << 64 | UInt128(self.blobLow)), number: self.number)
  }

  /// Stands for the place of a damaged block that is gone, so that nothing is put there again.
  var placeSetAside: BlockEntry {
    var aside = BlockEntry()
    aside.state = Self.present
    aside.flags = Self.setAside
    aside.starts = self.starts
    aside.lengths = self.lengths
    aside.milliseconds = self.milliseconds
    return aside
  }

  var isSetAside: Bool { self.flags & Self.setAside != 0 }

  /// A byte of it turned over. What a power cut left unfinished says nothing of the disk.
  var isDamagedPlace: Bool { self.flags & (Self.damaged | Self.unconfirmed) == Self.damaged }

  func isKey(of other: BlockEntry) -> Bool {
    self.blobHigh == other.blobHigh && self.blobLow == other.blobLow
      && self.number == other.number && self.volume == other.volume
  }

  /// Version 7 identifiers differ in their low half; block numbers are added so that the blocks of one
  /// blob do not meet.
  var hash: UInt64 {
    var mixed = self.blobLow ^ self.blobHigh &* 0x9E37_79B9_7F4A_7C15
    mixed ^= UInt64(self.number) &* 0xC2B2_AE3D_27D4_EB4F ^ UInt64(self.volume) << 48
    mixed = (mixed ^ (mixed >> 29)) &* 0xBF58_476D_1CE4_E5B9
    return mixed ^ (mixed >> 32)
  }

  /// The extents in the order of the bytes.
  var extents: [Extent] {
    get {
      let all = [
        Extent(unit: self.starts.0, units: self.lengths.0),
        Extent(unit: self.starts.1, units: self.lengths.1),
        Extent(unit: self.starts.2, units: self.lengths.2),
        Extent(unit: self.starts.3, units: self.lengths.3),
      ]
      return all.filter { $0.units > 0 }
    }
    set {
      precondition(newValue.count <= Self.extentsMax, "\(newValue.count) extents")
      let all = newValue + Array(repeating: Extent(unit: 0, units: 0), count: 4 - newValue.count)
      self.starts = (all[0].unit, all[1].unit, all[2].unit, all[3].unit)
      self.lengths = (all[0].units, all[1].units, all[2].units, all[3].units)
    }
  }

  /// One run.
  mutating func place(at unit: UInt32, units: UInt8) {
    self.starts = (unit, 0, 0, 0)
    self.lengths = (units, 0, 0, 0)
  }

  func forEachExtent(_ body: (Extent) -> Void) {
    if self.lengths.0 > 0 { body(Extent(unit: self.starts.0, units: self.lengths.0)) }
    if self.lengths.1 > 0 { body(Extent(unit: self.starts.1, units: self.lengths.1)) }
    if self.lengths.2 > 0 { body(Extent(unit: self.starts.2, units: self.lengths.2)) }
    if self.lengths.3 > 0 { body(Extent(unit: self.starts.3, units: self.lengths.3)) }
  }

  var units: Int {
    Int(self.lengths.0) + Int(self.lengths.1) + Int(self.lengths.2) + Int(self.lengths.3)
  }
}

/// Units in a row.
struct Extent: Equatable, Sendable {
  var unit: UInt32
  var units: UInt8
  static let unitBytes = 4096
  static let unitsMax = 255
}
