/// An authority of its own with a server and a client certificate, made by the openssl command.
package struct Certificates: Sendable {
  package let directory = TemporaryDirectory("certificates")
  package var authority: String { self.directory.file("ca.pem") }

  package static func make() async throws -> Certificates {
    let made = Certificates()
    let d = made.directory
    try await runProgram([
      "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
      "-keyout", d.file("ca.key"), "-out", d.file("ca.pem"), "-days", "2", "-subj", "/CN=test CA",
    ])
    try await made.issue("server", names: "DNS:localhost,IP:127.0.0.1")
    try await made.issue("client", names: "DNS:client")
    return made
  }

  package func certificate(_ name: String) -> String { self.directory.file("\(name).pem") }
  package func key(_ name: String) -> String { self.directory.file("\(name).key") }

  /// Makes a key and a certificate, over those that were there under the name.
  package func issue(_ name: String, names: String, days: Int = 2) async throws {
    let d = self.directory
    try await runProgram([
      "openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
      "-keyout", self.key(name), "-out", d.file("\(name).csr"), "-subj", "/CN=\(name)",
      "-addext", "subjectAltName=\(names)",
    ])
    try await runProgram([
      "openssl", "x509", "-req", "-in", d.file("\(name).csr"), "-CA", d.file("ca.pem"),
      "-CAkey", d.file("ca.key"), "-CAcreateserial", "-out", self.certificate(name), "-days",
      "\(days)",
      "-copy_extensions", "copy",
    ])
  }
}
