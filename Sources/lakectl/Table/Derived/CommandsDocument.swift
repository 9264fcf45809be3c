package import JSON

/// `lakectl help commands -o json`: the table itself, versioned, for other tools.
package enum CommandsDocument {
  package static func document(root: Command) -> JSONValue {
    [
      "kind": "Commands", "version": 1, "program": "lakectl",
      "global_flags": .array(GlobalFlags.all.map { self.parameter($0.parameter) }),
      "items": .array(
        root.calls.map { entry in self.command(entry.path, entry.command, entry.call) }),
      "warnings": [],
    ]
  }

  private static func command(_ path: [String], _ command: Command, _ call: Call) -> JSONValue {
    let exits: [JSONValue] = call.exits.sorted { $0.key < $1.key }.map {
      ["exit": .integer($0.key.rawValue), "when": .string($0.value)]
    }
    let columns: [JSONValue] = call.output.columns.map {
      ["key": .string($0.key), "title": .string($0.title), "wide": .boolean($0.isWide)]
    }
    return [
      "command": .string(path.joined(separator: " ")), "summary": .string(command.summary),
      "effect": .string(call.effect.letter), "raised_by": .object(self.raises(call)),
      "job": .boolean(call.isJob),
      "needs": .string(call.needs.rawValue), "usage": .string(call.usage(path: path)),
      "arguments": .array(call.arguments.map(self.parameter)),
      "flags": .array(call.options.map(self.parameter)),
      "output_kind": .string(call.output.kind), "columns": .array(columns),
      "exits": .array(exits),
      "examples": .array(
        call.examples.map { ["text": .string($0.text), "line": .string($0.line)] }),
      "detail": .string(call.detail),
    ]
  }

  /// Flags with which it does more, and what.
  private static func raises(_ call: Call) -> JSONObject {
    var object = JSONObject()
    for (flag, effect) in call.raises { object["--\(flag.name)"] = .string(effect.letter) }
    return object
  }

  private static func parameter(_ parameter: Parameter) -> JSONValue {
    var repeats = parameter.role == .counter || parameter.role == .argument(.many)
    if case .option(_, repeats: true) = parameter.role { repeats = true }
    var object = JSONObject()
    object["name"] = .string(parameter.isArgument ? parameter.name : "--\(parameter.name)")
    object["short"] = parameter.short.map { .string("-\($0)") } ?? .null
    object["takes_value"] = .boolean(parameter.takesValue)
    object["required"] = .boolean(parameter.isRequired)
    object["repeats"] = .boolean(repeats)
    object["placeholder"] = parameter.takesValue ? .string(parameter.placeholder) : .null
    object["default"] = parameter.defaultText.map { .string($0) } ?? .null
    object["environment"] = parameter.variable.map { .string($0) } ?? .null
    if case .words(let words) = parameter.source {
      object["words"] = .array(words.map { .string($0) })
    } else {
      object["words"] = .null
    }
    object["summary"] = .string(parameter.summary)
    return .object(object)
  }
}
