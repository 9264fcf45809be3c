private import CSystem
private import Glibc

/// What the kernel says about this process, read when a snapshot is taken.
public struct ProcessMetrics: Sendable, Hashable {
  public var residentBytes: UInt64 = 0
  public var virtualBytes: UInt64 = 0
  public var userSeconds: Double = 0
  public var systemSeconds: Double = 0
  public var threadCount: Int = 0
  public var openDescriptorCount: Int = 0
  public var openDescriptorMax: UInt64 = 0
  /// Since the process began.
  public var uptimeSeconds: Double = 0

  /// The present values; zeros for what /proc does not tell.
  public static func read() -> ProcessMetrics {
    var metrics = ProcessMetrics()
    let page = UInt64(sysconf(Int32(_SC_PAGESIZE)))
    let tick = Double(sysconf(Int32(_SC_CLK_TCK)))
    // The second field is the program's name in parentheses, which may hold anything.
    let stat = self.text(of: "/proc/self/stat")
    let fields = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ")
    if fields.count > 22 {
      metrics.threadCount = Int(fields[18]) ?? 0
      metrics.virtualBytes = UInt64(fields[21]) ?? 0
      metrics.residentBytes = (UInt64(fields[22]) ?? 0) * page
      let started = (Double(fields[20]) ?? 0) / tick
      let uptime = self.text(of: "/proc/uptime").split(separator: " ").first.flatMap { Double($0) }
      if let uptime { metrics.uptimeSeconds = max(0, uptime - started) }
    }
    // Finer than the ticks of /proc.
    var usage = rusage()
    if getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 {
      metrics.userSeconds = Double(usage.ru_utime.tv_sec) + Double(usage.ru_utime.tv_usec) / 1e6
      metrics.systemSeconds = Double(usage.ru_stime.tv_sec) + Double(usage.ru_stime.tv_usec) / 1e6
    }
    metrics.openDescriptorCount = self.entryCount(of: "/proc/self/fd")
    var limit = rlimit()
    if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
      metrics.openDescriptorMax = UInt64(limit.rlim_cur)
    }
    return metrics
  }

  /// Memory of the machine, or of the control group when that allows less.
  public static func memoryLimitBytes() -> UInt64 {
    let pages = UInt64(max(0, sysconf(Int32(_SC_PHYS_PAGES))))
    let machine = pages * UInt64(max(0, sysconf(Int32(_SC_PAGESIZE))))
    let line = self.text(of: "/sys/fs/cgroup/memory.max").split(separator: "\n").first
    return min(machine, line.flatMap { UInt64($0) } ?? machine)
  }

  private static func text(of path: String) -> String {
    let descriptor = csystem_open(path, CSYSTEM_OPEN_READ, 0)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = Glibc.read(descriptor, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }

  private static func entryCount(of path: String) -> Int {
    guard let directory = opendir(path) else { return 0 }
    defer { closedir(directory) }
    var count = 0
    while let entry = readdir(directory) {
      // Not "." and "..", which are the names that begin so.
      if entry.pointee.d_name.0 != CChar(UInt8(ascii: ".")) { count += 1 }
    }
    // Reading the folder takes a descriptor itself.
    return max(0, count - 1)
  }

  /// Registers the values under the names that Prometheus's own clients use.
  public static func register(in registry: MetricRegistry) {
    registry.observed("process_resident_memory_bytes", "Memory that is in RAM.") {
      Double(Self.read().residentBytes)
    }
    registry.observed("process_virtual_memory_bytes", "Address space in use.") {
      Double(Self.read().virtualBytes)
    }
    registry.observed(
      "process_cpu_seconds_total", "Processor time of user and kernel.", counts: true
    ) {
      let metrics = Self.read()
      return metrics.userSeconds + metrics.systemSeconds
    }
    registry.observed("process_open_fds", "Open descriptors.") {
      Double(Self.read().openDescriptorCount)
    }
    registry.observed("process_max_fds", "How many descriptors may be open.") {
      Double(Self.read().openDescriptorMax)
    }
    registry.observed("process_threads", "Threads.") { Double(Self.read().threadCount) }
    registry.observed("process_uptime_seconds", "Time since the process began.") {
      Self.read().uptimeSeconds
    }
  }
}
