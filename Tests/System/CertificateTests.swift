import TestSupport
import Testing

@Suite("TLS of the admin API", .serialized)
struct CertificateTests {
  /// The leaf with its authority, as a renewed one comes: who trusts the authority trusts the next leaf.
  private static func renew(_ certificates: Certificates, days: Int, in file: String) async throws {
    try await certificates.issue("server", names: "DNS:localhost,IP:127.0.0.1", days: days)
    let leaf = try #require(Lake.text(certificates.certificate("server")))
    let authority = try #require(Lake.text(certificates.authority))
    try Lake.write(leaf + authority, to: file)
  }

  @Test("lakectl speaks TLS, the doctor sees a certificate end, and a new one needs no restart")
  func renewal() async throws {
    let folder = TemporaryDirectory("system")
    let certificates = try await Certificates.make()
    let chain = folder.file("chain.pem")
    try await Self.renew(certificates, days: 1, in: chain)
    let lake = try await Lake.ready(
      folder.file("data"),
      [
        "--ports", "auto", "--admin-certificate-file", chain,
        "--admin-key-file", certificates.key("server"),
      ])
    #expect(lake.admin.hasPrefix("https://"))
    let sick = try await lake.ctl("doctor", "--only", "tls.expiry", "-o", "jsonl")
    #expect(sick.exit == 8, "\(sick.output) \(sick.errors)")
    #expect(sick.output.contains("tls.expiry"))
    #expect(
      try await eventually(within: .seconds(30)) {
        try await lake.ctl("alert", "list").output.contains("certificate expiry")
      })

    try await Self.renew(certificates, days: 90, in: chain)
    let reloaded = try await lake.ctl("service", "reload", "admin", "--yes")
    #expect(reloaded.exit == 0, "\(reloaded.errors)")
    let well = try await lake.ctl("doctor", "--only", "tls.expiry", "-o", "jsonl")
    #expect(well.exit == 0, "\(well.output) \(well.errors)")
    #expect(
      try await eventually(within: .seconds(30)) {
        try await !lake.ctl("alert", "list", "--filter", "state=firing").output
          .contains("certificate expiry")
      })
    #expect(try await lake.stop() == 0)
  }
}
