internal import Glibc

/// Seconds of the monotonic clock.
func seconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Seconds of processor time of this process, all threads.
func processorSeconds() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

func hundredths(_ value: Double) -> String {
  let scaled = Int((value * 100).rounded())
  let rest = abs(scaled % 100)
  return "\(scaled / 100).\(rest < 10 ? "0" : "")\(rest)"
}

func millions(_ value: Double) -> String { hundredths(value / 1e6) + " M" }

func fail(_ text: String) -> Never {
  print("bench-series-engine: \(text)")
  exit(1)
}
