import Bytes
import Glibc
import JSON
import Synchronization
import Testing
import Values

@testable import Observability

/// A file that is gone after the test.
private func temporaryPath(_ name: String) -> String {
  "/tmp/lake-log-test-\(getpid())-\(name)-\(UInt32.random(in: 0 ... .max))"
}

private func content(of path: String) -> String {
  let descriptor = open(path, O_RDONLY)
  guard descriptor >= 0 else { return "" }
  defer { close(descriptor) }
  var bytes = [UInt8](repeating: 0, count: 1 << 20)
  let count = read(descriptor, &bytes, bytes.count)
  return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
}

private let noon = WallTime(nanoseconds: 1_795_262_400_123_456_789)

private func format(_ record: LogRecord, _ format: LogFormat) -> String {
  var target = ByteWriter()
  format.append(record, redaction: Redaction(), to: &target)
  return target.bytes.lossyText
}

private func record(_ message: String, _ fields: LogFields = [:]) -> LogRecord {
  LogRecord(
    sequence: 0, time: noon, level: .info, component: "journal", message: message, fields: fields)
}

@Suite("Logs")
struct LogTests {
  private func system(
    _ path: String, _ change: (inout LogSystem.Options) -> Void = { _ in }
  ) -> LogSystem {
    var options = LogSystem.Options { $0.output = .file(path) }
    change(&options)
    return LogSystem(options, wallNow: { noon })
  }

