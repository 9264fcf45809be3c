import Glibc
@testable import Hosting
import Observability
import Runtime
import TestSupport
import Testing

@Suite("Doors")
struct DoorsTests {
  private static func door(
    _ port: UInt16, given: Bool = false, host: String = "127.0.0.1"
  ) -> Doors.Door {
    Doors.Door(name: "admin", scheme: "http", host: host, port: port, isPortGiven: given)
  }

  private static func port(_ listener: Listener) -> UInt16 {
    if case .ip(_, let port) = listener.address { return port }
    return 0
  }

  /// Takes a free port with a listener like a daemon's own, and tries to open a door there.
  private static func knock(
    _ rules: Doors.Rules, given: Bool
  ) async throws -> Result<(taken: UInt16, got: UInt16), HostingError> {
    try await withLoops(2) { group in
      let holder = try await Listener.start(group, at: .ip("127.0.0.1", port: 0)) { _ in }
      let doors = Doors(rules, group: group, log: .silent)
      let taken = Self.port(holder)
      let result: Result<(taken: UInt16, got: UInt16), HostingError>
      do throws(HostingError) {
        let listener = try await doors.open(Self.door(taken, given: given)) {
          (address) throws(IOFailure) in
          try await Listener.start(group, at: address) { _ in }
        }
        result = .success((taken, Self.port(listener)))
        #expect(doors.all.first?.text == "http://127.0.0.1:\(Self.port(listener))")
        await listener.drain(until: group.loops[0].now)
      } catch {
        result = .failure(error)
      }
      await holder.drain(until: group.loops[0].now)
      return result
    }
  }

  @Test("a default port that is taken moves to one that is free")
  func moves() async throws {
    let rules = Doors.Rules(usesFreePorts: false, movesDefaults: true, isOpen: false)
    let ports = try await Self.knock(rules, given: false).get()
    #expect(ports.got > ports.taken)
    #expect(ports.got <= ports.taken + 100)
  }

  @Test("a port that was given and is taken is an error that names its holder")
  func taken() async throws {
    let rules = Doors.Rules(usesFreePorts: true, movesDefaults: true, isOpen: false)
    let result = try await Self.knock(rules, given: true)
    guard case .failure(let error) = result else {
      Issue.record("the port was shared with its holder")
      return
    }
    #expect(error.code == .portTaken)
    #expect(error.message.contains("process \(getpid())"), "\(error.message)")
    #expect(error.hint?.contains("--admin-port") == true)
  }

  @Test("free ports are all different")
  func free() async throws {
    try await withLoops { group in
      let rules = Doors.Rules(usesFreePorts: true, movesDefaults: false, isOpen: false)
      let doors = Doors(rules, group: group, log: .silent)
      for _ in 0..<3 {
        _ = try await doors.open(Self.door(7300)) { (address) throws(IOFailure) in
          try await Listener.start(group, at: address) { _ in }
        }
      }
      #expect(Set(doors.all.map(\.text)).count == 3)
    }
  }

  @Test("without authentication nothing listens where others can reach it")
  func exposed() async throws {
    try await withLoops { group in
      let rules = Doors.Rules(usesFreePorts: true, movesDefaults: false, isOpen: true)
      let doors = Doors(rules, group: group, log: .silent)
      let error = await #expect(throws: HostingError.self) {
        _ = try await doors.open(Self.door(7300, host: "0.0.0.0")) {
          (address) throws(IOFailure) in
          try await Listener.start(group, at: address) { _ in }
        }
      }
      #expect(error?.code == .exposed)
    }
  }
}
