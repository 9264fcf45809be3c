internal import Values
internal import YAML

/// Goes through the sources from the weakest to the strongest and collects values and problems.
struct ConfigurationLoader {
  let schema: ConfigurationSchema
  let sources: ConfigurationSources
  var entries: [String: Configuration.Entry] = [:]
  var problems: [ConfigurationProblem] = []
  /// Keys with a wrong value: they are not reported as missing too.
  var failed: Set<String> = []

  init(schema: ConfigurationSchema, sources: ConfigurationSources) {
    self.schema = schema
    self.sources = sources
  }

  private mutating func report(
    _ code: ConfigurationProblem.Code, _ message: String, from origin: ConfigurationOrigin,
    hint: String? = nil
  ) {
    self.problems.append(ConfigurationProblem(code, message, from: origin, hint: hint))
  }

  /// The value of a key from one source; it replaces that of a weaker one.
  private mutating func set(
    _ key: KeyDeclaration, _ texts: ConfigurationTexts, from origin: ConfigurationOrigin
  ) {
    do {
      self.entries[key.path] = Configuration.Entry(value: try key.parse(texts), origin: origin)
    } catch {
      self.failed.insert(key.path)
      // The message of a secret's parser could quote it.
      let message = key.isSecret ? "the value is not \(key.expectation)" : error.message
      self.report(.badValue, "\(key.path): \(message)", from: origin)
    }
  }

  /// The value of a secret from the file that a source names.
  private mutating func setSecret(
    _ key: KeyDeclaration, fileAt path: String, from origin: ConfigurationOrigin
  ) {
    do throws(ConfigurationFileError) {
      self.set(key, .one(try self.sources.readSecret(path)), from: origin)
    } catch {
      self.failed.insert(key.path)
      self.report(.unreadable, "\(key.path): \(error.message)", from: origin)
    }
  }

  // MARK: The file

  mutating func readFile() {
    guard let file = self.sources.file else { return }
    let root: YAMLNode
    do throws(YAMLError) {
      root = try YAML.document(parsing: file.content.span.bytes)
    } catch {
      self.report(
        .malformed, error.message, from: .file(path: file.path, position: error.position))
      return
    }
    guard !root.isNull else { return }
    guard let sections = root.mapping else {
      self.report(
        .malformed, "expected sections, found \(root.kindText)",
        from: .file(path: file.path, position: root.position))
      return
    }
    for pair in sections { self.readSection(pair, in: file) }
  }

  private mutating func readSection(
    _ pair: YAMLNode.Pair, in file: ConfigurationSources.File
  ) {
    let place = ConfigurationOrigin.file(path: file.path, position: pair.keyPosition)
    guard let section = self.schema.section(named: pair.key) else {
      let nearest = Suggestions.nearest(to: pair.key, in: self.schema.sections.map(\.name))
      self.report(
        .unknownKey, "unknown section \(pair.key.debugDescription)", from: place,
        hint: ConfigurationProblem.didYouMean(nearest))
      return
    }
    // A section whose keys are all commented out is nothing.
    guard !pair.value.isNull else { return }
    guard let members = pair.value.mapping else {
      self.report(
        .malformed, "section \"\(section.name)\" expects keys, found \(pair.value.kindText)",
        from: .file(path: file.path, position: pair.value.position))
      return
    }
    for member in members { self.readMember(member, of: section, in: file) }
  }

  private mutating func readMember(
    _ member: YAMLNode.Pair, of section: ConfigurationSection, in file: ConfigurationSources.File
  ) {
    let keyPlace = ConfigurationOrigin.file(path: file.path, position: member.keyPosition)
    let place = ConfigurationOrigin.file(path: file.path, position: member.value.position)
    let name = member.key
    if let key = section.keys.first(where: { $0.isSecret && $0.fileName == name }) {
      guard let path = member.value.scalar?.text, !path.isEmpty else {
        return self.report(.badValue, "\(section.name).\(name): expected a path", from: place)
      }
      return self.setSecret(key, fileAt: path, from: place)
    }
    guard let key = section.keys.first(where: { $0.name == name }) else {
      let nearest = Suggestions.nearest(
        to: name, in: section.keys.flatMap { $0.isSecret ? [$0.name, $0.fileName] : [$0.name] })
      return self.report(
        .unknownKey, "unknown key \(name.debugDescription) in section \"\(section.name)\"",
        from: keyPlace, hint: ConfigurationProblem.didYouMean(nearest))
    }
    if key.isSecret, file.isReadableByOthers {
      self.failed.insert(key.path)
      return self.report(
        .exposedSecret, "\(key.path) is a secret in a file that others can read", from: keyPlace,
        hint: "chmod 600 \(file.path), or name a file in \(key.fileName)")
    }
    self.set(key, member.value, from: place)
  }

