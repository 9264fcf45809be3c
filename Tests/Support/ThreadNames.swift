private import Glibc

/// The names of the threads of this process, without the kernel's own ring workers.
package func threadNames() -> [String] {
  var names: [String] = []
  guard let folder = opendir("/proc/self/task") else { return [] }
  defer { closedir(folder) }
  while let entry = readdir(folder) {
    let id = withUnsafePointer(to: entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    guard let file = fopen("/proc/self/task/\(id)/comm", "r") else { continue }
    defer { fclose(file) }
    var line = [CChar](repeating: 0, count: 32)
    guard fgets(&line, 32, file) != nil else { continue }
    let name = String(
      decoding: line.prefix { $0 != 0 && $0 != 10 }.map { UInt8($0) }, as: UTF8.self)
    if !name.hasPrefix("iou-wrk") { names.append(name) }
  }
  return names
}
