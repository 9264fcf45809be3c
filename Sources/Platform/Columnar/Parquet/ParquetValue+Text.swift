private import Bytes

/// Reads bounds as the engine prints them.
extension ParquetValue {
  /// Nil for a type without bounds, or a text that its type does not print.
  static func read(_ text: String, _ type: ColumnType) -> ParquetValue? {
    switch type {
    case .boolean:
      [
        "true": .boolean(true), "false": .boolean(false), "1": .boolean(true), "0": .boolean(false),
      ][
        text]
    case .int8, .int16, .int32, .int64, .int128, .uint8, .uint16, .uint32, .uint64, .uint128:
      Int128(text).map { Self.integer($0) }
    case .float, .double: Double(text).map { Self.double($0) }
    case .decimal(_, let scale): unscaled(text, scale: scale).map { Self.decimal($0, scale: scale) }
    case .text, .enumeration: ParquetValue.text(text)
    case .blob: Hexadecimal.bytes(of: text).map { Self.blob($0) }
    case .uuid: Hexadecimal.bytes(of: text.filter { $0 != "-" }).map { Self.uuid($0) }
    case .date: days(text[...]).flatMap { Int32(exactly: $0) }.map { Self.date($0) }
    case .time: ticks(text[...], perSecond: 1_000_000).map { Self.time($0) }
    case .timestampSeconds, .timestampMilliseconds, .timestamp:
      moment(text[...], perSecond: 1_000_000).map { Self.timestamp($0) }
    case .timestampNanoseconds:
      moment(text[...], perSecond: 1_000_000_000).map { Self.timestamp($0) }
    case .instant: zonedMoment(text).map { Self.instant($0) }
    default: nil
    }
  }
}

/// "12.30" of scale 2 as 1230.
private func unscaled(_ text: String, scale: Int) -> Int128? {
  let parts = text.split(separator: ".", omittingEmptySubsequences: false)
  guard parts.count <= 2 else { return nil }
  let fraction = parts.count == 2 ? parts[1] : ""
  guard fraction.utf8.count <= scale else { return nil }
  let zeros = String(repeating: "0", count: scale - fraction.utf8.count)
  return Int128(parts[0] + fraction + zeros)
}

/// "2024-02-29" as days since 1970. Years before 1 and after 9999 are printed otherwise: nil.
private func days(_ text: Substring) -> Int64? {
  let parts = text.split(separator: "-", omittingEmptySubsequences: false)
  guard parts.count == 3, parts[0].utf8.count == 4, let year = Int64(parts[0]),
    let month = Int64(parts[1]), let day = Int64(parts[2]), (1...12).contains(month),
    (1...31).contains(day)
  else { return nil }
  // Years begin in March here, so that the leap day comes last.
  let shifted = month <= 2 ? year - 1 : year
  let era = shifted / 400
  let yearOfEra = shifted - era * 400
  let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
  let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

/// "23:59:59.5" in fractions of a second.
private func ticks(_ text: Substring, perSecond: Int64) -> Int64? {
  let parts = text.split(separator: ":", omittingEmptySubsequences: false)
  guard parts.count == 3, let hours = Int64(parts[0]), let minutes = Int64(parts[1]) else {
    return nil
  }
  let seconds = parts[2].split(separator: ".", omittingEmptySubsequences: false)
  guard seconds.count <= 2, let whole = Int64(seconds[0]), (0...24).contains(hours),
    (0...59).contains(minutes), (0...60).contains(whole)
  else { return nil }
  var fraction: Int64 = 0
  var unit = perSecond
  for digit in seconds.count == 2 ? seconds[1] : "" {
    guard let value = digit.wholeNumberValue, unit >= 10 else { return nil }
    unit /= 10
    fraction += Int64(value) * unit
  }
  return ((hours * 60 + minutes) * 60 + whole) * perSecond + fraction
}

/// "2024-02-29 23:59:59" in fractions of a second since 1970.
private func moment(_ text: Substring, perSecond: Int64) -> Int64? {
  let parts = text.split(separator: " ", omittingEmptySubsequences: false)
  guard parts.count == 2, let day = days(parts[0]),
    let time = ticks(parts[1], perSecond: perSecond)
  else { return nil }
  let (product, overflow) = day.multipliedReportingOverflow(by: 86_400 * perSecond)
  guard !overflow else { return nil }
  let (sum, carried) = product.addingReportingOverflow(time)
  return carried ? nil : sum
}

/// "2024-02-29 23:59:59+00", also with another offset, in microseconds since 1970.
private func zonedMoment(_ text: String) -> Int64? {
  guard let sign = text.lastIndex(where: { $0 == "+" || $0 == "-" }),
    let local = moment(text[..<sign], perSecond: 1_000_000)
  else { return nil }
  let offset = text[text.index(after: sign)...].split(separator: ":")
  guard let hours = offset.first.flatMap({ Int64($0) }), (0...24).contains(hours) else {
    return nil
  }
  let minutes = offset.count > 1 ? Int64(offset[1]) ?? 0 : 0
  guard (0...59).contains(minutes) else { return nil }
  let microseconds = (hours * 60 + minutes) * 60_000_000
  return text[sign] == "+" ? local - microseconds : local + microseconds
}
