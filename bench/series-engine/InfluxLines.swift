private import Bytes
private import Glibc
private import SeriesColumns

/// The same data as lines of InfluxDB's protocol on standard output, for a peer.
enum InfluxLines {
  static func print(hosts: Int, turns: Int) {
    var data = DevOps(hosts: hosts, step: 10_000_000_000)
    var out = ByteWriter(capacity: 1 << 20)
    for turn in 0..<turns {
      var host = 0
      for batch in data.batches(turn, rows: 1000, isFirst: false) {
        for row in 0..<batch.count {
          self.append(batch, row, host: host, to: &out)
          host += 1
        }
      }
      self.flush(&out)
    }
  }

  private static func append(
    _ batch: RowBatch, _ row: Int, host: Int, to out: inout ByteWriter
  ) {
    out.append("cpu,hostname=host_\(host),region=region-\(host % 9)")
    out.append(",datacenter=region-\(host % 9)\(host % 3) ")
    for (index, field) in DevOps.fields.enumerated() {
      if index > 0 { out.append(UInt8(ascii: ",")) }
      out.append(field)
      out.append(UInt8(ascii: "="))
      out.append(decimal: Int(batch.columns[index].float(row)))
    }
    out.append(UInt8(ascii: " "))
    out.append(decimal: batch.timestamps[row])
    out.append(UInt8(ascii: "\n"))
  }

  private static func flush(_ out: inout ByteWriter) {
    out.withUnsafeBytes { bytes in
      var at = 0
      while at < bytes.count {
        let count = write(1, bytes.baseAddress.unsafelyUnwrapped + at, bytes.count - at)
        guard count > 0 else { exit(1) }
        at += count
      }
    }
    out.removeAll()
  }
}
