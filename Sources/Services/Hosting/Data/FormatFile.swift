private import Bytes
import JSON
import Runtime

// FORMAT in the data directory and in the folder of each service:
//
//   {"product":"lakeworks","part":"facts","version":1,"cluster_id":"01J9…","node_id":"01J9…"}
//
// It is written before anything else in its folder and never changed but by an upgrade.

/// Says whose folder this is and which formats are in it.
struct FormatFile: Hashable, Sendable {
  static let name = "FORMAT"
  static let byteCountMax = 4096
  /// What this build writes and reads.
  static let version = 1

  var part: String
  var version: Int
  var cluster: String
  var node: String?

  var bytes: [UInt8] {
    var writer = ByteWriter()
    writer.appendJSON { json in
      json.object { json in
        json.member("product", "lakeworks")
        json.member("part", self.part)
        json.member("version", self.version)
        json.member("cluster_id", self.cluster)
        json.member("node_id", ifPresent: self.node)
      }
    }
    writer.append("\n")
    return writer.bytes.array
  }

  /// Reads the file of a folder; nil when there is none. Throws when it is of a newer build or of
  /// something else.
  static func read(
    _ folder: String, on disk: any Disk
  ) async throws(HostingError) -> FormatFile? {
    let path = "\(folder)/\(Self.name)"
    let content: [UInt8]
    do {
      content = try await disk.readAll(path, limit: Self.byteCountMax)
    } catch {
      guard !error.isNotFound else { return nil }
      throw HostingError(.directoryFailed, "cannot read \(path): \(error)")
    }
    do {
      let value = try JSONValue(parsing: content.rawBytes)
      guard value["product"]?.string == "lakeworks", let part = value["part"]?.string,
        let version = value["version"]?.int64.flatMap(Int.init(exactly:)),
        let cluster = value["cluster_id"]?.string
      else { throw JSONError(.wrongType, "it says nothing of lakeworks") }
      guard version <= Self.version else {
        throw HostingError(
          .directoryNewer,
          "\(folder) has format \(version) of \(part), this laked reads up to \(Self.version)",
          hint: "start it with the newer laked that wrote it; nothing was changed")
      }
      return FormatFile(
        part: part, version: version, cluster: cluster, node: value["node_id"]?.string)
    } catch let error as HostingError {
      throw error
    } catch {
      throw HostingError(
        .directoryDamaged, "\(path) cannot be understood: \(error)",
        hint: "restore the folder from a backup; nothing was changed")
    }
  }
}
