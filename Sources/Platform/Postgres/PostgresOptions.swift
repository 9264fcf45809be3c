public import Values

/// Where PostgreSQL is, and how much of it is used.
public struct PostgresOptions: Sendable {
  /// A URL (`postgresql://user@host:5432/database`) or the keywords of libpq.
  public var address: String
  public var password: Secret<String>?
  public var connectionsMax = 16
  public var connectSeconds = 5
  /// A batch is given up when the server is silent for so long.
  public var silenceMilliseconds: Int32 = 20_000
  /// Batches that may wait; one more is refused.
  public var waitingMax = 4096
  /// Connections that read at a time: few, so that what comes meanwhile shares a way.
  public var readersMax = 2
  /// What is read is prepared at its first use on a connection, as long as sessions stay.
  public var prepares = true
  /// Connections that make shared transactions at a time.
  public var sharersMax = 2
  /// Reading batches that share one way to the server and back, and changes that are one transaction.
  public var sharedMax = 16

  public init(
    _ address: String, password: Secret<String>? = nil,
    _ change: (inout PostgresOptions) -> Void = { _ in }
  ) {
    self.address = address
    self.password = password
    change(&self)
  }
}
