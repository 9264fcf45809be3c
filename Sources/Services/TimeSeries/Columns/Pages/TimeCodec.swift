internal import Bytes

// The times of a block, whose runs of series are known:
//
//   1 byte   form
//   0 regular    integers: the first time of each run; integers: the step of each run
//   1 irregular  integers: the first time of each run; integers: the difference of every other time from
//                the one before it, all runs after one another
//
// Regular runs of any length cost what their first time and step cost: 1000 series with one step and
// one beginning are two constants. The differences of irregular runs are written as integers are, so as
// differences of differences where that is shorter.

/// Times, run by run.
enum TimeCodec {
  static func append(
    _ times: [Int64], _ runs: [SeriesRun], _ style: PackStyle, to target: inout ByteWriter
  ) {
    var starts: [Int64] = []
    var steps: [Int64] = []
    starts.reserveCapacity(runs.count)
    steps.reserveCapacity(runs.count)
    var isRegular = true
    for run in runs {
      let first = times[run.rows.lowerBound]
      let step = run.rows.count > 1 ? times[run.rows.lowerBound + 1] &- first : steps.last ?? 0
      starts.append(first)
      steps.append(step)
      guard isRegular, run.rows.count > 2 else { continue }
      for row in (run.rows.lowerBound + 2)..<run.rows.upperBound
      where times[row] &- times[row - 1] != step {
        isRegular = false
        break
      }
    }
    target.append(UInt8(isRegular ? 0 : 1))
    IntegerCodec.append(starts, style, to: &target)
    guard !isRegular else { return IntegerCodec.append(steps, style, to: &target) }
    var differences: [Int64] = []
    differences.reserveCapacity(times.count)
    for run in runs {
      for row in run.rows.dropFirst() { differences.append(times[row] &- times[row - 1]) }
    }
    IntegerCodec.append(differences, style, to: &target)
  }

  static func read(
    _ reader: inout PayloadReader, _ runs: [SeriesRun], _ count: Int
  ) throws(ColumnError) -> [Int64] {
    let form = try reader.byte()
    guard form <= 1 else { throw ColumnError("times of the unknown form \(form)") }
    let starts = try IntegerCodec.read(&reader, runs.count)
    let others = try IntegerCodec.read(&reader, form == 0 ? runs.count : count - runs.count)
    return [Int64](unsafeUninitializedCapacity: count) { target, filled in
      var at = 0
      for (index, run) in runs.enumerated() {
        var time = starts[index]
        target[run.rows.lowerBound] = time
        if form == 0 {
          let step = others[index]
          for row in run.rows.dropFirst() {
            time &+= step
            target[row] = time
          }
        } else {
          for row in run.rows.dropFirst() {
            time &+= others[at]
            at += 1
            target[row] = time
          }
        }
      }
      filled = count
    }
  }

  /// The times of some of the runs, one after the other.
  static func read(
    _ reader: inout PayloadReader, _ runs: [SeriesRun], _ count: Int, of wanted: [Int]
  ) throws(ColumnError) -> [Int64] {
    let form = try reader.byte()
    guard form <= 1 else { throw ColumnError("times of the unknown form \(form)") }
    let starts = try IntegerCodec.read(&reader, runs.count)
    var times: [Int64] = []
    times.reserveCapacity(wanted.reduce(0) { $0 + runs[$1].rows.count })
    if form == 0 {
      let steps = try IntegerCodec.read(&reader, runs.count)
      for index in wanted {
        var time = starts[index]
        for _ in runs[index].rows {
          times.append(time)
          time &+= steps[index]
        }
      }
      return times
    }
    // Each run before has one difference less than rows.
    var picks = RowPicks()
    for index in wanted {
      let rows = runs[index].rows
      picks.append((rows.lowerBound - index)..<(rows.upperBound - index - 1))
    }
    let differences = try IntegerCodec.read(&reader, count - runs.count, picking: picks)
    var at = 0
    for index in wanted {
      var time = starts[index]
      times.append(time)
      for _ in runs[index].rows.dropFirst() {
        time &+= differences[at]
        at += 1
        times.append(time)
      }
    }
    return times
  }
}
