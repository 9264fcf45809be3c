/// Writing and looking into Parquet files.
extension Session {
  /// Writes the rows of `query` to `path` and answers what was written, one value a file.
  ///
  /// A file is whole or, after an error, not to be used. With a table function as the source and a
  /// database whose `preservesOrder` is off, all threads write.
  public func writeParquet(
    _ query: String, to path: String, _ options: ParquetOptions = ParquetOptions()
  ) async throws(ColumnarError) -> [ParquetFile] {
    let columns = try await self.prepare(query).columns
    let rows = try await self.query(
      "COPY (\(query)) TO \(quoted(literal: path)) (\(options.text))")
    var files: [ParquetFile] = []
    while let chunk = try await rows.next() {
      for row in 0..<chunk.rowCount { files.append(ParquetFile(chunk, row, columns)) }
    }
    return files
  }

  /// The row groups of a file, in order.
  public func parquetRowGroups(_ path: String) async throws(ColumnarError) -> [ParquetRowGroup] {
    let rows = try await self.query(
      """
      SELECT any_value(row_group_num_rows)::BIGINT,
        min(coalesce(nullif(least(dictionary_page_offset, data_page_offset), 0), data_page_offset))
          ::BIGINT,
        sum(total_compressed_size)::BIGINT
      FROM parquet_metadata(\(quoted(literal: path))) GROUP BY row_group_id ORDER BY row_group_id
      """)
    var groups: [ParquetRowGroup] = []
    while let chunk = try await rows.next() {
      for row in 0..<chunk.rowCount {
        func number(_ column: Int) -> Int { Int(chunk.column(column).values(of: Int64.self)[row]) }
        groups.append(
          ParquetRowGroup(rowCount: number(0), offset: number(1), compressedBytes: number(2)))
      }
    }
    return groups
  }
}

extension ParquetFile {
  /// From a row of RETURN_STATS: file name, count, size, footer size, statistics, partition keys.
  fileprivate init(_ chunk: Chunk, _ row: Int, _ fields: [ColumnField]) {
    func number(_ column: Int) -> Int {
      Int(clamping: chunk.column(column).values(of: UInt64.self)[row])
    }
    let statistics = chunk.column(4)
    let entries = statistics.elements
    let columns = statistics.elementRange(row).map { entry in
      var values: [String: String] = [:]
      let pairs = entries.field(1)
      let texts = pairs.elements
      for pair in pairs.elementRange(entry) where !texts.field(1).isNull(pair) {
        values[texts.field(0).text(pair)] = texts.field(1).text(pair)
      }
      return Column(path: pathNames(entries.field(0).text(entry)), values, fields)
    }
    var partition: [(name: String, value: String?)] = []
    if !chunk.column(5).isNull(row) {
      let keys = chunk.column(5).elements
      for entry in chunk.column(5).elementRange(row) {
        let isNull = keys.field(1).isNull(entry)
        partition.append((keys.field(0).text(entry), isNull ? nil : keys.field(1).text(entry)))
      }
    }
    self.init(
      path: chunk.column(0).text(row), rowCount: number(1), byteCount: number(2),
      footerBytes: number(3), columns: columns, partition: partition)
  }
}

extension ParquetFile.Column {
  fileprivate init(path: [String], _ values: [String: String], _ fields: [ColumnField]) {
    let type = typeOf(path[...], in: .structure(fields))
    func number(_ name: String) -> Int { values[name].flatMap { Int($0) } ?? 0 }
    func bound(_ name: String) -> ParquetFile.Bound? {
      values[name].map { text in
        ParquetFile.Bound(text: text, value: type.flatMap { .read(text, $0) })
      }
    }
    self.init(
      path: path, type: type, byteCount: number("column_size_bytes"),
      valueCount: number("num_values"), nullCount: number("null_count"), lower: bound("min"),
      upper: bound("max"), hasNaN: values["has_nan"].flatMap { Bool($0) })
  }
}

/// The type at `path`, with the names that Parquet gives to elements.
private func typeOf(_ path: ArraySlice<String>, in type: ColumnType) -> ColumnType? {
  guard let name = path.first else { return type }
  let inner: ColumnType? =
    switch type {
    case .structure(let fields): fields.first { $0.name == name }?.type
    case .list(let element), .array(let element, _): element
    case .map(let key, let value): name == "key" ? key : value
    default: nil
    }
  return inner.flatMap { typeOf(path.dropFirst(), in: $0) }
}

/// `"st"."a ""b"""` as its names.
func pathNames(_ text: String) -> [String] {
  var names: [String] = []
  var name = ""
  var isInside = false
  var characters = text.makeIterator()
  var next = characters.next()
  while let character = next {
    next = characters.next()
    if character == "\"" {
      if isInside, next == "\"" {
        name.append("\"")
        next = characters.next()
      } else {
        isInside.toggle()
      }
    } else if character == ".", !isInside {
      names.append(name)
      name = ""
    } else {
      name.append(character)
    }
  }
  return names + [name]
}
