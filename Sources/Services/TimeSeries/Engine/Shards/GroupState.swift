internal import SeriesColumns

/// What an engine knows of a group. A value under the engine's lock.
struct GroupState: Sendable {
  /// Nil until it was applied: of a group that was only found on disk.
  var options: GroupOptions?
  /// In the order of time; they do not overlap.
  var segments: [Segment] = []

  func segment(of time: Int64) -> Segment? {
    self.segments.first { $0.times.contains(time) }
  }

  /// The times of a new segment around `time`: those of the grid, cut where other segments begin or end.
  func newTimes(_ options: GroupOptions, around time: Int64) -> Range<Int64> {
    var times = options.segment(of: time)
    for segment in self.segments {
      if segment.times.upperBound <= time {
        times = max(times.lowerBound, segment.times.upperBound)..<times.upperBound
      } else if segment.times.lowerBound > time {
        times = times.lowerBound..<min(times.upperBound, segment.times.lowerBound)
      }
    }
    return times
  }

  mutating func add(_ segment: Segment) {
    let at = self.segments.firstIndex { $0.times.lowerBound > segment.times.lowerBound }
    self.segments.insert(segment, at: at ?? self.segments.count)
  }
}

/// Names that clients chose as names of folders: letters, digits, `-` and `_` stand for themselves, every other byte
/// is `%` and two digits. No name is `%`; what looks like a folder that is being removed has its first
/// letter written as digits.
package enum FolderName {
  package static func encode(_ name: String) -> String {
    if name.isEmpty { return "%" }
    var text = ""
    let looksRemoved = name.hasPrefix(RemovedFolder.prefix)
    for (index, byte) in name.utf8.enumerated() {
      let scalar = Unicode.Scalar(byte)
      let isPlain =
        byte < 0x80 && !(looksRemoved && index == 0)
        && (scalar.properties.isAlphabetic || (48...57).contains(byte) || byte == 45 || byte == 95)
      if isPlain {
        text.unicodeScalars.append(scalar)
      } else {
        let digits = String(byte, radix: 16)
        text += "%" + (digits.count == 1 ? "0" : "") + digits
      }
    }
    return text
  }

  static func decode(_ folder: String) -> String? {
    if folder == "%" { return "" }
    var bytes: [UInt8] = []
    var rest = Substring(folder)
    while let character = rest.first {
      if character == "%" {
        guard rest.count >= 3, let byte = UInt8(rest.dropFirst().prefix(2), radix: 16) else {
          return nil
        }
        bytes.append(byte)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(contentsOf: character.utf8)
        rest = rest.dropFirst()
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
