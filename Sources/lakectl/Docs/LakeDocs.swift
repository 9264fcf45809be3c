import CommandTable
import Glibc
import LakectlCommands
import Values

/// lakedocs writes man/ and completions/ of a checkout again. A page whose text is as before keeps its
/// date, so that a second run changes nothing.
@main
enum LakeDocs {
  static func main() {
    let root = Swift.CommandLine.arguments.dropFirst().first ?? "."
    for folder in ["man", "completions"] { mkdir("\(root)/\(folder)", 0o755) }
    let day = CivilDate(daysSinceEpoch: time(nil) / 86_400)
    for page in ManPages(root: Lakectl.root).files {
      let path = "\(root)/man/\(page.name)"
      let before = self.read(path)
      let kept = before.flatMap(ManDate.of).map { page.source(date: $0) }
      if kept != nil, kept == before { continue }
      self.write(page.source(date: ManDate.text(day ?? .first)), to: path)
    }
    for shell in Shell.allCases {
      self.write(
        CompletionScripts.script(for: shell),
        to: "\(root)/completions/\(CompletionScripts.fileName(for: shell))")
    }
  }

  private static func read(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&block, 1, block.count, file)
      guard count > 0 else { return String(decoding: bytes, as: UTF8.self) }
      bytes += block[..<count]
    }
  }

  private static func write(_ text: String, to path: String) {
    guard let file = fopen(path, "w") else {
      perror(path)
      exit(1)
    }
    let isWhole = fputs(text, file) >= 0
    guard fclose(file) == 0, isWhole else {
      perror(path)
      exit(1)
    }
    print(path)
  }
}
