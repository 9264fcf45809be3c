import Bytes
import CommandTable
import HTTP
import Synchronization
import Values

/// Ids of requests, unique and in the order they were made.
enum RequestIDs {
  private static let generator = Mutex(ULIDGenerator())

  static func next(_ clock: CommandClock) -> String {
    let now = clock.now()
    return self.generator.withLock { generator in
      var random = SystemRandomNumberGenerator()
      return generator.next(at: now, random: &random).description
    }
  }

  /// The id of one of several writes of a run, the same in every run: `ci-7.user.ann`. What does not fit
  /// an id ends in a digest of all of it.
  static func part(_ part: String, of id: String) -> String {
    let whole = "\(id).\(PercentCoding.text(part))"
    guard whole.utf8.count > PrintedWord.byteCountMax else { return whole }
    let digest = whole.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3
    }
    return String(decoding: whole.utf8.prefix(100), as: UTF8.self) + "." + String(digest, radix: 16)
  }
}

extension PercentCoding {
  static func text(_ text: String) -> String {
    var encoded = ByteWriter()
    self.encode(Array(text.utf8).rawBytes, to: &encoded)
    return encoded.bytes.lossyText
  }
}
