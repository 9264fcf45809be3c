import Bytes
import Columnar
import Glibc
import TestSupport
import Testing

func openSession(_ change: (inout DatabaseOptions) -> Void = { _ in }) throws -> Session {
  try Database(DatabaseOptions(change)).session()
}

extension Session {
  /// Every row as text, with `NULL` for nulls; what the engine casts to text.
  func texts(_ query: String, _ parameters: [Parameter] = []) async throws -> [[String]] {
    let rows = try await self.query("SELECT COLUMNS(*)::VARCHAR FROM (\(query))", parameters)
    var texts: [[String]] = []
    while let chunk = try await rows.next() {
      for row in 0..<chunk.rowCount {
        texts.append(
          (0..<chunk.columnCount).map { index in
            let column = chunk.column(index)
            return column.isNull(row) ? "NULL" : column.text(row)
          })
      }
    }
    return texts
  }

  /// The one number of a query.
  func number(_ query: String, _ parameters: [Parameter] = []) async throws -> Int64 {
    let rows = try await self.query("SELECT (\(query))::BIGINT", parameters)
    let chunk = try #require(try await rows.next())
    let value = chunk.column(0).values(of: Int64.self)[0]
    rows.close()
    return value
  }

  func expectError(
    _ query: String, _ code: ColumnarError.Code, _ part: String,
    at location: SourceLocation = #_sourceLocation
  ) async {
    let error = await #expect(throws: ColumnarError.self, sourceLocation: location) {
      try await self.execute(query)
    }
    #expect(error?.code == code, "\(String(describing: error))", sourceLocation: location)
    #expect(
      error?.message.contains(part) == true, "\(String(describing: error))",
      sourceLocation: location)
  }
}

/// Expects two values to be equal, of columns too, which cannot go into `#expect` themselves.
func same<T: Equatable>(
  _ value: T, _ expected: T, at location: SourceLocation = #_sourceLocation
) {
  #expect(value == expected, sourceLocation: location)
}

func residentBytes() -> Int {
  guard let file = fopen("/proc/self/statm", "r") else { return 0 }
  defer { fclose(file) }
  var line = [CChar](repeating: 0, count: 256)
  guard fgets(&line, 256, file) != nil else { return 0 }
  let fields = line.prefix { $0 != 0 }.map { Character(UnicodeScalar(UInt8($0))) }
    .split(separator: " ")
  return (Int(String(fields[1])) ?? 0) * 4096
}
