internal import Glibc

/// Where values come from, the strongest first: flags, environment, file.
public struct ConfigurationSources: Sendable {
  public var flags: [Flag]
  /// All variables; those of other programs are left alone.
  public var environment: [String: String]
  public var file: File?
  /// Reads the file that a secret is kept in. Handed in, so that tests need no files.
  public var readSecret: @Sendable (_ path: String) throws(ConfigurationFileError) -> String

  public struct Flag: Hashable, Sendable {
    /// As it was typed, such as `--s3-port`.
    public var name: String
    public var value: String

    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }

  public struct File: Sendable {
    public var path: String
    public var content: [UInt8]
    /// Others than its owner can read it: it may not hold a secret.
    public var isReadableByOthers: Bool

    public init(path: String, content: [UInt8], isReadableByOthers: Bool = false) {
      self.path = path
      self.content = content
      self.isReadableByOthers = isReadableByOthers
    }
  }

  public init(
    flags: [Flag] = [], environment: [String: String] = [:], file: File? = nil,
    readSecret: @escaping @Sendable (String) throws(ConfigurationFileError) -> String = {
      (path) throws(ConfigurationFileError) in try ConfigurationFiles.secret(at: path)
    }
  ) {
    self.flags = flags
    self.environment = environment
    self.file = file
    self.readSecret = readSecret
  }

  /// The variables of this process.
  public static func processEnvironment() -> [String: String] {
    var variables: [String: String] = [:]
    var entry: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = environ
    while let text = entry?.pointee {
      let line = String(cString: text)
      if let equals = line.firstIndex(of: "=") {
        variables[String(line[..<equals])] = String(line[line.index(after: equals)...])
      }
      entry = entry?.advanced(by: 1)
    }
    return variables
  }
}
