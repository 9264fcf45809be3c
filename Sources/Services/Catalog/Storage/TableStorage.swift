import Iceberg

/// Where the files of a warehouse are: a folder of this machine, or an S3 store.
///
/// Every operation refuses a location outside the warehouse without asking anybody.
protocol TableStorage: AnyObject, Sendable {
  /// Writes a new file; returns once it would survive a power cut. A failure leaves nothing under the name,
  /// and one that is there is never changed. A process that ends meanwhile may leave part of one: names are
  /// unique, and nothing points at one before this has returned.
  ///
  /// - Parameter isSynced: false, where `defersSyncs`: it is durable after `sync`.
  func write(
    _ content: [UInt8], to location: String, isSynced: Bool
  ) async throws(StorageError)
  /// Returns once these files would survive a power cut. One that is not there any more is done.
  func sync(_ locations: [String]) async throws(StorageError)
  /// Whether a file costs less when it is made durable later, with others.
  var defersSyncs: Bool { get }
  /// The whole file, at most `limit` bytes.
  func read(_ location: String, limit: Int) async throws(StorageError) -> [UInt8]
  /// Deletes files; one that is not there is none to delete. What could not be deleted comes back.
  func delete(_ locations: [String]) async throws(StorageError) -> [String]
  /// The files below a folder, at most `limit` of them, behind `after` in their order.
  func files(
    below location: String, after: String?, limit: Int
  ) async throws(StorageError) -> [StoredFile]
  /// Makes ready what writers of a new table expect: folders, where there are any.
  func prepare(_ location: String) async throws(StorageError)
  /// Takes away what `prepare` made, as far as it is empty.
  func clear(_ location: String) async throws(StorageError)
  /// Whether it answers.
  func ping() async throws(StorageError)
}

extension TableStorage {
  func write(_ content: [UInt8], to location: String) async throws(StorageError) {
    try await self.write(content, to: location, isSynced: true)
  }
}

struct StoredFile: Hashable, Sendable {
  var location: String
  var byteCount: Int64
  var modifiedAtMS: Int64?
}

/// Why a file was not read or written.
struct StorageError: Error, Sendable, CustomStringConvertible {
  var code: Code
  var message: String

  enum Code: Sendable {
    case notFound
    /// Outside the warehouse, or a way out of it.
    case notAllowed
    case exists
    case tooLarge
    /// Nothing was written, as far as anybody will see.
    case unavailable
  }

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  var description: String { self.message }
}
