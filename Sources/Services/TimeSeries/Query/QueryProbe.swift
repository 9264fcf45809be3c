import Protobuf
import Runtime
import SeriesSchema
import SeriesWire
import Values

/// Writes down what a query does, when it is asked to: a tree of spans. Belongs to the task that runs
/// the query.
final class QueryProbe {
  private struct Open {
    var span: CommonWire.Span
    var began: MonotonicTime
  }

  private let time: any TimeSource
  private let isOn: Bool
  private var open: [Open] = []
  private var done: [CommonWire.Span] = []
  private var failed = false

  private init(_ time: any TimeSource, isOn: Bool) {
    self.time = time
    self.isOn = isOn
  }

  /// Optimized code of Swift 6.3.1 may put an object that is made inside an async function on the stack and
  /// free it all the same: it is made where nothing waits.
  @inline(never) static func make(_ time: any TimeSource, isOn: Bool) -> QueryProbe {
    QueryProbe(time, isOn: isOn)
  }

  func begin(_ message: @autoclosure () -> String) {
    guard self.isOn else { return }
    let span = CommonWire.Span {
      $0.message = message()
      $0.startTime = ProtoTimestamp(nanoseconds: self.time.wallNow.nanoseconds)
    }
    self.open.append(Open(span: span, began: self.time.now))
  }

  func note(_ key: String, _ value: @autoclosure () -> String) {
    guard self.isOn, !self.open.isEmpty else { return }
    let tag = CommonWire.Tag {
      $0.key = key
      $0.value = value()
    }
    self.open[self.open.count - 1].span.tags.append(tag)
  }

  func end(error: SeriesFault? = nil) {
    guard self.isOn, var last = self.open.popLast() else { return }
    last.span.endTime = ProtoTimestamp(nanoseconds: self.time.wallNow.nanoseconds)
    last.span.duration = (self.time.now - last.began).nanosecondsClamped
    if let error {
      last.span.error = true
      last.span.tags.append(
        CommonWire.Tag {
          $0.key = "error_msg"
          $0.value = error.message
        })
      self.failed = true
    }
    if self.open.isEmpty {
      self.done.append(last.span)
    } else {
      self.open[self.open.count - 1].span.children.append(last.span)
    }
  }

  /// All that was written down; spans that are open end now, with `error`.
  func trace(error: SeriesFault? = nil) -> CommonWire.Trace {
    while !self.open.isEmpty { self.end(error: error) }
    return CommonWire.Trace {
      $0.traceID = "\(self.time.wallNow.nanoseconds)"
      $0.spans = self.done
      $0.error = self.failed
    }
  }
}
