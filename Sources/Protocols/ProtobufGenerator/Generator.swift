/// Parse, transform, render: from the .proto files under some folders to Swift files, all in memory.
struct Generator {
  /// A module's folder with the texts in it.
  struct Source {
    var settings: ModuleSettings
    /// Path as imported, and text.
    var files: [(path: String, text: [UInt8])]
  }

  struct Output: Equatable {
    var path: String
    var text: String
  }

  static func run(_ sources: [Source]) throws(SchemaError) -> [Output] {
    let catalog = Catalog()
    var modules: [(settings: ModuleSettings, files: [SchemaFile])] = []
    var moduleOfFile: [String: ModuleSettings] = [:]
    for source in sources {
      var files: [SchemaFile] = []
      for (path, text) in source.files {
        let file = try Parser.parse(path: path, text: text)
        try catalog.add(file)
        files.append(file)
        moduleOfFile[path] = source.settings
      }
      modules.append((source.settings, files))
    }
    for module in modules {
      for file in module.files { try catalog.resolve(file) }
    }
    let layout = Layout(catalog)
    var outputs: [Output] = []
    for module in modules {
      outputs += self.render(module.settings, module.files, catalog, layout, moduleOfFile)
    }
    return outputs
  }

  private static func render(
    _ module: ModuleSettings, _ files: [SchemaFile], _ catalog: Catalog, _ layout: Layout,
    _ moduleOfFile: [String: ModuleSettings]
  ) -> [Output] {
    var outputs: [Output] = []
    var declared: Set<String> = []
    let shadows = files.contains { file in file.messages.contains { self.builtIn.contains($0.name) }
    }
    for file in files {
      let imported = Set(file.imports.compactMap { moduleOfFile[$0]?.name }).subtracting([
        module.name
      ])
      let namespace = SwiftNames.namespace(of: file).map { [$0] } ?? []
      let renderer = Renderer(
        module: module, file: file, catalog: catalog, layout: layout, imports: imported.sorted(),
        namespaces: namespace.filter { declared.insert($0).inserted },
        standard: shadows ? "Swift." : "")
      let stem = file.path.dropLast(6).map { $0 == "/" ? "." : String($0) }.joined()
      let folder = module.folder.dropLast("proto".count) + "Generated"
      outputs.append(Output(path: "\(folder)/\(stem).pb.swift", text: renderer.messages()))
      if module.hasServices, !file.services.isEmpty {
        outputs.append(Output(path: "\(folder)/\(stem).grpc.swift", text: renderer.services()))
      }
    }
    return outputs
  }

  private static let builtIn: Set<String> = [
    "Int", "Int32", "Int64", "UInt8", "UInt32", "UInt64", "Float", "Double", "Bool", "String",
  ]
}
