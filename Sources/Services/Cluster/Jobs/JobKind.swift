package import JSON

/// A kind of job, and what does it.
package struct JobKind: Sendable {
  /// Such as `shard.move`: letters, digits, dots, dashes.
  package var name: String
  /// How often it is begun, when it fails or its node dies, before it counts as failed.
  package var attemptsMax = 5
  /// Before the second attempt; doubled before each further one, up to `retryPauseMax`.
  package var retryPause = Duration.seconds(5)
  package var retryPauseMax = Duration.seconds(600)
  /// How many of the kind a node runs at a time.
  package var concurrentMax = 4
  package var handler: Handler

  /// Does the job, from its checkpoint on when there is one.
  ///
  /// It is cancelled when the job is to be cancelled or paused, when the process ends, and when it is no
  /// longer certain that nobody else runs the job; it then ends within 100 ms. Throws `JobFailure` for a
  /// reason that people should read.
  package typealias Handler = @Sendable (JobRun) async throws -> JobResult

  package init(
    _ name: String, _ change: (inout JobKind) -> Void = { _ in }, handler: @escaping Handler
  ) {
    self.name = name
    self.handler = handler
    change(&self)
    precondition(NodeDescription.isName(name), "\(name) is no name for a kind of job")
    precondition(self.attemptsMax > 0, "a job of \(self.attemptsMax) attempts")
  }

  func pause(after attempts: Int) -> Duration {
    min(self.retryPause * (1 << min(max(attempts - 1, 0), 16)), self.retryPauseMax)
  }
}

/// What a job came to: an object for programs, kept with the job.
package struct JobResult: Hashable, Sendable {
  package static let byteCountMax = 16 << 10

  package var value: JSONValue

  package init(_ value: JSONValue = .object(JSONObject())) { self.value = value }
}

/// What is asked for.
package struct JobRequest: Sendable {
  package static let parametersByteCountMax = 16 << 10
  package static let whatByteCountMax = 500
  package static let joinKeyByteCountMax = 500

  package var kind: String
  package var what: String
  package var parameters: JSONValue
  /// Equal keys of one kind are one job while it has not ended: what makes two requests identical.
  package var joinKey: String
  package var requester: String
  package var requestID: String?

  package init(
    _ kind: String, what: String, parameters: JSONValue, joinKey: String, requester: String,
    requestID: String? = nil
  ) {
    self.kind = kind
    self.what = what
    self.parameters = parameters
    self.joinKey = joinKey
    self.requester = requester
    self.requestID = requestID
  }

  func check() throws(ClusterError) {
    guard NodeDescription.isName(self.kind) else {
      throw ClusterError(.invalid, "\(self.kind.debugDescription) is no kind of job")
    }
    guard self.what.utf8.count <= Self.whatByteCountMax else {
      throw ClusterError(
        .invalid,
        "what a job does is told in \(self.what.utf8.count) bytes, over the limit of "
          + "\(Self.whatByteCountMax)")
    }
    guard !self.joinKey.isEmpty, self.joinKey.utf8.count <= Self.joinKeyByteCountMax,
      !self.joinKey.utf8.contains(0)
    else {
      throw ClusterError(
        .invalid,
        "the join key of a job has \(self.joinKey.utf8.count) bytes: 1 to "
          + "\(Self.joinKeyByteCountMax), without NUL")
    }
    guard self.requester.utf8.count <= 256, (self.requestID ?? "").utf8.count <= 128 else {
      throw ClusterError(.invalid, "the requester or the request id of a job is too long")
    }
    let byteCount = self.parameters.text().utf8.count
    guard byteCount <= Self.parametersByteCountMax else {
      throw ClusterError(
        .invalid,
        "the parameters of a job have \(byteCount) bytes, over the limit of "
          + "\(Self.parametersByteCountMax)")
    }
  }
}
