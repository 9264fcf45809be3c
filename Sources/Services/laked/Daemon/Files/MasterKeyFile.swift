private import Bytes
import Hosting
import Observability
import Runtime
import Security
import Values

/// The master key of a daemon: given by the operator, or made once in the data directory so that a
/// single machine needs no set-up.
enum MasterKeyFile {
  static let name = "keys/master.key"

  static func open(
    given: Secret<String>?, in data: DataDirectory, on disk: any Disk, random: any RandomSource,
    log: Logger
  ) async throws -> MasterKey {
    if let given {
      return try MasterKey(text: Array(given.exposed.utf8), origin: "security.master_key")
    }
    let folder = try await data.folder("keys")
    let path = "\(data.path)/\(Self.name)"
    if (try? await disk.information(path)) == nil {
      // A ring that was sealed under another key cannot be opened with a new one.
      guard (try? await disk.information("\(folder)/ring")) == nil else {
        throw HostingError(
          .directoryDamaged, "there is no master key at \(path), and none was given",
          hint: "give the key that the ring in \(folder) was made with: --security-master-key-file")
      }
      let text = Hexadecimal.text(of: random.bytes(32).rawBytes) + "\n"
      try await disk.replace(path, with: Array(text.utf8))
      log.info(
        "made a master key in the data directory",
        ["path": .text(path), "advice": "keep a copy elsewhere; without it nothing sealed opens"])
    }
    return try await MasterKey.file(path, on: disk)
  }
}
