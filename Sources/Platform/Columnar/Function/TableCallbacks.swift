import CDuckDB

// What the engine calls for a table function. The closures capture nothing and are not isolated: they
// run on whatever thread the engine has. Errors are handed over, nothing traps.

final class RegisteredSource: Sendable {
  let source: any TableSource
  init(_ source: any TableSource) { self.source = source }
}

private final class OpenTable: Sendable {
  let table: any Table
  let columns: [ColumnField]
  init(_ table: any Table) {
    self.table = table
    self.columns = table.columns
  }
}

private final class OpenScan: Sendable {
  let scan: any TableScan
  let projection: [Int]
  /// Where the projected columns stand in the output chunk.
  let positions: [Int]
  let types: [ColumnType]

  init(_ table: OpenTable, _ asked: [UInt64]) throws {
    // Indices out of range are virtual columns, such as the one that count(*) asks for.
    let known = asked.enumerated().filter { $0.element < UInt64(table.columns.count) }
    self.positions = known.map(\.offset)
    self.projection = known.map { Int($0.element) }
    self.types = self.projection.map { table.columns[$0].type }
    self.scan = try table.table.scan(self.projection)
  }
}

private final class OpenPart {
  let part: any TablePart
  init(_ part: any TablePart) { self.part = part }
}

func setCallbacks(_ function: duckdb_table_function?) {
  duckdb_table_function_set_bind(function, bindTable)
  duckdb_table_function_set_init(function, beginScan)
  duckdb_table_function_set_local_init(function, beginPart)
  duckdb_table_function_set_function(function, fillChunk)
}

private let bindTable: @convention(c) @Sendable (duckdb_bind_info?) -> Void = { info in
  let source = borrowed(duckdb_bind_get_extra_info(info), as: RegisteredSource.self).source
  do {
    let table = OpenTable(try source.open(arguments(of: info, for: source)))
    for column in table.columns {
      column.type.withNative { duckdb_bind_add_result_column(info, column.name, $0) }
    }
    if let count = table.table.rowCount {
      duckdb_bind_set_cardinality(info, UInt64(clamping: count), true)
    }
    duckdb_bind_set_bind_data(info, retained(table), releaseObject)
  } catch {
    duckdb_bind_set_error(info, "\(error)")
  }
}

private let beginScan: @convention(c) @Sendable (duckdb_init_info?) -> Void = { info in
  let table = borrowed(duckdb_init_get_bind_data(info), as: OpenTable.self)
  do {
    let asked = (0..<duckdb_init_get_column_count(info)).map {
      duckdb_init_get_column_index(info, $0)
    }
    let scan = try OpenScan(table, asked)
    duckdb_init_set_max_threads(info, UInt64(clamping: max(table.table.threadsMax, 1)))
    duckdb_init_set_init_data(info, retained(scan), releaseObject)
  } catch {
    duckdb_init_set_error(info, "\(error)")
  }
}

private let beginPart: @convention(c) @Sendable (duckdb_init_info?) -> Void = { info in
  // The part is made by the first fill: what this callback could throw has no scan at hand.
  duckdb_init_set_init_data(info, retained(PartSlot()), releaseObject)
}

/// Holds the part of one thread.
private final class PartSlot {
  var part: OpenPart?
}

private let fillChunk:
  @convention(c) @Sendable (duckdb_function_info?, duckdb_data_chunk?) -> Void = { info, output in
    let scan = borrowed(duckdb_function_get_init_data(info), as: OpenScan.self)
    let slot = borrowed(duckdb_function_get_local_init_data(info), as: PartSlot.self)
    do {
      let part = try slot.part ?? OpenPart(scan.scan.part())
      slot.part = part
      let writer = ChunkWriter(
        output, types: scan.types, projection: scan.projection, positions: scan.positions)
      let count = try part.part.fill(writer)
      precondition((0...ChunkWriter.capacity).contains(count), "\(count) rows in one chunk")
      duckdb_data_chunk_set_size(output, UInt64(count))
    } catch {
      duckdb_function_set_error(info, "\(error)")
    }
  }

private func arguments(of info: duckdb_bind_info?, for source: any TableSource) -> TableArguments {
  let positional = (0..<duckdb_bind_get_parameter_count(info)).map {
    Parameter(taking: duckdb_bind_get_parameter(info, $0))
  }
  var named: [String: Parameter] = [:]
  for field in source.namedParameters {
    guard let value = duckdb_bind_get_named_parameter(info, field.name) else { continue }
    named[field.name] = Parameter(taking: value)
  }
  return TableArguments(positional: positional, named: named)
}

extension Parameter {
  /// Numbers and booleans as what they are, everything else as the engine's text.
  fileprivate init(taking value: duckdb_value?) {
    var value = value
    defer { duckdb_destroy_value(&value) }
    guard !duckdb_is_null_value(value) else {
      self = .null
      return
    }
    switch ColumnType(duckdb_get_value_type(value)) {
    case .boolean: self = .boolean(duckdb_get_bool(value))
    case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32:
      self = .integer(duckdb_get_int64(value))
    case .float, .double: self = .double(duckdb_get_double(value))
    default: self = .text(takeText(duckdb_get_varchar(value)))
    }
  }
}
