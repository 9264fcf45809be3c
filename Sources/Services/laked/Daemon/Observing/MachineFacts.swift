private import CSystem
private import Glibc
import Observability
import Runtime
import Values

/// What the machine gives this process, and how much of it is in use.
struct MachineFacts: Hashable, Sendable {
  var cpuRatio: Double?
  var memoryBytes: UInt64 = 0
  /// Of the machine, or of the control group when that allows less.
  var memoryLimitBytes: UInt64 = 0
  var disk: DiskSpace?
  var uptimeSeconds = 0.0
  var threadCount = 0
  var descriptorCount = 0
  var descriptorMax: UInt64 = 0
  var loopP99Milliseconds: Double?
  /// Of making writes durable, over the last samples.
  var syncP99Milliseconds: Double?

  var memoryRatio: Double? {
    self.memoryLimitBytes == 0 ? nil : Double(self.memoryBytes) / Double(self.memoryLimitBytes)
  }

  var diskUsedRatio: Double? {
    guard let disk, disk.totalBytes > 0 else { return nil }
    return 1 - Double(disk.freeBytes) / Double(disk.totalBytes)
  }
}

/// Reads them, and remembers what rates need.
struct MachineReader: Sendable {
  private var lastCPU: (seconds: Double, at: MonotonicTime)?
  private let processors = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
  let memoryLimitBytes = ProcessMetrics.memoryLimitBytes()

  mutating func read(disk: DiskSpace?, at moment: MonotonicTime) -> MachineFacts {
    let process = ProcessMetrics.read()
    var facts = MachineFacts()
    let cpu = process.userSeconds + process.systemSeconds
    if let last = self.lastCPU, last.at < moment {
      let seconds = Double((moment - last.at).nanosecondsClamped) / 1e9
      facts.cpuRatio = max(0, (cpu - last.seconds) / seconds / Double(self.processors))
    }
    self.lastCPU = (cpu, moment)
    facts.memoryBytes = process.residentBytes
    facts.memoryLimitBytes = self.memoryLimitBytes
    facts.disk = disk
    facts.uptimeSeconds = process.uptimeSeconds
    facts.threadCount = process.threadCount
    facts.descriptorCount = process.openDescriptorCount
    facts.descriptorMax = process.openDescriptorMax
    return facts
  }

  static func firstLine(_ path: String) -> String? {
    let descriptor = csystem_open(path, CSYSTEM_OPEN_READ, 0)
    guard descriptor >= 0 else { return nil }
    defer { csystem_close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = Glibc.read(descriptor, &bytes, bytes.count)
    guard count > 0 else { return nil }
    return String(decoding: bytes.prefix(count), as: UTF8.self)
      .split(separator: "\n").first.map(String.init)
  }
}
