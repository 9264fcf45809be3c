private import Values

/// The files of contexts as they were found: the user's, and under it the system's.
package struct Configuration: Sendable {
  package struct File: Sendable {
    package var path: String
    package var text: ContextFileText
    /// Permission bits; nil when the file is not there.
    package var mode: UInt32?

    package init(path: String, text: ContextFileText = ContextFileText(), mode: UInt32? = nil) {
      self.path = path
      self.text = text
      self.mode = mode
    }

    package var exists: Bool { self.mode != nil }
  }

  package var user: File
  package var system: File

  package init(user: File, system: File) {
    self.user = user
    self.system = system
  }

  package static let systemPath = "/etc/lakectl/config"

  /// Where the user's file is; nil when the environment names no home.
  package static func userPath(_ environment: [String: String]) -> String? {
    func folder(_ name: String) -> String? {
      environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
    if let folder = folder("LAKE_CONFIG_DIR") { return folder + "/config" }
    if let folder = folder("XDG_CONFIG_HOME") { return folder + "/lakectl/config" }
    return folder("HOME").map { $0 + "/.config/lakectl/config" }
  }

  /// The user's contexts, then those of the system that the user has not.
  package var contextNames: [String] {
    let own = self.user.text.contextNames
    return own + self.system.text.contextNames.filter { !own.contains($0) }
  }

  /// A value of a context, from the file that has it.
  package func value(_ key: String, inContext name: String) -> (text: String, file: File)? {
    for file in [self.user, self.system] {
      if let text = file.text.value(key, in: .context(name)) { return (text, file) }
    }
    return nil
  }

  // MARK: What is wrong with it

  package struct Finding: Hashable, Sendable {
    package var path: String
    package var line: Int?
    package var isError: Bool
    package var message: String
    package var advice: String
  }

  /// Unknown keys warn; values that cannot be read and secrets in files that others can read are
  /// errors.
  package var findings: [Finding] {
    [self.user, self.system].filter(\.exists).flatMap { self.findings(in: $0) }
  }

  private func findings(in file: File) -> [Finding] {
    var found: [Finding] = []
    func add(_ line: Int?, isError: Bool, _ message: String, _ advice: String = "") {
      found.append(
        Finding(path: file.path, line: line, isError: isError, message: message, advice: advice))
    }
    for case (.unknown(let text), let line) in file.text.sections {
      add(line, isError: false, "section [\(text.visible)] is not known")
    }
    var hasSecret = false
    for entry in file.text.entries {
      guard let key = SettingKey.named(entry.key), Self.belongs(key, in: entry.section) else {
        add(
          entry.line, isError: false, "key \(entry.key.visible.shortened.quoted) is not known here")
        continue
      }
      hasSecret = hasSecret || key.isSecret
      do {
        _ = try key.check(entry.value)
      } catch {
        add(entry.line, isError: true, "\(key.name): \(error.message)")
      }
    }
    let chmod = "chmod 600 \(file.path.shellQuoted)"
    if file.path == self.user.path, let mode = file.mode, mode & 0o077 != 0 {
      let octal = String(mode & 0o777, radix: 8)
      add(
        nil, isError: hasSecret,
        hasSecret
          ? "the file holds a secret and others can read it (mode \(octal))"
          : "others can read the file (mode \(octal))", chmod)
    } else if hasSecret, let mode = file.mode, mode & 0o077 != 0 {
      add(nil, isError: true, "the file holds a secret and others can read it", chmod)
    }
    return found
  }

  private static func belongs(_ key: SettingKey, in section: ContextFileText.Section) -> Bool {
    switch (key.place, section) {
    case (.top, .top), (.contextOrDefaults, .context), (.contextOrDefaults, .defaults),
      (.context, .context):
      true
    default: false
    }
  }
}

extension String {
  /// As one word of a shell.
  package var shellQuoted: String {
    let isPlain = self.utf8.allSatisfy {
      $0 &- 0x30 < 10 || ($0 | 0x20) &- 0x61 < 26 || "-_./:=@,+%".utf8.contains($0)
    }
    if isPlain, !self.isEmpty { return self }
    return "'"
      + self.split(separator: "'", omittingEmptySubsequences: false)
      .joined(separator: "'\\''") + "'"
  }
}
