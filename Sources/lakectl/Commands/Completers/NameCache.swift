import Glibc
import Values

/// What completion has learned, kept in small files so that the next key press costs nothing: names for
/// 10 s, and that an endpoint did not answer for 30 s.
///
///     1795183401000000000
///     n1
///     n2
///
/// Files are this user's alone; a file that cannot be read or written is as if it were not there.
struct NameCache: Sendable {
  static let namesLive = Duration.seconds(10)
  static let silenceLives = Duration.seconds(30)
  private static let byteCountMax = 1 << 20

  let folder: String
  let now: WallTime

  /// Nil when the environment names no home.
  init?(_ environment: [String: String], now: WallTime) {
    func folder(_ name: String) -> String? {
      environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
    guard
      let base = folder("XDG_CACHE_HOME") ?? folder("HOME").map({ $0 + "/.cache" })
    else { return nil }
    self.folder = base + "/lakectl"
    self.now = now
  }

  /// - Parameter place: whose names these are: endpoint, context and credential.
  func names(of kind: String, at place: String) -> [String]? {
    self.read("names-\(Self.digest("\(kind)\n\(place)"))", within: Self.namesLive)
  }

  func keep(_ names: [String], of kind: String, at place: String) {
    self.write("names-\(Self.digest("\(kind)\n\(place)"))", names)
  }

  func isSilent(_ endpoint: String) -> Bool {
    self.read("silent-\(Self.digest(endpoint))", within: Self.silenceLives) != nil
  }

  func keepSilence(of endpoint: String) { self.write("silent-\(Self.digest(endpoint))", []) }

  /// FNV-1a: tells places apart, hides nothing.
  private static func digest(_ text: String) -> String {
    let hash = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3
    }
    return String(hash, radix: 16)
  }

  private func read(_ name: String, within age: Duration) -> [String]? {
    guard let file = fopen("\(self.folder)/\(name)", "re") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: Self.byteCountMax)
    bytes.removeLast(bytes.count - fread(&bytes, 1, bytes.count, file))
    var lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    guard !lines.isEmpty, let written = Int64(lines.removeFirst()) else { return nil }
    let passed = self.now - WallTime(nanoseconds: written)
    // A clock that was set back makes no name live longer.
    guard passed >= .zero, passed < age else { return nil }
    return lines
  }

  /// As a whole or not at all: two shells may complete at once.
  private func write(_ name: String, _ lines: [String]) {
    var made = self.folder.hasPrefix("/") ? "" : "."
    for part in self.folder.split(separator: "/") {
      made += "/" + part
      guard mkdir(made, 0o700) == 0 || errno == EEXIST else { return }
    }
    let path = "\(self.folder)/\(name)"
    let fresh = "\(path).\(getpid())"
    let descriptor = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return }
    let good = lines.filter { !$0.contains("\n") }
    let text = ([String(self.now.nanoseconds)] + good).joined(separator: "\n") + "\n"
    let bytes = Array(text.utf8.prefix(Self.byteCountMax))
    let isWhole = Glibc.write(descriptor, bytes, bytes.count) == bytes.count
    close(descriptor)
    if !isWhole || rename(fresh, path) != 0 { unlink(fresh) }
  }
}
