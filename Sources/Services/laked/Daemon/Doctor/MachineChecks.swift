private import CSystem
private import Glibc
import Hosting
import Observability
import Runtime
import Values

/// About the machine: disk, memory, kernel, clock.
enum MachineChecks {
  static let all: [DoctorCheck] = [
    DoctorCheck("disk.space") { doctor in
      guard let disk = doctor.view.observer.last.machine.disk, disk.totalBytes > 0 else {
        return .skipped("the file system does not say")
      }
      let used = 1 - Double(disk.freeBytes) / Double(disk.totalBytes)
      let text = "\(Self.size(disk.freeBytes)) of \(Self.size(disk.totalBytes)) are free"
      if used >= 0.95 { return .fail(text, try: "df -h \(doctor.core.data.path)") }
      if used >= 0.85 { return .warn(text, try: "df -h \(doctor.core.data.path)") }
      return .ok(text)
    },
    DoctorCheck("disk.sync_time") { doctor in try await Self.syncTime(doctor) },
    DoctorCheck("disk.direct_io") { doctor in
      let file = try await doctor.daemon.group.disk.open(
        "\(doctor.core.data.path)/LOCK",
        OpenMode { mode in mode.isDirect = true })
      return file.alignment > 1
        ? .ok("direct, aligned to \(file.alignment) bytes")
        : .warn("the file system has no direct I/O: stores go through the page cache")
    },
    DoctorCheck("disk.permissions") { doctor in
      let folder = try await doctor.daemon.group.disk.information(doctor.core.data.path)
      let mode = folder.permissions & 0o777
      guard mode & 0o077 != 0 else { return .ok("others cannot look into the data directory") }
      return .warn(
        "the data directory has mode \(String(mode, radix: 8))",
        try: "chmod 700 \(doctor.core.data.path)")
    },
    DoctorCheck("memory.resident") { doctor in
      let machine = doctor.view.observer.last.machine
      guard let ratio = machine.memoryRatio else { return .skipped("not known") }
      let text =
        "\(Self.size(Int64(machine.memoryBytes))) of \(Self.size(Int64(machine.memoryLimitBytes)))"
      return ratio > 0.8 ? .warn(text) : .ok(text)
    },
    DoctorCheck("memory.swap") { _ in
      guard let line = Self.field("/proc/meminfo", "SwapTotal:") else {
        return .skipped("no /proc")
      }
      return line == "0"
        ? .ok("there is none") : .ok("\(line) KiB are there; a daemon that swaps is slow")
    },
    DoctorCheck("kernel.io") { doctor in
      let group = doctor.daemon.group
      guard group.backend != .uring else { return .ok("io_uring") }
      return .warn(
        "epoll: \(group.backendReason ?? "io_uring was not chosen")",
        try: "sysctl kernel.io_uring_disabled")
    },
    DoctorCheck("kernel.open_files") { doctor in
      let machine = doctor.view.observer.last.machine
      let text = "\(machine.descriptorCount) of \(machine.descriptorMax) are open"
      guard machine.descriptorMax >= 65_536 else {
        return .warn("at most \(machine.descriptorMax) may be open", try: "ulimit -n 1048576")
      }
      return machine.descriptorCount * 10 > Int(machine.descriptorMax) * 8 ? .warn(text) : .ok(text)
    },
    DoctorCheck("kernel.threads") { doctor in
      let count = doctor.view.observer.last.machine.threadCount
      return count > 200 ? .warn("\(count) threads") : .ok("\(count) threads")
    },
    DoctorCheck("clock.synchronised") { _ in
      let microseconds = csystem_wall_error_us()
      if microseconds < -1 { return .skipped("the kernel does not say") }
      return microseconds < 0
        ? .warn("nothing keeps the kernel's clock in step", try: "timedatectl status")
        : .ok("at most \(microseconds / 1000) ms off, says the kernel")
    },
    DoctorCheck("clock.plausible") { doctor in
      // Before the first release nobody can have started this.
      let floor: Int64 = 1_780_000_000
      let seconds = doctor.clock.wallNow.nanoseconds / 1_000_000_000
      return seconds < floor
        ? .fail("it is \(doctor.clock.wallNow)", try: "timedatectl set-ntp true")
        : .ok("it is \(Timestamp(doctor.clock.wallNow).text(fraction: .digits(0)))")
    },
    DoctorCheck("loops.lag") { doctor in
      guard let lag = doctor.view.observer.last.machine.loopP99Milliseconds else {
        return .skipped("not measured yet")
      }
      let text = "99 % of timers fire within \(Int(lag.rounded(.up))) ms"
      return lag > 200 ? .fail(text) : lag > 20 ? .warn(text) : .ok(text)
    },
  ]

  private static func syncTime(_ doctor: DoctorView) async throws -> Finding {
    let disk = doctor.daemon.group.disk
    let path = "\(doctor.core.data.path)/doctor.probe"
    let file = try await disk.open(path, .creating)
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 4096, alignment: 4096)
    defer { memory.deallocate() }
    memory.initializeMemory(as: UInt8.self, repeating: 0)
    var worst = Duration.zero
    for _ in 0..<5 {
      let start = MonotonicTime(nanoseconds: csystem_monotonic_ns())
      try await file.writeAndSync(UnsafeRawBufferPointer(memory), at: 0)
      worst = max(worst, MonotonicTime(nanoseconds: csystem_monotonic_ns()) - start)
    }
    try await disk.removeFile(path)
    let milliseconds = Double(worst.nanosecondsClamped) / 1e6
    let text = "a synced write takes at most \((milliseconds * 10).rounded() / 10) ms"
    return milliseconds > 100 ? .fail(text) : milliseconds > 20 ? .warn(text) : .ok(text)
  }

  /// Two to four digits of the unit that fits.
  static func size(_ bytes: Int64) -> String {
    let units: [Int64] = [1 << 40, 1 << 30, 1 << 20, 1 << 10]
    let unit = units.first { bytes >= 10 * $0 } ?? 1
    return ByteCount(max(0, bytes / unit * unit)).description
  }

  private static func field(_ path: String, _ name: String) -> String? {
    let descriptor = csystem_open(path, CSYSTEM_OPEN_READ, 0)
    guard descriptor >= 0 else { return nil }
    defer { csystem_close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 8192)
    let count = read(descriptor, &bytes, bytes.count)
    let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    return text.split(separator: "\n").first { $0.hasPrefix(name) }?
      .dropFirst(name.count).split(separator: " ").first.map(String.init)
  }
}
