import Bytes
import Synchronization
import TestSupport
import Testing
import Values

@testable import Runtime

@Suite("TLS")
struct TLSTests {
  static let certificates = AsyncOnce { try await Certificates.make() }

  func server(_ certificates: Certificates, mutual: Bool = false) throws -> TLSContext {
    try TLSContext(
      .server(
        certificate: certificates.certificate("server"), key: certificates.key("server"),
        clientAuthorities: mutual ? certificates.authority : nil))
  }

  @Test("an echo over TLS, small and large", arguments: backends, [true, false])
  func echoes(backend: BackendChoice, isNew: Bool) async throws {
    let certificates = try await Self.certificates.value()
    let context = try self.server(certificates)
    try await withLoops(2, backend: backend) { group in
      let listener = try await Listener.start(
        group, at: loopback, Listener.Options { $0.tls = context }, handler: echo)
      let connection = try await connect(group, listener)
      var settings = TLSContext.Settings.client(authorities: certificates.authority)
      settings.requiresTLS13 = isNew
      try await connection.startTLS(try TLSContext(settings), host: "localhost")
      #expect(connection.tls?.version == "TLSv1.3")
      #expect(connection.tls?.peerName == "server")
      for size in [1, 100, 16_384, 16_385, 60_000] {
        let sent = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ size) }
        connection.output.append(sent)
        #expect(try await connection.take(size) == sent, "\(size) bytes")
      }
      await connection.shutdownOutput()
      #expect(try await connection.read() == 0)
      connection.close()
      await listener.drain(until: group.loops[0].now + .seconds(5))
    }
  }

  @Test("both directions move alone", arguments: backends)
  func fullDuplex(backend: BackendChoice) async throws {
    let certificates = try await Self.certificates.value()
    let context = try self.server(certificates)
    try await withLoops(backend: backend) { group in
      let listener = try await Listener.start(
        group, at: loopback, Listener.Options { $0.tls = context }, handler: echo)
      let connection = try await connect(group, listener)
      try await connection.startTLS(
        try TLSContext(.client(authorities: certificates.authority)), host: "127.0.0.1")
      let total = 4 << 20
      try await withThrowingTaskGroup(of: Int.self) { tasks in
        tasks.addTask {
          let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: total, alignment: 64)
          defer { memory.deallocate() }
          for index in 0..<total { memory[index] = UInt8(truncatingIfNeeded: index) }
          try await connection.write(UnsafeRawBufferPointer(memory))
          await connection.shutdownOutput()
          return total
        }
        tasks.addTask {
          let target = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 64)
          defer { target.deallocate() }
          var received = 0
          while true {
            let count = try await connection.read(into: target)
            if count == 0 { return received }
            for index in 0..<count
            where target[index] != UInt8(truncatingIfNeeded: received + index) {
              Issue.record("byte \(received + index) is wrong")
              return received
            }
            received += count
          }
        }
        for try await count in tasks { #expect(count == total) }
      }
      connection.close()
    }
  }

  @Test("a server that asks for a client certificate gets the name, and refuses without one")
  func mutual() async throws {
    let certificates = try await Self.certificates.value()
    let context = try self.server(certificates, mutual: true)
    try await withLoops { group in
      let names = Recorded<[String]>([])
      let listener = try await Listener.start(
        group, at: loopback, Listener.Options { $0.tls = context }
      ) { connection in
        let name = connection.tls?.peerName ?? "nobody"
        names.append(name)
        await echo(connection)
      }
      var settings = TLSContext.Settings.client(authorities: certificates.authority)
      let without = try await connect(group, listener)
      await #expect(throws: IOFailure.self) {
        // TLS 1.3 tells the client of its refusal with the first answer.
        try await without.startTLS(try TLSContext(settings), host: "localhost")
        without.output.append("x")
        _ = try await without.take(1)
      }
      without.close()
      settings.certificatePath = certificates.certificate("client")
      settings.keyPath = certificates.key("client")
      let with = try await connect(group, listener)
      try await with.startTLS(try TLSContext(settings), host: "localhost")
      with.output.append("x")
      #expect(try await with.take(1) == Array("x".utf8))
      #expect(names.value == ["client"])
      with.close()
    }
  }

  @Test("a wrong name or an unknown authority is refused with the reason")
  func refusals() async throws {
    let certificates = try await Self.certificates.value()
    let stranger = try await Certificates.make()
    let context = try self.server(certificates)
    try await withLoops { group in
      let listener = try await Listener.start(
        group, at: loopback, Listener.Options { $0.tls = context }, handler: echo)
      for (authority, host, reason) in [
        (certificates.authority, "example.org", "hostname mismatch"),
        (stranger.authority, "localhost", "unable to get local issuer certificate"),
      ] {
        let connection = try await connect(group, listener)
        do {
          try await connection.startTLS(
            try TLSContext(.client(authorities: authority)), host: host)
          Issue.record("accepted \(host)")
        } catch let failure as IOFailure {
          #expect(failure.subject?.lowercased().contains(reason) == true, "\(failure)")
        }
        connection.close()
      }
    }
  }

  @Test(
    "a new certificate is taken up without a restart; a broken one is refused and changes nothing")
  func reloads() async throws {
    let certificates = try await Certificates.make()
    let context = try self.server(certificates)
    let client = try TLSContext(.client(authorities: certificates.authority))
    try await withLoops { group in
      let listener = try await Listener.start(
        group, at: loopback, Listener.Options { $0.tls = context }, handler: echo)
      func serial() async throws -> [UInt8]? {
        let connection = try await connect(group, listener)
        try await connection.startTLS(client, host: "localhost")
        defer { connection.close() }
        return connection.tls?.peerCertificate
      }
      let before = try await serial()
      try await certificates.issue("server", names: "DNS:localhost")
      #expect(try await serial() == before)
      try context.reload()
      let after = try await serial()
      #expect(after != before)
      try await runProgram(["cp", certificates.key("client"), certificates.key("server")])
      #expect(throws: TLSFailure.self) { try context.reload() }
      #expect(try await serial() == after)
    }
  }

  @Test(
    "openssl's own client agrees, in both protocol versions", arguments: ["-tls1_2", "-tls1_3"])
  func agreesWithOpenSSL(version: String) async throws {
    let certificates = try await Self.certificates.value()
    let context = try self.server(certificates)
    try await withLoops { group in
      let listener = try await Listener.start(
        group, at: loopback, Listener.Options { $0.tls = context }, handler: echo)
      let output = try await runProgram(
        [
          "openssl", "s_client", "-connect", "\(listener.address)", "-CAfile",
          certificates.authority, "-verify_return_error", version, "-quiet", "-no_ign_eof",
        ], input: "ping over the wire\n")
      #expect(output.contains("ping over the wire") || output.isEmpty)
    }
  }

  @Test("garbage instead of a handshake ends the connection, and others are served")
  func garbage() async throws {
    let certificates = try await Self.certificates.value()
    let context = try self.server(certificates)
    try await withLoops { group in
      let listener = try await Listener.start(
        group, at: loopback, Listener.Options { $0.tls = context }, handler: echo)
      let bad = try await connect(group, listener)
      bad.output.append("GET / HTTP/1.1\r\n\r\n")
      try await bad.flush()
      while try await bad.read() > 0 { bad.consume(bad.inputCount) }
      bad.close()
      let good = try await connect(group, listener)
      try await good.startTLS(
        try TLSContext(.client(authorities: certificates.authority)), host: "localhost")
      good.output.append("x")
      #expect(try await good.take(1) == Array("x".utf8))
      good.close()
    }
  }
}
