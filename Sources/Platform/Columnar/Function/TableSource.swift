/// Rows that statements may select from, as `name(arguments)`: how a row store lets the engine read it
/// without copying its content first.
///
/// A use goes from `open` (once, while the statement is planned) through `scan` (once, when it runs) to
/// a `TablePart` for each thread. Each is called on the engine's threads. What they throw becomes the
/// error of the statement; they must not trap on what an argument says.
public protocol TableSource: Sendable {
  /// Types of the arguments by position; every one must be given.
  var parameters: [ColumnType] { get }
  /// Arguments by name, which may be left out.
  var namedParameters: [ColumnField] { get }
  func open(_ arguments: TableArguments) throws -> any Table
}

extension TableSource {
  public var parameters: [ColumnType] { [] }
  public var namedParameters: [ColumnField] { [] }
}

/// A source with its arguments.
public protocol Table: Sendable {
  var columns: [ColumnField] { get }
  /// How many rows there are, for the planner; nil when it is not known.
  var rowCount: Int? { get }
  /// How many threads may read at a time.
  var threadsMax: Int { get }
  /// Begins to read the columns named by `projection`, as indices of `columns`. It may be
  /// empty, or any one column, when only the number of rows is wanted.
  func scan(_ projection: [Int]) throws -> any TableScan
}

/// One pass over a table, shared by the threads that read it.
public protocol TableScan: Sendable {
  /// A reader for one more thread.
  func part() throws -> any TablePart
}

/// What one thread reads.
public protocol TablePart: AnyObject {
  /// Fills up to `ChunkWriter.capacity` rows of the projected columns and answers how many; 0 ends this
  /// part. It should take ranges of some 100,000 rows from the scan at a time, and must return within
  /// milliseconds: cancelling waits for it.
  func fill(_ chunk: borrowing ChunkWriter) throws -> Int
}

/// The arguments of one use.
public struct TableArguments: Sendable {
  public var positional: [Parameter]
  public var named: [String: Parameter]
}
