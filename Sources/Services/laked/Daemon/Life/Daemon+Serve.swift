private import CSystem
import Configuration
private import Glibc
import Hosting
private import Observability
import Runtime
import Synchronization
import Values

extension Daemon {
  /// Runs until it is asked to end; the exit code.
  package func serve() async -> Int32 {
    var closing = Closing()
    let code: Int32
    do {
      let parts = try await self.open(&closing)
      code = await self.run(parts, &closing)
    } catch {
      self.complain(error)
      code = 1
    }
    self.isReady.store(false, ordering: .releasing)
    _ = csystem_notify_manager("STOPPING=1")
    await closing.run(self.log)
    self.log.info("laked has ended", ["code": .integer(code)])
    return code
  }

  private func complain(_ error: any Error) {
    var fields: LogFields = [:]
    if let hint = (error as? HostingError)?.hint { fields.append("try", .text(hint)) }
    self.log.error("cannot start: \(error)", fields)
  }

  /// What runs beside the doors: the first that fails ends the daemon.
  private func run(_ parts: DaemonParts, _ closing: inout Closing) async -> Int32 {
    let loop = self.group.loops[0]
    return await withTaskGroup(of: Ended.self) { tasks in
      for (name, body) in parts.background {
        tasks.addTask(executorPreference: loop) {
          do {
            try await body()
            return .background(0)
          } catch is CancellationError {
            return .background(0)
          } catch {
            self.log.error("\(name) ended: \(error)", ["part": .text(name)])
            return .background(1)
          }
        }
      }
      tasks.addTask(executorPreference: loop) { .life(await self.life(parts)) }
      var code: Int32 = 0
      ending: while let ended = await tasks.next() {
        switch ended {
        case .background(0): continue
        case .background(let failed):
          code = failed
          self.stop.request()
        case .life(let own):
          if code == 0 { code = own }
          break ending
        }
      }
      tasks.cancelAll()
      await tasks.waitForAll()
      return code
    }
  }

  private enum Ended: Sendable {
    case background(Int32)
    case life(Int32)
  }

  /// Starts the services, each with its background work before the next, says that everything is ready,
  /// waits for the end and brings it about: what services do in the background goes on until they have
  /// drained and stopped.
  private func life(_ parts: DaemonParts) async -> Int32 {
    await withTaskGroup(of: Int32?.self) { tasks in
      var code: Int32?
      do {
        for hosted in parts.services.all {
          guard try await self.start(hosted, parts) else { break }
          tasks.addTask { await self.work(hosted) }
        }
        if !self.stop.isRequested { try await self.announce(parts) }
      } catch {
        self.complain(error)
        code = 1
      }
      tasks.addTask {
        await self.stop.wait()
        return 0
      }
      while code == nil, let ended = await tasks.next() { code = ended }
      // Also what waits for the end goes on then.
      self.stop.request()
      await self.drain(parts)
      tasks.cancelAll()
      return code ?? 0
    }
  }

  /// The background work of a service; an exit code when it failed.
  private func work(_ hosted: HostedServices.Hosted) async -> Int32? {
    do {
      try await hosted.service.run()
      return nil
    } catch is CancellationError {
      return nil
    } catch {
      let name = hosted.descriptor.name
      self.log.error("service \(name) ended: \(error)", ["service": .text(name)])
      return 1
    }
  }

  /// Starts a service, which may wait for other nodes; false when the end was asked for before it was up.
  private func start(
    _ hosted: HostedServices.Hosted, _ parts: DaemonParts
  ) async throws -> Bool {
    try await withThrowingTaskGroup(of: Bool.self) { tasks in
      tasks.addTask {
        try await parts.services.start(hosted)
        return true
      }
      let loop = self.group.loops[0]
      tasks.addTask {
        while !self.stop.isRequested { try await loop.sleep(for: .milliseconds(50)) }
        return false
      }
      let isUp = try await tasks.next() ?? false
      tasks.cancelAll()
      guard !isUp else { return true }
      do {
        while try await tasks.next() != nil {}
      } catch {
        self.log.info("ended before everything was up", ["why": .describing(error)])
      }
      return false
    }
  }

  private func announce(_ parts: DaemonParts) async throws {
    try await EndpointsFile.write(
      parts.doors.all, region: self.live.now[DaemonKeys.region], pid: getpid(), in: parts.data,
      on: self.group.disk)
    self.isReady.store(true, ordering: .releasing)
    parts.members.serve()
    for door in parts.doors.all {
      self.log.info("\(door.name) at \(door.text)", ["door": .text(door.name)])
    }
    self.log.info(
      "ready",
      [
        "data": .text(parts.data.path), "backend": .text(self.group.backend.rawValue),
        "why": .text(self.group.backendReason ?? "it is the better one here"),
      ])
    _ = csystem_notify_manager("READY=1\nSTATUS=serving \(parts.doors.all.count) endpoints")
    let line = Array("ready\n".utf8)
    _ = write(1, line, line.count)
  }

  /// Stops accepting; the admin API goes last, so that the end can be watched.
  private func drain(_ parts: DaemonParts) async {
    self.isReady.store(false, ordering: .releasing)
    await EndpointsFile.remove(in: parts.data, on: self.group.disk)
    let deadline = self.group.loops[0].now + self.live.now[DaemonKeys.drainTimeout]
    self.log.info("draining", [:])
    await parts.services.drain(until: deadline)
    await parts.link.close(until: deadline)
    await parts.adminListener.drain(until: deadline)
    await parts.services.stop()
  }

  // MARK: Reload

  /// Reads the configuration again: SIGHUP and `service reload`.
  package func reload() async {
    do {
      let changes = try await self.reloadConfiguration()
      self.log.info(
        "read the configuration again",
        [
          "changed": .text(changes.filter { !$0.needsRestart }.map(\.path).joined(separator: ",")),
          "restart_needed": .text(
            changes.filter(\.needsRestart).map(\.path).joined(separator: ",")),
        ])
    } catch {
      self.log.error("the configuration was not read again: \(error)", [:])
    }
  }

  /// Throws what is wrong with it; everything stays as it was then.
  func reloadConfiguration() async throws -> [Configuration.Change] {
    let changes = try self.live.reload()
    let configuration = self.live.now
    self.logs.reopen()
    if let level = LogLevel(configuration[DaemonKeys.logLevel].rawValue) {
      self.logs.setLevel(level, for: nil)
    }
    if let parts = self.parts.withLock({ $0 }) {
      try parts.adminTLS?.reload()
      await parts.services.reload(configuration)
    }
    return changes
  }
}
