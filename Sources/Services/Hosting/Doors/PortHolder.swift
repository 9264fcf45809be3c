private import CSystem
private import Glibc

/// The process that listens on a port, as far as /proc tells us.
struct PortHolder: CustomStringConvertible {
  var pid: Int
  var program: String

  var description: String { "\(self.program), process \(self.pid)" }

  /// Nil when nobody listens, or when the holder is not ours to see.
  static func find(_ port: UInt16) -> PortHolder? {
    let inodes = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap { self.inodes(of: port, in: $0) }
    guard !inodes.isEmpty else { return nil }
    let wanted = Set(inodes.map { "socket:[\($0)]" })
    for name in self.names(in: "/proc") {
      guard let pid = Int(name) else { continue }
      let folder = "/proc/\(name)/fd"
      for descriptor in self.names(in: folder) {
        guard let target = self.link("\(folder)/\(descriptor)"), wanted.contains(target) else {
          continue
        }
        let program = self.text("/proc/\(name)/comm").split(separator: "\n").first
        return PortHolder(pid: pid, program: program.map(String.init) ?? "a program")
      }
    }
    return nil
  }

  // Lines of: sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode …
  private static func inodes(of port: UInt16, in path: String) -> [Substring] {
    let text = self.text(path)
    let digits = String(port, radix: 16, uppercase: true)
    let suffix = ":" + String(repeating: "0", count: 4 - digits.count) + digits
    return text.split(separator: "\n").dropFirst().compactMap { line in
      let fields = line.split(separator: " ")
      guard fields.count > 9, fields[1].hasSuffix(suffix), fields[3] == "0A" else { return nil }
      return fields[9]
    }
  }

  private static func names(in folder: String) -> [String] {
    guard let directory = opendir(folder) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names
  }

  private static func link(_ path: String) -> String? {
    var bytes = [CChar](repeating: 0, count: 256)
    let count = readlink(path, &bytes, bytes.count)
    return count > 0
      ? String(decoding: bytes.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
  }

  private static func text(_ path: String) -> String {
    let descriptor = csystem_open(path, CSYSTEM_OPEN_READ, 0)
    guard descriptor >= 0 else { return "" }
    defer { csystem_close(descriptor) }
    var content: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 65_536)
    while content.count < 16 << 20 {
      let count = read(descriptor, &part, part.count)
      guard count > 0 else { break }
      content += part[..<count]
    }
    return String(decoding: content, as: UTF8.self)
  }
}