  @Test("a record for people is one line, whatever is in it")
  func textForm() {
    let line = format(
      record(
        "opened\n\u{1B}[31msegment",
        [
          "path": "/a b", "bytes": 12, "took": .duration(.microseconds(1500)), "ratio": 0.5,
          "ok": true, "empty": "", "turn": "\u{202E}x", "quote": "a\"b\\",
        ]), .text)
    #expect(
      line
        == #"2026-11-21T12:00:00.123456Z INFO    journal      opened\n\u{1b}[31msegment path="/a b" "#
        + #"bytes=12 took=1.500ms ratio=0.5 ok=true empty="" turn="\u{202e}x" quote="a\"b\\""#
        + "\n")
  }

  @Test("a record for machines is one JSON object")
  func jsonForm() {
    let line = format(
      record(
        "x\n\"", ["n": .unsigned(.max), "took": .duration(.seconds(2)), "nan": .number(.nan)]),
      .json)
    #expect(
      line
        == #"{"at":"2026-11-21T12:00:00.123456Z","level":"info","component":"journal","#
        + #""message":"x\n\"","fields":{"n":18446744073709551615,"took":2.0,"nan":"nan"}}"# + "\n")
  }

  @Test(
    "durations are printed in the unit that fits",
    arguments: [
      (Duration.nanoseconds(999), "999ns"), (.nanoseconds(1000), "1.000µs"),
      (.milliseconds(20), "20.000ms"), (.seconds(90), "90.000s"), (.nanoseconds(-1500), "-1.500µs"),
    ] as [(Duration, String)])
  func durations(duration: Duration, text: String) {
    #expect(format(record("", ["t": .duration(duration)]), .text).hasSuffix(" t=\(text)\n"))
  }

  @Test("secrets are not printed, by value or by name")
  func secrets() {
    let secret = Secret("hunter2")
    #expect("\(secret) \([secret]) \(String(reflecting: secret))".contains("hunter2") == false)
    var dumped = ""
    dump(secret, to: &dumped)
    #expect(!dumped.contains("hunter2"))
    #expect(secret.exposed == "hunter2")
    let line = format(
      record("", ["password": "hunter2", "s3_secret_key": "hunter2", "key_id": "AKIA", "keys": 3]),
      .text)
    #expect(line.hasSuffix("password=••• s3_secret_key=••• key_id=AKIA keys=3\n"))
    #expect(!format(record("", ["auth-token": "hunter2"]), .json).contains("hunter2"))
  }

  @Test("a message below the level is never computed")
  func autoclosure() {
    let path = temporaryPath("level")
    let system = self.system(path)
    let log = system.logger("a")
    var computed = 0
    func message() -> String {
      computed += 1
      return "m"
    }
    log.debug(message(), ["x": .text(message())])
    Logger.silent.error(message())
    #expect(computed == 0)
    log.info(message())
    #expect(computed == 1)
    system.flush()
    #expect(content(of: path).contains("INFO    a            m\n"))
    system.stop()
    unlink(path)
  }

  @Test("levels change while components log, for a component and those below it")
  func levels() {
    let path = temporaryPath("levels")
    let system = self.system(path)
    let parent = system.logger("object")
    let child = system.logger("object.namespace")
    let other = system.logger("sql")
    #expect(!child.isEnabled(.debug))
    system.setLevel(.trace, for: "object")
    #expect(parent.isEnabled(.trace) && child.isEnabled(.trace) && !other.isEnabled(.debug))
    system.setLevel(.error, for: "object.namespace")
    #expect(!child.isEnabled(.warning) && parent.isEnabled(.trace))
    system.clearLevel(for: "object")
    #expect(!parent.isEnabled(.debug) && !child.isEnabled(.warning))
    system.setLevel(.debug, for: nil)
    #expect(parent.isEnabled(.debug) && !child.isEnabled(.warning) && other.isEnabled(.debug))
    #expect(
      system.components.map(\.level) == [.debug, .error, .debug])
    system.stop()
    unlink(path)
  }

  @Test("a level goes back by itself when its time is over")
  func expiry() {
    let path = temporaryPath("expiry")
    let clock = Atomic<UInt64>(0)
    withExtendedLifetime(clock) {
      final class Clock: Sendable {
        let now = Atomic<UInt64>(0)
      }
      let clock = Clock()
      let system = LogSystem(
        LogSystem.Options { $0.output = .file(path) },
        now: { MonotonicTime(nanoseconds: clock.now.load(ordering: .relaxed)) })
      let log = system.logger("a")
      let never = MonotonicTime(nanoseconds: 1_000_000_000_000_000)
      system.setLevel(.error, for: "a", until: never)
      system.expireLevels()
      #expect(!log.isEnabled(.warning))
      #expect(system.components.first?.until == never)
      clock.now.store(1_000_000_000_000_001, ordering: .relaxed)
      system.expireLevels()
      #expect(log.isEnabled(.info))
      // The writer does the same without being asked.
      system.setLevel(.trace, for: "a", until: MonotonicTime(nanoseconds: 1_000_000_000_000_002))
      clock.now.store(1_000_000_000_000_003, ordering: .relaxed)
      var looks = 0
      while log.isEnabled(.trace), looks < 5000 {
        usleep(1000)
        looks += 1
      }
      #expect(!log.isEnabled(.trace))
      system.stop()
    }
    unlink(path)
  }

  @Test("a full queue drops, counts and says so; the ring still has the last records")
  func overflow() {
    // A pipe that nobody reads at first stops the writer.
    var ends: [Int32] = [0, 0]
    pipe(&ends)
    let system = LogSystem(
      LogSystem.Options {
        $0.output = .descriptor(ends[1])
        $0.queueMax = 50
        $0.ringCapacity = 10
      })
    let log = system.logger("a")
    let long = String(repeating: "x", count: 4096)
    for number in 0..<500 { log.info("\(number) \(long)") }
    #expect(system.droppedCount > 0)
    let batch = system.recent()
    #expect(batch.records.count == 10)
    #expect(batch.missed == 490)
    #expect(batch.records.last?.message.hasPrefix("499 ") == true)
    final class Reader: Sendable {
      let text = Mutex("")
    }
    let reader = Reader()
    var thread = pthread_t()
    let input = ends[0]
    struct Context {
      let input: Int32
      let reader: Reader
    }
    let context = UnsafeMutablePointer<Context>.allocate(capacity: 1)
    context.initialize(to: Context(input: input, reader: reader))
    pthread_create(
      &thread, nil,
      { pointer in
        guard let context = pointer?.assumingMemoryBound(to: Context.self).pointee else {
          return nil
        }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while true {
          let count = read(context.input, &bytes, bytes.count)
          guard count > 0 else { return nil }
          context.reader.text.withLock {
            $0 += String(decoding: bytes.prefix(count), as: UTF8.self)
          }
        }
      }, context)
    system.flush()
    system.stop()
    close(ends[1])
    pthread_join(thread, nil)
    close(ends[0])
    let text = reader.text.withLock { $0 }
    #expect(text.contains("records were dropped: the queue was full count="))
    let lines = text.split(separator: "\n").count
    #expect(lines < 500)
    context.deinitialize(count: 1)
    context.deallocate()
  }

  @Test("a follower reads on from its cursor and learns what it missed")
  func cursors() {
    let path = temporaryPath("cursor")
    let system = self.system(path) { $0.ringCapacity = 5 }
    let log = system.logger("a")
    let other = system.logger("b")
    var cursor = system.cursor
    log.info("0")
    other.error("1")
    log.warning("2")
    var batch = system.recent(from: cursor, component: "a")
    #expect(batch.records.map(\.message) == ["0", "2"])
    cursor = batch.next
    #expect(system.recent(from: cursor).records.isEmpty)
    for number in 3..<13 { log.info("\(number)") }
    batch = system.recent(from: cursor, limit: 2)
    #expect(batch.missed == 5)
    #expect(batch.records.map(\.message) == ["8", "9"])
    batch = system.recent(from: batch.next)
    #expect(batch.records.map(\.message) == ["10", "11", "12"])
    #expect(system.recent(from: 0, level: .error).records.isEmpty)
    #expect(system.recent(from: 999).next == 13)
    system.stop()
    unlink(path)
  }

  @Test("a rotated file is opened anew")
  func reopen() {
    let path = temporaryPath("reopen")
    let system = self.system(path)
    let log = system.logger("a")
    log.info("before")
    system.flush()
    rename(path, path + ".1")
    system.reopen()
    log.info("after")
    system.stop()
    #expect(content(of: path + ".1").contains("before"))
    #expect(content(of: path).contains("after"))
    unlink(path)
    unlink(path + ".1")
  }

  @Test(
    "level names are read", arguments: [("INFO", LogLevel.info), ("warn", .warning), ("x", nil)])
  func names(text: String, level: LogLevel?) { #expect(LogLevel(text) == level) }
}
