import Values

// A POSIX ustar archive: for each file a header of 512 bytes, its content filled up to a multiple of
// 512 with zeros; at the end two blocks of zeros.
//
//   0  name 100 | mode 8 | uid 8 | gid 8 | size 12 | mtime 12 | checksum 8 | type 1 | link 100
//   257 "ustar" 0 "00" | user 32 | group 32 | major 8 | minor 8 | prefix 155 | 12 zeros
//
// Numbers are octal digits with a zero behind them. The checksum is the sum of the header's bytes with
// blanks in its own place.
enum TarArchive {
  static let block = 512
  static let nameBytesMax = 99

  /// The header of a regular file of mode 0600.
  ///
  /// - Precondition: the name has 1 to 99 bytes; the size has at most 11 octal digits.
  static func header(name: String, byteCount: Int, modified seconds: Int64) -> [UInt8] {
    let bytes = Array(name.utf8)
    precondition((1...self.nameBytesMax).contains(bytes.count), "a name of \(bytes.count) bytes")
    precondition(byteCount < 1 << 33, "a file of \(byteCount) bytes")
    var header = [UInt8](repeating: 0, count: self.block)
    func put(_ text: some Sequence<UInt8>, at offset: Int) {
      for (index, byte) in text.enumerated() { header[offset + index] = byte }
    }
    put(bytes, at: 0)
    put("0000600".utf8, at: 100)
    put("0000000".utf8, at: 108)
    put("0000000".utf8, at: 116)
    put(self.octal(Int64(byteCount), digits: 11), at: 124)
    put(self.octal(max(0, min(seconds, (1 << 33) - 1)), digits: 11), at: 136)
    put("        ".utf8, at: 148)
    header[156] = UInt8(ascii: "0")
    put("ustar".utf8, at: 257)
    put("00".utf8, at: 263)
    put("root".utf8, at: 265)
    put("root".utf8, at: 297)
    let sum = header.reduce(0) { $0 + Int64($1) }
    put(self.octal(sum, digits: 6), at: 148)
    header[154] = 0
    return header
  }

  /// What fills the last block of a file.
  static func padding(after byteCount: Int) -> [UInt8] {
    [UInt8](repeating: 0, count: (self.block - byteCount % self.block) % self.block)
  }

  static let end = [UInt8](repeating: 0, count: 2 * block)

  private static func octal(_ value: Int64, digits: Int) -> [UInt8] {
    let text = String(value, radix: 8)
    return [UInt8](repeating: UInt8(ascii: "0"), count: max(0, digits - text.utf8.count))
      + Array(text.utf8)
  }

  /// A name as it may stand in an archive that somebody unpacks: inside its folder, no odd letters.
  static func safe(_ name: String) -> String {
    let parts = name.split(separator: "/").filter { $0 != "." && $0 != ".." }
    let text = parts.joined(separator: "/").unicodeScalars.map { scalar -> Character in
      scalar.isASCII
        && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
          || "-_./".unicodeScalars.contains(scalar))
        ? Character(scalar) : "_"
    }
    return text.isEmpty ? "_" : String(text.prefix(self.nameBytesMax))
  }
}
