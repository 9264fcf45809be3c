internal import SeriesColumns

/// The DevOps data of TSBS, cpu only: ten fields per host, each a random walk between 0 and 100 whose steps
/// are normally distributed, cut to whole numbers.
struct DevOps {
  static let fields = [
    "usage_user", "usage_system", "usage_idle", "usage_nice", "usage_iowait", "usage_irq",
    "usage_softirq", "usage_steal", "usage_guest", "usage_guest_nice",
  ]
  static let start: Int64 = 1_767_225_600_000_000_000

  let hosts: Int
  let step: Int64
  private var state: [Double]
  private var random: UInt64 = 12_345

  init(hosts: Int, step: Int64) {
    self.hosts = hosts
    self.step = step
    self.state = []
    for _ in 0..<(hosts * Self.fields.count) { self.state.append(Double(self.next() % 100)) }
  }

  static let schema = TableSchema(
    name: "cpu", kind: .measure, columns: fields.map { ColumnSchema("#" + $0, .float) },
    seriesColumns: [
      ColumnSchema("tags/hostname", .string, index: .inverted(.keyword)),
      ColumnSchema("tags/region", .string, index: .inverted(.keyword)),
      ColumnSchema("tags/datacenter", .string, index: .inverted(.keyword)),
    ])

  private mutating func next() -> UInt64 {
    self.random &+= 0x9E37_79B9_7F4A_7C15
    var mixed = self.random
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// A sum of twelve even numbers is nearly normal, with a deviation of one.
  private mutating func normal() -> Double {
    var sum = 0.0
    for _ in 0..<3 {
      let bits = self.next()
      for shift: UInt64 in [0, 16, 32, 48] { sum += Double(bits >> shift & 0xFFFF) / 65_536 }
    }
    return sum - 6
  }

  static func seriesID(_ host: Int) -> UInt64 { UInt64(host + 1) &* 0x9E37_79B9_7F4A_7C15 }

  /// The points of all hosts at one time, in batches of at most `rows`.
  mutating func batches(_ turn: Int, rows: Int, isFirst: Bool) -> [RowBatch] {
    var batches: [RowBatch] = []
    let time = Self.start + Int64(turn) * self.step
    var host = 0
    while host < self.hosts {
      var batch = RowBatch(group: "bench", schema: Self.schema, shard: 0)
      for _ in 0..<min(rows, self.hosts - host) {
        batch.seriesIDs.append(Self.seriesID(host))
        batch.timestamps.append(time)
        batch.versions.append(time / 1_000_000)
        for field in Self.fields.indices {
          let at = host * Self.fields.count + field
          self.state[at] = min(100, max(0, self.state[at] + self.normal()))
          batch.columns[field].append(float: self.state[at].rounded(.down))
        }
        if isFirst {
          batch.series.ids.append(Self.seriesID(host))
          batch.series.columns[0].append(text: "host_\(host)")
          batch.series.columns[1].append(text: "region-\(host % 9)")
          batch.series.columns[2].append(text: "region-\(host % 9)\(host % 3)")
        }
        host += 1
      }
      batches.append(batch)
    }
    return batches
  }
}
