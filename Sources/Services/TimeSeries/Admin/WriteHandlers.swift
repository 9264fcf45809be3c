import Admin
import AdminServing
import JSON
import Protobuf
import SeriesIngest
import SeriesModel
import SeriesSchema
import SeriesServing
import SeriesWire
import Values

/// `series write`: rows by the names of their tags and fields. For many points there are the doors of the
/// clients; this is for people, scripts and repairs.
struct WriteHandlers: Sendable {
  let sources: SeriesAdminSources

  func register(in routes: inout AdminRoutes) throws {
    try routes.on(SeriesAPI.writeRows) { input, context in try await self.write(input, context) }
  }

  private func write(
    _ input: SeriesWriteInput, _ context: AdminContext
  ) async throws -> AdminList<SeriesWrittenRecord> {
    let front = try await seriesWork { try self.sources.front }
    var tally = WriteTally()
    for kind in [SchemaKind.measure, .stream, .trace] {
      try await self.write(input.rows, kind, context, front, &tally)
    }
    for (index, row) in input.rows.enumerated()
    where !["measure", "stream", "trace"].contains(where: { row[$0]?.string != nil }) {
      tally.refuse("", "it names no measure, stream or trace", row: index)
    }
    return AdminList(tally.records)
  }

  private func write(
    _ rows: [JSONValue], _ kind: SchemaKind, _ context: AdminContext, _ front: SeriesFront,
    _ tally: inout WriteTally
  ) async throws(AdminError) {
    var session = WriteSession(kind, in: front.writes)
    var places: [UInt64: (name: String, row: Int)] = [:]
    for (index, row) in rows.enumerated() {
      guard let name = row[kind.rawValue]?.string else { continue }
      let made: WriteRow
      do throws(RowProblem) {
        made = try WriteRow(row, kind, name, number: UInt64(index + 1), front.registry)
      } catch {
        tally.refuse(name, error.why, row: index)
        continue
      }
      places[UInt64(index + 1)] = (name, index)
      if context.isDryRun {
        tally.take(name)
        continue
      }
      let told: WriteReceipt?
      do throws(SeriesFault) {
        switch made {
        case .measure(let request): told = try await session.take(request)
        case .stream(let request): told = try await session.take(request)
        case .trace(let request): told = try await session.take(request)
        }
      } catch {
        tally.refuse(name, error.message, row: index)
        continue
      }
      if let told { tally.take(told, places) }
    }
    for receipt in await session.handOver() { tally.take(receipt, places) }
  }
}

/// What came of rows, by the name of what they were written to.
struct WriteTally {
  private var found: [String: SeriesWrittenRecord] = [:]
  private static let reasonCountMax = 8

  var records: [SeriesWrittenRecord] {
    self.found.values.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  private subscript(_ name: String) -> SeriesWrittenRecord {
    get {
      var record = SeriesWrittenRecord()
      record.name = name
      return self.found[name] ?? record
    }
    set { self.found[name] = newValue }
  }

  mutating func take(_ name: String) { self[name].written += 1 }

  mutating func take(_ receipt: WriteReceipt, _ places: [UInt64: (name: String, row: Int)]) {
    guard let place = places[receipt.id] else { return }
    guard receipt.status != .succeed else { return self.take(place.name) }
    self.refuse(place.name, receipt.status.name ?? "refused", row: place.row)
  }

  /// The first row of each reason is named.
  mutating func refuse(_ name: String, _ why: String, row: Int) {
    self[name].refused += 1
    guard self[name].reasons.count < Self.reasonCountMax,
      !self[name].reasons.contains(where: { $0.hasSuffix(why) })
    else { return }
    self[name].reasons.append("row \(row + 1): \(why)")
  }
}
