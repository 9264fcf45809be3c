private import Bytes
package import CommandTable
internal import JSON
import Synchronization
package import Values

/// Sends what it is asked on, and writes each answer down.
package struct RecordingClient: AdminClient {
  private let inner: any AdminClient
  private let startedAt: MonotonicTime
  private let now: @Sendable () -> MonotonicTime
  /// Takes a line; says nothing when there is no more room for it.
  private let write: @Sendable (String) -> Void

  package init(
    _ inner: any AdminClient, startedAt: MonotonicTime,
    now: @escaping @Sendable () -> MonotonicTime, write: @escaping @Sendable (String) -> Void
  ) {
    self.inner = inner
    self.startedAt = startedAt
    self.now = now
    self.write = write
  }

  package func send(
    _ request: AdminRequest, until deadline: MonotonicTime
  ) async throws(CommandError) -> [UInt8] {
    var answer: [UInt8] = []
    let result: Result<JSONValue, CommandError>
    do throws(CommandError) {
      answer = try await self.inner.send(request, until: deadline)
      result = .success(try answer.json(from: request.path))
    } catch {
      result = .failure(error)
    }
    let elapsed = (self.now() - self.startedAt).nanosecondsClamped / 1_000_000
    let entry = Recording.Entry(milliseconds: elapsed, path: request.path, reply: result)
    self.write(entry.line(query: request.query))
    _ = try result.get()
    return answer
  }
}

extension AdminClient {
  /// The answer as a value.
  func json(
    _ request: AdminRequest, until deadline: MonotonicTime
  ) async throws(CommandError) -> JSONValue {
    try await self.send(request, until: deadline).json(from: request.path)
  }
}

extension [UInt8] {
  fileprivate func json(from path: String) throws(CommandError) -> JSONValue {
    do throws(JSONError) { return try JSONValue(parsing: self.rawBytes) } catch {
      throw CommandError(
        ErrorCode(serverCode: "client.bad_answer", exit: .failed),
        "the answer of \(path) cannot be read", why: "\(error)")
    }
  }
}

/// Answers from a recording, as it was at a moment of it.
package final class ReplayClient: AdminClient {
  private let recording: Recording
  private let now: @Sendable () -> MonotonicTime
  /// Protects where the recording is: it runs from a moment on, or stands still.
  private let place: Mutex<Place>

  private struct Place: Sendable {
    var startedAt: MonotonicTime
    /// Stepping: the recording stands here.
    var stoppedAt: Int64?
  }

  package init(_ recording: Recording, now: @escaping @Sendable () -> MonotonicTime) {
    self.recording = recording
    self.now = now
    self.place = Mutex(Place(startedAt: now()))
  }

  package var milliseconds: Int64 {
    let now = self.now()
    return self.place.withLock { place in
      place.stoppedAt ?? (now - place.startedAt).nanosecondsClamped / 1_000_000
    }
  }

  /// What the clock of the recorded cluster said.
  package var wall: WallTime {
    self.recording.startedAt + .milliseconds(self.milliseconds)
  }

  /// Stands still at the next recorded moment, or begins anew after the last one. Says where that
  /// is.
  package func step() -> String {
    let here = self.milliseconds
    let next = self.recording.next(after: here)
    self.place.withLock { $0.stoppedAt = next ?? 0 }
    let text = { (value: Int64) in Humanised.decimal(Double(value) / 1000) }
    return "recording at \(text(next ?? 0)) s of \(text(self.recording.lengthMilliseconds)) s"
  }

  package func send(
    _ request: AdminRequest, until deadline: MonotonicTime
  ) async throws(CommandError) -> [UInt8] {
    guard request.method == "GET" else {
      throw CommandError(
        ErrorCode(serverCode: "replay.read_only", exit: .refused),
        "a recording cannot be changed", why: "it is played from a file")
    }
    guard let reply = self.recording.reply(to: request.path, at: self.milliseconds) else {
      throw CommandError(
        ErrorCode(serverCode: "replay.not_recorded", exit: .notFound),
        "\(request.path) was not recorded",
        why: "the screen was not open while the recording was made")
    }
    var json = try reply.get()
    let cursor = request.query.first { $0.name == "after" }?.value
    if let tail = self.recording.tail(of: request.path, after: cursor, at: self.milliseconds) {
      json = tail
    }
    return Array(Self.filtered(json, by: request.query).text().utf8)
  }

  /// What a server would make of `state=running`: rows whose member of that name has that text.
  private static func filtered(
    _ json: JSONValue, by query: [(name: String, value: String)]
  ) -> JSONValue {
    guard var object = json.object, let items = object["items"]?.array else { return json }
    let left = items.filter { item in
      query.allSatisfy { parameter in
        guard let value = item[parameter.name]?.string else { return true }
        return value == parameter.value
      }
    }
    object["items"] = .array(left)
    return .object(object)
  }
}
