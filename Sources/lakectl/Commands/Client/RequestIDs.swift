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
}

extension PercentCoding {
  static func text(_ text: String) -> String {
    var encoded = ByteWriter()
    self.encode(Array(text.utf8).rawBytes, to: &encoded)
    return encoded.bytes.lossyText
  }
}
