public import JSON

// A snapshot for the admin API:
//
//    [{"name":"x_seconds","help":"…","type":"histogram","series":[
//       {"labels":{"op":"get"},"count":12,"sum":0.5,"mean":0.04,"p50":…,"p90":…,"p99":…,"p999":…,"max":…}]},
//     {"name":"y_total","help":"…","type":"counter","series":[{"labels":{},"value":7}]}]
//
// Quantiles and sums are in the metric's unit, as in the text form.

extension MetricSnapshot: JSONEncodable {
  public func encode(to json: inout JSONWriter) {
    json.array { json in
      for family in self.families where !family.series.isEmpty { family.encode(to: &json) }
    }
  }
}

extension MetricSnapshot.Family: JSONEncodable {
  public func encode(to json: inout JSONWriter) {
    json.object { json in
      json.member("name", self.name)
      json.member("help", self.help)
      json.member("type", self.typeName)
      json.name("series")
      json.array { json in
        for series in self.series {
          json.object { json in
            json.name("labels")
            json.object { json in
              for (label, value) in zip(self.labels, series.labelValues) {
                json.name(label)
                json.value(value)
              }
            }
            Self.encode(series.value, to: &json)
          }
        }
      }
    }
  }

  private static func encode(_ value: MetricSnapshot.Value, to json: inout JSONWriter) {
    switch value {
    case .count(let count):
      json.name("value")
      json.integer(count)
    case .number(let number):
      json.name("value")
      // JSON has no word for the others.
      if number.isFinite { json.value(number) } else { json.null() }
    case .histogram(let histogram):
      let factor = histogram.scale.factor
      json.name("count")
      json.integer(histogram.count)
      json.member("sum", Double(histogram.sum) * factor)
      json.member("mean", histogram.mean * factor)
      let quantiles: [(StaticString, Double)] = [
        ("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999),
      ]
      for (name, q) in quantiles { json.member(name, Double(histogram.quantile(q)) * factor) }
      json.member("max", Double(histogram.max) * factor)
    }
  }
}
