private import Roaring
internal import SeriesColumns

/// What indexes say about rows.
extension RowSelection {
  /// Of more than this part of a section's rows an index is of no help.
  private static let usefulShare = 0.5

  /// Leaves out rows and blocks that cannot match all of `terms`. What it lets pass need not match.
  mutating func narrow(
    _ part: Part, _ section: PartSection, _ terms: [IndexTerms], _ cache: PageCache
  ) async throws(SeriesError) {
    for term in terms {
      self.narrowByRange(section, term)
      guard let place = section.columns.firstIndex(where: { $0.name == term.column }) else {
        continue
      }
      switch section.columns[place].index {
      case .none: break
      case .inverted(let analyzer):
        if analyzer == term.analyzer { try await self.narrowByTerms(part, section, term, cache) }
      case .skipping: try await self.narrowByFilters(part, section, term)
      }
    }
    self.takeBlocksFromOrdinals(section)
  }

  private func attachments(
    _ section: PartSection, _ kind: PartAttachment.Kind, _ name: String
  ) -> [PartAttachment] {
    section.attachments.filter { $0.kind == kind && $0.name == name }
  }

  /// By the least and the greatest value of each block.
  private mutating func narrowByRange(_ section: PartSection, _ terms: IndexTerms) {
    guard let place = section.columns.firstIndex(where: { $0.name == terms.column }) else { return }
    let column = section.columns[place]
    // With an analyzer a term is a piece of a value: nothing is known of its place.
    guard terms.analyzer == .keyword,
      column.index == .skipping || column.index == .inverted(.keyword), !column.type.isList
    else { return }
    let keys = terms.values.map { term in term.withUnsafeBytes { PageRange.key(of: $0) } }
    var blocks = self.blocks ?? [Bool](repeating: true, count: section.blocks.count)
    for (block, range) in section.blocks.ranges[place].enumerated() where blocks[block] {
      blocks[block] = keys.contains { range.least <= $0 && $0 <= range.greatest }
    }
    self.blocks = blocks
  }

  private mutating func narrowByTerms(
    _ part: Part, _ section: PartSection, _ terms: IndexTerms, _ cache: PageCache
  ) async throws(SeriesError) {
    guard section.key.isSeries || !section.kind.isKeyed else { return }
    var rows: [UInt32] = []
    let limit = Int(Double(section.rowCount) * Self.usefulShare)
    for attachment in self.attachments(section, .terms, terms.column) {
      let directory = try part.terms(attachment)
      let found = try await directory.rows(terms.values, in: part, cache)
      guard rows.count + Int(found.count) <= limit else { return }
      found.forEach { row in
        rows.append(UInt32(attachment.firstRow) + row)
        return true
      }
    }
    if let ordinals = self.ordinals {
      let both = Set(rows)
      self.ordinals = ordinals.filter { both.contains($0) }
    } else {
      self.ordinals = rows
    }
  }

  private mutating func narrowByFilters(
    _ part: Part, _ section: PartSection, _ terms: IndexTerms
  ) async throws(SeriesError) {
    guard let attachment = self.attachments(section, .blockFilters, terms.column).first else {
      return
    }
    let filters = try await part.filters(attachment)
    guard filters.count == section.blocks.count else { return }
    let hashes = terms.values.map { SplitBlockFilter.hash($0) }
    var blocks = self.blocks ?? [Bool](repeating: true, count: section.blocks.count)
    for (block, filter) in filters.enumerated() where blocks[block] {
      blocks[block] = hashes.contains { filter.mayHold($0) }
    }
    self.blocks = blocks
  }

  private mutating func takeBlocksFromOrdinals(_ section: PartSection) {
    guard let ordinals = self.ordinals else { return }
    var blocks = self.blocks ?? [Bool](repeating: true, count: section.blocks.count)
    var at = 0
    var first: Int64 = 0
    for block in blocks.indices {
      let end = first + section.blocks.rows[block]
      while at < ordinals.count, Int64(ordinals[at]) < first { at += 1 }
      if at == ordinals.count || Int64(ordinals[at]) >= end { blocks[block] = false }
      first = end
    }
    self.blocks = blocks
  }

  /// Leaves out the series that a part certainly does not have.
  mutating func narrow(series part: Part, _ section: PartSection) async throws(SeriesError) {
    guard let series = self.series, series.count <= 4096,
      let attachment = self.attachments(section, .seriesFilter, "").first,
      let filter = try await part.filters(attachment).first
    else { return }
    self.series = series.filter { filter.mayHold($0) }
  }
}

extension Part {
  /// The filters of an attachment; read once.
  func filters(_ attachment: PartAttachment) async throws(SeriesError) -> [SplitBlockFilter] {
    if let filters = self.cachedFilters(at: attachment.offset) { return filters }
    let page = try await Part.read(self.file, at: attachment.offset, attachment.byteCount)
    let filters: [SplitBlockFilter]
    do throws(ColumnError) {
      filters = try Self.filters(of: page)
    } catch {
      throw SeriesError.damaged(self.path, "a filter: \(error.message)")
    }
    self.keepFilters(filters, at: attachment.offset)
    return filters
  }

  /// The directory of a term index; read once.
  func terms(_ attachment: PartAttachment) throws(SeriesError) -> TermDirectory {
    if let directory = self.cachedTerms(at: attachment.offset) { return directory }
    do throws(ColumnError) {
      let directory = try TermDirectory(attachment)
      self.keepTerms(directory, at: attachment.offset)
      return directory
    } catch {
      throw SeriesError.damaged(self.path, "the directory of an index: \(error.message)")
    }
  }

  private static func filters(of page: [UInt8]) throws(ColumnError) -> [SplitBlockFilter] {
    let column = try page.decoding { bytes, decoder throws(ColumnError) in
      try decoder.column(bytes, .binary)
    }
    var filters: [SplitBlockFilter] = []
    for row in 0..<column.count {
      guard let filter = column.withBytes(row, { SplitBlockFilter($0) }) else {
        throw ColumnError("a filter that is none")
      }
      filters.append(filter)
    }
    return filters
  }

  /// Proves the pages of attachments.
  func scrubAttachments(_ section: PartSection) async throws(SeriesError) {
    for attachment in section.attachments {
      switch attachment.kind {
      case .blockFilters, .seriesFilter: _ = try await self.filters(attachment)
      case .terms, .order: try await self.scrubPages(attachment)
      }
    }
  }

  private func scrubPages(_ attachment: PartAttachment) async throws(SeriesError) {
    let lengths: [Int]
    do throws(ColumnError) {
      lengths =
        attachment.kind == .terms
        ? try TermDirectory(attachment).pageBytes : try OrderDirectory(attachment).pageBytes
    } catch {
      throw SeriesError.damaged(self.path, "the directory of an index: \(error.message)")
    }
    var offset = attachment.offset
    for length in lengths {
      let page = try await Part.read(self.file, at: offset, length)
      do throws(ColumnError) {
        _ = try page.decoding { bytes, _ throws(ColumnError) in try PageDecoder.range(bytes) }
      } catch {
        throw SeriesError.damaged(self.path, "a page of an index: \(error.message)")
      }
      offset += Int64(length)
    }
  }
}

extension Array where Element == UInt8 {
  /// Hands the bytes and a decoder over, in a function that does not wait.
  func decoding<R>(
    _ body: (UnsafeRawBufferPointer, PageDecoder) throws(ColumnError) -> R
  ) throws(ColumnError) -> R {
    let decoder = PageDecoder()
    let result: Result<R, ColumnError> = self.withUnsafeBytes { bytes in
      do throws(ColumnError) { return .success(try body(bytes, decoder)) } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }
}
