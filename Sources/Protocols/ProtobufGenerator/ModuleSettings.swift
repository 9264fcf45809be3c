/// The `module.conf` beside the .proto files of a module, a word and its value per line:
///
///     module Protobuf        the Swift module that the generated files belong to
///     visibility public      or package: of what is generated
///     services on            also clients and handlers, for a module that imports GRPCServing
struct ModuleSettings {
  var name = ""
  var visibility = "package"
  var hasServices = false
  /// The folder of the .proto files; the generated ones go to `Generated` beside it.
  var folder = ""

  static func parse(_ text: String, folder: String) throws(SchemaError) -> ModuleSettings {
    var settings = ModuleSettings()
    settings.folder = folder
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    {
      let words = line.split(separator: " ").map(String.init)
      guard let word = words.first, !word.hasPrefix("#") else { continue }
      switch (word, words.dropFirst().first) {
      case ("module", let name?): settings.name = name
      case ("visibility", "public"): settings.visibility = "public"
      case ("visibility", "package"): settings.visibility = "package"
      case ("services", "on"): settings.hasServices = true
      default:
        throw SchemaError(
          path: "\(folder)/module.conf", line: index + 1, message: "\(line) is not a setting")
      }
    }
    guard !settings.name.isEmpty else {
      throw SchemaError(path: "\(folder)/module.conf", line: 1, message: "no module is named")
    }
    return settings
  }
}
