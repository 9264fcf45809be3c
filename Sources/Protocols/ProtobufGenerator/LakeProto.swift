import Glibc

/// `lakeproto [ROOT]` writes the Swift of every `proto` folder under ROOT that has a `module.conf`;
/// `lakeproto check [ROOT]` writes nothing and exits with 1 when a file would change.
@main
struct LakeProto {
  static func main() {
    var arguments = Array(CommandLine.arguments.dropFirst())
    let checks = arguments.first == "check"
    if checks { arguments.removeFirst() }
    guard arguments.count <= 1 else {
      FileAccess.complain("usage: lakeproto [check] [ROOT]")
      exit(64)
    }
    do {
      let stale = try self.run(root: arguments.first ?? ".", writes: !checks)
      for path in stale { print(checks ? "not current: \(path)" : "written: \(path)") }
      exit(checks && !stale.isEmpty ? 1 : 0)
    } catch {
      FileAccess.complain("\(error)")
      exit(65)
    }
  }

  /// The generated files that differ from what is on disk, and those on disk that nothing makes.
  static func run(root: String, writes: Bool) throws(SchemaError) -> [String] {
    let folders = ["Sources", "Tests", "bench"].flatMap {
      FileAccess.protoFolders(under: "\(root)/\($0)")
    }
    var sources: [Generator.Source] = []
    for folder in folders {
      let settings = try ModuleSettings.parse(
        String(decoding: FileAccess.read("\(folder)/module.conf") ?? [], as: UTF8.self),
        folder: folder)
      let files = FileAccess.files(under: folder, suffix: ".proto").map { path in
        (String(path.dropFirst(folder.utf8.count + 1)), FileAccess.read(path) ?? [])
      }
      sources.append(Generator.Source(settings: settings, files: files))
    }
    var stale: [String] = []
    let outputs = try Generator.run(sources)
    for output in outputs where FileAccess.read(output.path) != Array(output.text.utf8) {
      stale.append(output.path)
      if writes { try FileAccess.write(output.path, Array(output.text.utf8)) }
    }
    let made = Set(outputs.map(\.path))
    for source in sources {
      let folder = source.settings.folder.dropLast("proto".count) + "Generated"
      for path in FileAccess.files(under: String(folder), suffix: ".swift")
      where !made.contains(path) {
        stale.append(path)
        if writes { unlink(path) }
      }
    }
    return stale
  }
}
