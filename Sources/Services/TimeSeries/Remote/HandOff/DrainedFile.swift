import Bytes
import Journal
import Runtime
import SeriesColumns

/// How far each node is that has not had everything of the queue.
enum DrainedFile {
  private static let form: UInt8 = 1
  private static let byteCountMax = 1 << 20

  private static func path(_ folder: String) -> String { folder + "/drained" }

  static func read(
    _ folder: String, on disk: any Disk
  ) async throws(SeriesError) -> [String: JournalPosition] {
    let bytes: [UInt8]
    do throws(IOFailure) {
      bytes = try await disk.readAll(self.path(folder), limit: self.byteCountMax)
    } catch {
      guard !error.isNotFound else { return [:] }
      throw SeriesError(.io, "cannot read \(self.path(folder)): \(error)")
    }
    do throws(ColumnError) {
      var reader = DirectoryReader(bytes)
      guard try reader.byte() == self.form else { throw ColumnError("it has another form") }
      var drained: [String: JournalPosition] = [:]
      for _ in 0..<(try reader.count()) {
        let node = try reader.text()
        drained[node] = JournalPosition(rawValue: try reader.number())
      }
      return drained
    } catch {
      throw SeriesError(.damaged, "\(self.path(folder)): \(error.message)")
    }
  }

  static func write(
    _ drained: [String: JournalPosition], _ folder: String, on disk: any Disk
  ) async throws(IOFailure) {
    var writer = ByteWriter(capacity: 256)
    writer.append(self.form)
    writer.append(varint: UInt64(drained.count))
    for (node, position) in drained {
      writer.append(counted: node)
      writer.append(littleEndian: position.rawValue)
    }
    try await disk.replace(self.path(folder), with: writer.bytes.array)
  }
}
