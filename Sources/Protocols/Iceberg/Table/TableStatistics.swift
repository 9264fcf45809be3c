/// What a snapshot's summary says about the whole table.
public struct TableStatistics: Hashable, Sendable {
  public var rowCount: Int64?
  public var dataFileCount: Int64?
  public var deleteFileCount: Int64?
  public var byteCount: Int64?
  public var positionDeleteCount: Int64?
  public var equalityDeleteCount: Int64?

  public init(_ summary: SnapshotSummary) {
    func number(_ name: String) -> Int64? {
      summary[name].flatMap { Int64($0) }.flatMap { $0 >= 0 ? $0 : nil }
    }
    self.rowCount = number("total-records")
    self.dataFileCount = number("total-data-files")
    self.deleteFileCount = number("total-delete-files")
    self.byteCount = number("total-files-size")
    self.positionDeleteCount = number("total-position-deletes")
    self.equalityDeleteCount = number("total-equality-deletes")
  }
}
