import CSystem
import CommandTable

extension Invocation {
  /// The documents of all `--file`s, in order; of a folder its .yaml, .yml and .json files by name.
  func documents() throws(CommandError) -> [ApplyDocument] {
    let files = self[GlobalFlags.file]
    guard !files.isEmpty else {
      throw CommandError(
        .missingValue, "--file PATH is missing", why: "there is nothing to apply",
        try: ["lakectl \(self.path.joined(separator: " ")) -f FILE"])
    }
    var documents: [ApplyDocument] = []
    for file in files {
      for path in try Self.files(in: file) {
        let shown = path.isStandardStream ? "standard input" : path.text
        documents += try ApplyDocument.read(try self.content(of: path), from: shown)
        guard documents.count <= ApplyDocument.countMax else {
          throw CommandError(
            .overLimit, "there are more than \(ApplyDocument.countMax) documents",
            why: "that is the most one run takes")
        }
      }
    }
    var seen: [String: String] = [:]
    for document in documents {
      let name = "\(document.kind.rawValue) \(document.name)"
      if let before = seen.updateValue(document.place, forKey: name) {
        throw CommandError(
          .badInput, "\(name.visible) is described twice",
          why: "at \(before.visible) and at \(document.place.visible)")
      }
    }
    return documents
  }

  static func files(in file: FilePath) throws(CommandError) -> [FilePath] {
    guard !file.isStandardStream else { return [file] }
    var size: Int64 = 0
    var mode: UInt32 = 0
    var isFolder: Int32 = 0
    var modified: Int64 = 0
    // A file that is not there is told by whoever reads it.
    guard csystem_stat(file.text, &size, &mode, &isFolder, &modified) == 0, isFolder != 0
    else {
      return [file]
    }
    final class Names { var names: [String] = [] }
    let found = Names()
    _ = csystem_list(
      file.text,
      { context, name, _ in
        // Both are given: the pointer below, and a name by the kernel.
        Unmanaged<Names>.fromOpaque(context.unsafelyUnwrapped).takeUnretainedValue()
          .names.append(String(cString: name.unsafelyUnwrapped))
      }, Unmanaged.passUnretained(found).toOpaque())
    let names = found.names.filter { name in
      [".yaml", ".yml", ".json"].contains { name.hasSuffix($0) } && !name.hasPrefix(".")
    }
    var files: [FilePath] = []
    for name in names.sorted() {
      if let path = try? FilePath(argument: "\(file.text)/\(name)") { files.append(path) }
    }
    guard !files.isEmpty else {
      throw CommandError(
        .unreadableInput, "there is nothing to read in \(file.text.visible)",
        why: "the folder has no .yaml, .yml or .json file")
    }
    return files
  }
}