  private mutating func set(
    _ key: KeyDeclaration, _ node: YAMLNode, from place: ConfigurationOrigin
  ) {
    switch node.content {
    case .scalar(let scalar) where scalar.value == .null:
      self.failed.insert(key.path)
      self.report(
        .badValue, "\(key.path) has no value", from: place,
        hint: "expected \(key.expectation); leave the key out for the default")
    case .scalar(let scalar):
      self.set(key, .one(scalar.text), from: place)
    case .sequence(let nodes):
      let texts = nodes.compactMap(\.scalar?.text)
      if texts.count == nodes.count {
        self.set(key, .many(texts), from: place)
      } else {
        fallthrough
      }
    case .mapping:
      self.failed.insert(key.path)
      self.report(
        .badValue, "\(key.path): expected \(key.expectation), found \(node.kindText)", from: place)
    }
  }

  // MARK: The environment

  mutating func readEnvironment() {
    var taken = self.schema.reservedVariables
    for key in self.schema.keys {
      taken.insert(key.variable)
      if key.isSecret { taken.insert(key.fileVariable) }
      let value = self.sources.environment[key.variable]
      let path = key.isSecret ? self.sources.environment[key.fileVariable] : nil
      if value != nil, path != nil {
        self.failed.insert(key.path)
        self.report(
          .conflict, "\(key.variable) is set too: which one is meant?",
          from: .environment(variable: key.fileVariable))
      } else if let value {
        self.set(key, .one(value), from: .environment(variable: key.variable))
      } else if let path {
        self.setSecret(key, fileAt: path, from: .environment(variable: key.fileVariable))
      }
    }
    self.reportUnknownVariables(taken)
  }

  /// Variables of a section that name no key. Others with the prefix belong to other programs.
  private mutating func reportUnknownVariables(_ taken: Set<String>) {
    for variable in self.sources.environment.keys.sorted() where !taken.contains(variable) {
      for section in self.schema.sections {
        let prefix = "LAKE_\(section.name.uppercased())_"
        guard variable.hasPrefix(prefix) else { continue }
        let nearest = Suggestions.nearest(
          to: String(variable.dropFirst(prefix.count)),
          in: section.keys.map { $0.name.uppercased() })
        self.report(
          .unknownKey, "no key of that name", from: .environment(variable: variable),
          hint: ConfigurationProblem.didYouMean(nearest.map { prefix + $0 }))
        break
      }
    }
  }

  // MARK: Flags

  mutating func readFlags() {
    var given: [String: [String]] = [:]
    var order: [String] = []
    for flag in self.sources.flags {
      if given[flag.name] == nil { order.append(flag.name) }
      given[flag.name, default: []].append(flag.value)
    }
    for name in order {
      guard let values = given[name], let last = values.last else { continue }
      let origin = ConfigurationOrigin.flag(name)
      if let key = self.schema.keys.first(where: { $0.isSecret && $0.fileFlag == name }) {
        self.setSecret(key, fileAt: last, from: origin)
      } else if let key = self.schema.keys.first(where: { $0.flag == name }) {
        if key.isSecret {
          self.failed.insert(key.path)
          self.report(
            .exposedSecret, "\(key.path) is a secret; others can read a command line",
            from: origin, hint: "\(key.fileFlag) FILE or \(key.variable)")
        } else if values.count > 1, !key.isList {
          self.failed.insert(key.path)
          self.report(.badValue, "given \(values.count) times", from: origin)
        } else {
          self.set(key, values.count > 1 ? .many(values) : .one(last), from: origin)
        }
      } else {
        self.report(
          .unknownKey, "no such flag", from: origin,
          hint: ConfigurationProblem.didYouMean(self.schema.suggestions(forFlag: name)))
      }
    }
  }
}
