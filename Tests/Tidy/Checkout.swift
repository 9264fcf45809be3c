import Glibc
import TestSupport

/// The files of the checkout that git knows or would add, as text.
struct Checkout {
  struct File {
    var path: String
    var text: String
    var lines: [Substring]
    var name: Substring {
      self.path[
        (self.path.lastIndex(of: "/").map(self.path.index(after:)) ?? self.path.startIndex)...]
    }
    /// Whether `word` occurs at all: much cheaper than looking line by line.
    func contains(_ word: String) -> Bool {
      self.text.withCString { text in word.withCString { strstr(text, $0) != nil } }
    }
    var isGenerated: Bool {
      self.path.contains("/Generated/") || self.lines[0].hasSuffix("do not edit.")
    }
  }

  var files: [File]

  static let shared = AsyncOnce { try await Checkout.read() }

  static func read() async throws -> Checkout {
    let listing = try await runProgram([
      "git", "-C", repositoryRoot, "ls-files", "--cached", "--others", "--exclude-standard",
    ])
    var files: [File] = []
    for path in listing.split(separator: "\n") {
      guard [".swift", ".c", ".cc", ".h"].contains(where: path.hasSuffix),
        let text = Self.text("\(repositoryRoot)/\(path)")
      else { continue }
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      files.append(File(path: String(path), text: text, lines: lines))
    }
    return Checkout(files: files)
  }

  static func text(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&block, 1, block.count, file)
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += block[..<count]
    }
  }

  func under(_ folders: String...) -> [File] {
    self.files.filter { file in folders.contains { file.path.hasPrefix($0 + "/") } }
  }
}
