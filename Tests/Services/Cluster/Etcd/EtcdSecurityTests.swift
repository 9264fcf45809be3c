import Cluster
import Runtime
import TestSupport
import Testing
import Values

/// TLS, users, and how endpoints are written.
@Suite struct EtcdSecurityTests {
  @Test("over TLS the server's certificate is checked")
  func overTLS() async throws {
    let certificates = try await Certificates.make()
    let stranger = try await Certificates.make()
    try await withEtcd(
      [
        "--cert-file", certificates.certificate("server"), "--key-file", certificates.key("server"),
      ], scheme: "https"
    ) { server in
      try await withLoops { group in
        func facts(_ authority: String, _ patience: Duration) throws -> EtcdFacts {
          var settings = TLSContext.Settings.client(authorities: authority)
          settings.protocols = ["h2"]
          let tls = try TLSContext(settings)
          let endpoint = EtcdOptions.Endpoint(server.endpoint.address, isSecure: true)
          return EtcdFacts(
            group,
            EtcdOptions([endpoint]) {
              $0.tls = tls
              $0.patience = patience
            })
        }
        let trusting = try facts(certificates.authority, .seconds(20))
        _ = try await trusting.put("a", [1])
        #expect(try await trusting.get("a")?.value == [1])
        trusting.close()
        let wary = try facts(stranger.authority, .milliseconds(500))
        let error = await #expect(throws: FactsError.self) { _ = try await wary.get("a") }
        #expect(error?.code == .unavailable)
        wary.close()
      }
    }
  }

  @Test(
    "with users on, a password opens, a wrong one is denied, and a lost token is asked for again")
  func users() async throws {
    try await withEtcd { server in
      try await withLoops { group in
        let before = server.facts(group) { $0.patience = .seconds(20) }
        _ = try await before.put("a", [1])
        before.close()
        for (path, body) in [
          ("user/add", #"{"name":"root","password":"secret"}"#), ("role/add", #"{"name":"root"}"#),
          ("user/grant", #"{"user":"root","role":"root"}"#), ("enable", "{}"),
        ] {
          try await runProgram([
            "curl", "-sf", "http://127.0.0.1:\(server.clientPort)/v3/auth/\(path)", "-d", body,
          ])
        }
        func facts(_ password: String?) -> EtcdFacts {
          server.facts(group) {
            $0.user = password.map { _ in "root" }
            $0.password = password.map { Secret($0) }
            $0.patience = .seconds(20)
          }
        }
        let (good, bad, nobody) = (facts("secret"), facts("guess"), facts(nil))
        #expect(try await good.get("a")?.value == [1])
        let watch = try await good.watch("", after: try await good.list("").revision)
        await expect(.denied) { _ = try await bad.get("a") }
        await expect(.denied) { _ = try await nobody.get("a") }
        // Its tokens are in memory.
        try await server.kill()
        try server.start()
        // The first call may meet the dead connection, and then its outcome is unknown.
        #expect(await eventually { (try? await good.put("b", [2])) != nil })
        #expect(try await watch.next().changes.map(\.key) == ["b"])
        for facts in [good, bad, nobody] { facts.close() }
      }
    }
  }

  @Test(
    "an endpoint is read as it is written",
    arguments: [
      ("http://10.0.0.1:2379", "http://10.0.0.1:2379"),
      ("https://10.0.0.1", "https://10.0.0.1:2379"),
      ("http://localhost:1/", "http://127.0.0.1:1"),
      ("https://[fd00::1]:23", "https://[fd00::1]:23"),
      ("https://[::1]", "https://[::1]:2379"),
      ("10.0.0.1:2379", nil), ("http://etcd.example:2379", nil), ("http://:1", nil),
      ("http://1.1.1.1:0", nil), ("http://1.1.1.1:x", nil), ("http://", nil), ("", nil),
    ] as [(String, String?)])
  func endpoints(text: String, read: String?) {
    #expect((try? EtcdOptions.Endpoint(parsing: text))?.description == read)
  }
}
