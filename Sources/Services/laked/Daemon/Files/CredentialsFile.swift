private import Bytes
import Hosting
import JSON
import Runtime
import Values

/// What the first start hands to its operator: `DIR/credentials.json`, mode 0600, and a context for
/// `lakectl` in `DIR/lakectl`.
struct CredentialsFile: Sendable {
  static let name = "credentials.json"
  static let byteCountMax = 64 << 10

  var accessKeyID: String
  var secretAccessKey: Secret<String>
  var user: String
  var password: Secret<String>
  var adminToken: Secret<String>

  var bytes: [UInt8] {
    var writer = ByteWriter()
    writer.appendJSON(layout: .pretty) { json in
      json.object { json in
        json.member("access_key_id", self.accessKeyID)
        json.member("secret_access_key", self.secretAccessKey.exposed)
        json.member("user", self.user)
        json.member("password", self.password.exposed)
        json.member("admin_token", self.adminToken.exposed)
      }
    }
    writer.append("\n")
    return writer.bytes.array
  }

  /// Reads what an earlier start left; nil when it is gone or was changed beyond recognition.
  static func read(in data: DataDirectory, on disk: any Disk) async -> CredentialsFile? {
    guard
      let content = try? await disk.readAll("\(data.path)/\(Self.name)", limit: Self.byteCountMax),
      let value = try? JSONValue(parsing: content.rawBytes),
      let id = value["access_key_id"]?.string, let secret = value["secret_access_key"]?.string,
      let user = value["user"]?.string, let password = value["password"]?.string,
      let token = value["admin_token"]?.string
    else { return nil }
    return CredentialsFile(
      accessKeyID: id, secretAccessKey: Secret(secret), user: user, password: Secret(password),
      adminToken: Secret(token))
  }

  func write(in data: DataDirectory, on disk: any Disk) async throws(IOFailure) {
    try await disk.replace("\(data.path)/\(Self.name)", with: self.bytes)
  }
}

/// The ready-made context: `LAKE_CONFIG_DIR=DIR/lakectl lakectl …` talks to this daemon.
enum ContextFiles {
  static func write(
    endpoint: String, token: Secret<String>, authorities: String?, in data: DataDirectory,
    on disk: any Disk
  ) async throws(IOFailure) {
    let folder = "\(data.path)/lakectl"
    try await disk.createDirectories(folder)
    try await disk.replace("\(folder)/token", with: Array((token.exposed + "\n").utf8))
    let absolute = "\(folder)/token"
    var text = """
      # Written by laked at every start; contexts of your own belong into your own file.
      current = local
      [context local]
      endpoint = \(Self.quoted(endpoint))
      token-file = \(Self.quoted(absolute))

      """
    if let authorities { text += "ca-file = \(Self.quoted(authorities))\n" }
    try await disk.replace("\(folder)/config", with: Array(text.utf8))
  }

  private static func quoted(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}
