internal import Bytes
internal import ObjectModel

/// Where in the tree things are kept.
///
/// ```
/// root u64 BE │ 'o' │ key                            current object            weight: its size
/// root u64 BE │ 'v' │ key, escaped │ 00 00 │ version  older versions, markers   weight: its size
/// root u64 BE │ 'n' │ key, escaped │ 00 00            version of the `null` one among 'v'
/// root u64 BE │ 'u' │ key, escaped │ 00 00 │ upload   uploads under way
/// root u64 BE │ 'p' │ upload, 24 bytes │ part u16 BE  their parts               weight: its size
/// root u64 BE │ 'c' │ token                           renames by clients' tokens
/// 0    u64 BE │ 'r' │ root u64 BE                     state of a root, u8: 0 open, 1 closed
/// 0    u64 BE │ 'g' │ number u64 BE                   garbage: due u64, blob
/// 0    u64 BE │ 't' │ token u128 BE                   answers by request tokens
/// 0    u64 BE │ 'e' │ due u64 BE │ number u64 BE      keys to forget then
/// ```
///
/// Escaped: 00 becomes 00 FF, so that 00 00 is the end and order is kept. Versions and uploads follow in
/// digits of three bits, F0 to F7: no delimiter that is UTF-8 occurs in them.
enum KeyLayout {
  static let headBytes = 9
  static let global = RootID(rawValue: 0)

  static func key(_ root: RootID, _ letter: Character, _ rest: [UInt8] = []) -> [UInt8] {
    var key: [UInt8] = []
    key.reserveCapacity(self.headBytes + rest.count)
    self.append(root.rawValue, to: &key)
    key.append(letter.asciiValue ?? 0)
    key.append(contentsOf: rest)
    return key
  }

  static func append(_ number: UInt64, to key: inout [UInt8]) {
    for shift in stride(from: 56 as UInt64, through: 0, by: -8) {
      key.append(UInt8(truncatingIfNeeded: number >> shift))
    }
  }

  static func object(_ root: RootID, _ key: ObjectKey) -> [UInt8] {
    self.key(root, "o", key.bytes)
  }

  static func versions(_ root: RootID, _ key: ObjectKey) -> [UInt8] {
    self.key(root, "v", self.escaped(key.bytes) + [0, 0])
  }

  static func version(_ root: RootID, _ key: ObjectKey, _ version: VersionID) -> [UInt8] {
    var bytes = ByteWriter(capacity: VersionID.byteCount)
    version.append(to: &bytes)
    return self.versions(root, key) + self.digits(bytes.bytes.array)
  }

  static func nullVersion(_ root: RootID, _ key: ObjectKey) -> [UInt8] {
    self.key(root, "n", self.escaped(key.bytes) + [0, 0])
  }

  static func upload(_ root: RootID, _ key: ObjectKey, _ upload: UploadID) -> [UInt8] {
    self.key(root, "u", self.escaped(key.bytes) + [0, 0] + self.digits(upload.bytes))
  }

  static func parts(_ root: RootID, _ upload: UploadID) -> [UInt8] {
    self.key(root, "p", upload.bytes)
  }

  static func part(_ root: RootID, _ upload: UploadID, _ number: UInt16) -> [UInt8] {
    self.parts(root, upload) + [UInt8(number >> 8), UInt8(truncatingIfNeeded: number)]
  }

  static func number(_ letter: Character, _ number: UInt64) -> [UInt8] {
    var key = self.key(self.global, letter)
    self.append(number, to: &key)
    return key
  }

  static func escaped(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.contains(0) else { return bytes }
    var escaped: [UInt8] = []
    for byte in bytes {
      escaped.append(byte)
      if byte == 0 { escaped.append(0xFF) }
    }
    return escaped
  }

  /// The name before the end mark and what follows it; without an end mark (a common prefix) nothing
  /// follows.
  static func unescaped(_ bytes: RawSpan) -> (name: [UInt8], rest: [UInt8]) {
    var name: [UInt8] = []
    var index = 0
    while index < bytes.byteCount {
      let byte = bytes[byteAt: index]
      index += 1
      if byte == 0, index < bytes.byteCount {
        let next = bytes[byteAt: index]
        index += 1
        if next == 0 { return (name, bytes.extracting(index..<bytes.byteCount).array) }
      }
      name.append(byte)
    }
    return (name, [])
  }

  /// Three bits a byte, the first ones first.
  static func digits(_ bytes: [UInt8]) -> [UInt8] {
    var digits: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for byte in bytes {
      bits = bits << 8 | UInt32(byte)
      count += 8
      while count >= 3 {
        count -= 3
        digits.append(0xF0 | UInt8(bits >> UInt32(count) & 7))
      }
    }
    if count > 0 { digits.append(0xF0 | UInt8(bits << UInt32(3 - count) & 7)) }
    return digits
  }

  static func bytes(ofDigits digits: [UInt8], count: Int) -> [UInt8]? {
    var bytes: [UInt8] = []
    var bits: UInt32 = 0
    var held = 0
    for digit in digits {
      bits = bits << 3 | UInt32(digit & 7)
      held += 3
      if held >= 8 {
        held -= 8
        bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(held)))
      }
    }
    return bytes.count == count ? bytes : nil
  }
}
