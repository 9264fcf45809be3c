/// Clients and handlers of a file's services, for GRPCServing.
extension Renderer {
  func services() -> String {
    var text = SourceText()
    self.heading(&text)
    var modules = Set(self.imports + ["GRPC", "GRPCServing"])
    modules.remove(self.module.name)
    for name in modules.sorted() { text.line("\(self.access) import \(name)") }
    for service in self.file.services {
      self.methods(of: service, &text)
      self.handler(of: service, &text)
      self.defaults(of: service, &text)
      self.client(of: service, &text)
    }
    return text.text
  }

  private func name(_ service: SchemaService) -> String {
    SwiftNames.scope(of: self.file).filter { $0 != "." } + upperCamelCase(service.name)
  }

  private func methods(of service: SchemaService, _ text: inout SourceText) {
    text.line()
    text.comment(["The methods of `\(service.fullName.dropFirst())`."])
    text.block("\(self.access) enum \(self.name(service))Methods") { text in
      for method in service.methods {
        let types = self.types(of: method)
        text.line(
          "\(self.access) static let \(SwiftNames.method(method.name)) = "
            + "GRPCMethod<\(types.request), \(types.response)>(")
        text.line(
          "  \"/\(service.fullName.dropFirst())/\(method.name)\", .\(self.kind(of: method)))")
      }
    }
  }

  private func handler(of service: SchemaService, _ text: inout SourceText) {
    text.line()
    text.comment(service.comment)
    text.block("\(self.access) protocol \(self.name(service))Handler: Sendable") { text in
      for method in service.methods {
        text.comment(method.comment)
        text.line(self.handlerSignature(of: method))
      }
    }
  }

  private func handlerSignature(of method: SchemaService.Method) -> String {
    let types = self.types(of: method)
    let name = SwiftNames.method(method.name)
    let request =
      method.streamsRequests
      ? "_ requests: RequestStream<\(types.request)>" : "_ request: \(types.request)"
    return method.streamsResponses
      ? "func \(name)(\(request), _ responses: ResponseStream<\(types.response)>, "
        + "_ call: ServerCall) async throws(GRPCStatus)"
      : "func \(name)(\(request), _ call: ServerCall) async throws(GRPCStatus) "
        + "-> \(types.response)"
  }

  /// What a handler leaves out answers UNIMPLEMENTED; and the table that a server serves from.
  private func defaults(of service: SchemaService, _ text: inout SourceText) {
    text.line()
    text.block("extension \(self.name(service))Handler") { text in
      for method in service.methods {
        text.block("\(self.access) \(self.handlerSignature(of: method))") { text in
          text.line(
            "throw .unimplemented(\(self.name(service))Methods.\(SwiftNames.method(method.name)).path)"
          )
        }
      }
      text.line()
      text.comment(["What `GRPCServer` serves."])
      text.block("\(self.access) var definition: ServiceDefinition") { text in
        text.line("ServiceDefinition(")
        text.indented { text in
          text.line("\"\(service.fullName.dropFirst())\",")
          text.line("\(Self.schemaName(self.file.path)).file,")
          text.line("[")
          for method in service.methods {
            let name = SwiftNames.method(method.name)
            text.line(
              "  .\(self.kind(of: method))(\(self.name(service))Methods.\(name), self.\(name)),")
          }
          text.line("])")
        }
      }
    }
  }

  private func client(of service: SchemaService, _ text: inout SourceText) {
    text.line()
    text.comment(service.comment)
    text.block("\(self.access) struct \(self.name(service))Client: Sendable") { text in
      text.line("\(self.access) let channel: GRPCChannel")
      text.line("\(self.access) init(_ channel: GRPCChannel) { self.channel = channel }")
      for method in service.methods {
        text.line()
        text.comment(method.comment)
        self.clientMethod(method, of: service, &text)
      }
    }
  }

  private func clientMethod(
    _ method: SchemaService.Method, of service: SchemaService, _ text: inout SourceText
  ) {
    let types = self.types(of: method)
    let name = SwiftNames.method(method.name)
    let path = "\(self.name(service))Methods.\(name)"
    if !method.streamsRequests, !method.streamsResponses {
      text.line("\(self.access) func \(name)(")
      text.line("  _ request: \(types.request), _ options: CallOptions = CallOptions()")
      text.block(") async throws(GRPCStatus) -> \(types.response)") { text in
        text.line("try await self.channel.unary(\(path), request, options)")
      }
      return
    }
    let call = "ClientCall<\(types.request), \(types.response)>"
    let request = method.streamsRequests ? "" : "_ request: \(types.request), "
    text.line("\(self.access) func \(name)<Result: Sendable>(")
    text.line("  \(request)_ options: CallOptions = CallOptions(),")
    text.line("  _ body: @Sendable (\(call)) async throws(GRPCStatus) -> Result")
    text.block(") async throws(GRPCStatus) -> Result") { text in
      let argument = method.streamsRequests ? "nil" : "request"
      text.line("try await self.channel.call(\(path), \(argument), options, body)")
    }
  }

  private func types(of method: SchemaService.Method) -> (request: String, response: String) {
    (self.catalog.swiftName(method.input), self.catalog.swiftName(method.output))
  }

  private func kind(of method: SchemaService.Method) -> String {
    switch (method.streamsRequests, method.streamsResponses) {
    case (false, false): "unary"
    case (false, true): "serverStreaming"
    case (true, false): "clientStreaming"
    case (true, true): "bidirectional"
    }
  }
}
